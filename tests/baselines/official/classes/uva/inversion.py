"""Stands in for UVA's inversion: the same names and arguments, the order of calls that they need, no networks."""

import os

import torch

with open(os.environ["STAND_IN_LOG"], "a") as stream:
    stream.write(f"{os.getpid()}\n")


def init_model(model):
    assert not model.stages, "the embedding is set before it is trained"
    model.train()


def inversion_stage(
    model,
    image_batch,
    video_id=None,
    only_embedding=True,
    preserve_geometry_weight=0,
    lr=1e-4,
    steps=3000,
    bs=None,
    sigma_affine=0.0,
    l1_weight=0,
    use_lr_schedule=False,
    vflip=False,
):
    assert model.training and image_batch.shape[0] == 1 and image_batch.dtype == torch.float32
    assert only_embedding == (not model.stages), "the embedding first, then the rest"
    assert (steps, lr) == ((3000, 1e-2) if only_embedding else (500, 1e-3))
    assert (preserve_geometry_weight, l1_weight) == ((0, 0) if only_embedding else (100, 1000))
    model.stages.append(only_embedding)
    model.source = image_batch[0].clone()
