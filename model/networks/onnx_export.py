"""The per-frame path as an ONNX graph: driver frames and an encoded source in, pictures out."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from torch import Tensor, nn

from feed_dataset.core.jobs.atomic import workroom
from model.networks.emoportraits import EMOPortraits, SourceIdentity
from model.networks.errors import ModelError
from model.networks.pose import HeadPose

OPSET = 20
"""The first that has GridSample over volumes."""

_NEEDED = ("onnx", "onnxscript")


class PerFrame(nn.Module):
    """What runs for every driver frame, over plain tensors.

    Inputs are `frames` [T, 3, S, S] in [0, 1] and the fields of `SourceIdentity` that a frame needs, each with a
    batch of 1; outputs are `pictures` [T, 3, S, S], `z` [T, z_dim] and `theta` [T, 4, 4].
    """

    def __init__(self, model: EMOPortraits) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        frames: Tensor,
        canonical_volume: Tensor,
        descriptor: Tensor,
        image: Tensor | None = None,
        warp: Tensor | None = None,
        scale: Tensor | None = None,
        rotation: Tensor | None = None,
        translation: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        pose, z = self.model.read_motion(frames)
        source_pose = pose
        if scale is not None and rotation is not None and translation is not None:
            source_pose = HeadPose(scale, rotation, translation)
        # Without a texture path nothing reads picture, pose and warp of the source.
        identity = SourceIdentity(
            canonical_volume,
            descriptor,
            source_pose[:1],
            z[:1],
            frames[:1] if image is None else image,
            self.model.volume_grid[None] if warp is None else warp,
        )
        return self.model.render(identity.expand(frames.shape[0]), z, pose), z, pose.theta()


def identity_inputs(model: EMOPortraits, identity: SourceIdentity) -> dict[str, Tensor]:
    """What the graph has to be given of an encoded source, by input name."""
    inputs = {"canonical_volume": identity.canonical_volume, "descriptor": identity.descriptor}
    if model.texture is not None:
        pose = identity.pose
        inputs |= {"image": identity.image, "warp": identity.warp}
        inputs |= {"scale": pose.scale, "rotation": pose.rotation, "translation": pose.translation}
    return inputs


def export_onnx(model: EMOPortraits, path: Path) -> tuple[str, ...]:
    """Write the graph (weights beside it when they exceed 2 GB); returns the names of its inputs.

    Args:
        model: is turned into its inference form.

    Raises:
        ModelError: the packages for it are missing, the weights have no head-pose network, or the model reads face
            points.
    """
    if model.config.point_modes:
        raise ModelError(
            "expected a model without face points: ONNX has no operator that solves linear equations, by which they are"
            " fitted and move the picture; point_modes 0 (the paper's graph) can be exported"
        )
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(
            f"expected the packages {', '.join(_NEEDED)} but {missing[0]} is missing:"
            " pip install 'feed-benchmark[onnx]'"
        )
    model.fuse()
    config = model.config
    picture = torch.zeros(1, 3, config.image_size_px, config.image_size_px)
    volume = torch.zeros(1, config.volume_channels, config.volume_depth, config.volume_size, config.volume_size)
    pose = HeadPose(torch.ones(1, 3), torch.eye(3)[None], torch.zeros(1, 3))
    descriptor = torch.zeros(1, config.embed_channels, config.embed_size, config.embed_size)
    z = torch.zeros(1, config.z_dim)
    inputs = identity_inputs(model, SourceIdentity(volume, descriptor, pose, z, picture, model.volume_grid[None]))
    frames = torch.rand(2, *picture.shape[1:])
    shapes = {"frames": {0: torch.export.Dim.DYNAMIC}} | {name: {} for name in inputs}
    with torch.no_grad():
        program = torch.onnx.export(
            PerFrame(model).eval(),
            (frames,),
            kwargs=inputs,
            dynamo=True,
            opset_version=OPSET,
            input_names=["frames", *inputs],
            output_names=["pictures", "z", "theta"],
            dynamic_shapes=shapes,
            verbose=False,
        )
    assert program is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    with workroom(path) as folder:
        program.save(str(folder / path.name))
        for made in sorted(folder.iterdir(), key=lambda one: one.name == path.name):  # the graph names its weights
            made.replace(path.parent / made.name)
    return ("frames", *inputs)
