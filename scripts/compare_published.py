"""Every network of ours, fed with what the published one gets, against the published code: how far off, how fast.

Both run in turn in this process, in CPU seconds of one thread, with weights that are a function of their names and a
salt: random numbers with gains 1 + 0.3 N and biases 0.2 N. Trained weights give the same times.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.networks.config import preset
from model.networks.emoportraits import EMOPortraits
from model.networks.pose import HeadPose
from model.networks.warping import rigid_warp, sample_volume
from model.official.convert import convert, convert_pose_net
from scripts.published_emoportraits import PublishedModel

LIMIT = 1e-4
"""Largest difference over the largest value of a stage."""
WARP_LIMIT = 3e-4
"""Of the expression warps, which the published code's weight normalisation in float32 alone moves by so much."""
FRAME_FLOOR, SOURCE_FLOOR = 1.5, 1.4
"""Times as fast as the published code, on a CPU in float32."""
_CONSTANTS = (".mean", ".std", "identity_grid", "aligned_keypoints")


@dataclass(frozen=True)
class Stage:
    """One network on both sides, and how often a frame and a source run it."""

    name: str
    published: Callable[[], Tensor]
    ours: Callable[[], Tensor]
    limit: float
    per_frame: bool
    per_source: bool


@dataclass(frozen=True)
class Compared:
    """Smallest CPU seconds of the repetitions, and the largest difference over the largest value."""

    stage: Stage
    published_s: float
    ours_s: float
    error: float


def random_weights(shapes: dict[str, torch.Size], salt: str) -> dict[str, Tensor]:
    """By published names; u and v of spectral norms are four power steps from a random start."""
    made: dict[str, Tensor] = {}
    for key, shape in shapes.items():
        if key.endswith((*_CONSTANTS, "weight_u", "weight_v", "num_batches_tracked", "running_mean", "running_var")):
            continue
        value = torch.from_numpy(_rng(salt, key).standard_normal(tuple(shape)).astype(np.float32))
        if key.endswith("bias"):
            value = 0.2 * value
        elif value.dim() == 1:
            value = 1 + 0.3 * value
        elif ".projector.v." in key:
            value = value * 0.5 * value.shape[0] ** -0.5
        else:
            value = value * value[0].numel() ** -0.5
        made[key] = value
    for key in [key for key in made if key.endswith("weight_orig")]:
        matrix, stem = made[key].flatten(1).double(), key.removesuffix("_orig")
        u = torch.from_numpy(_rng(salt, f"{stem}_u").standard_normal(len(matrix)))
        for _ in range(4):
            v = torch.nn.functional.normalize(matrix.T @ u, dim=0)
            u = torch.nn.functional.normalize(matrix @ v, dim=0)
        made[f"{stem}_u"], made[f"{stem}_v"] = u.float(), v.float()
    return made


def _rng(salt: str, name: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(zlib.crc32(f"{salt}/{name}".encode())))


def stages(published: PublishedModel, salt: str) -> list[Stage]:
    """Both sides with the same new weights; every stage gets random inputs of its own."""
    weights = random_weights({key: value.shape for key, value in published.model.state_dict().items()}, salt)
    published.model.load_state_dict(weights, strict=False)
    pose = {**published.pose_net.state_dict()}
    pose |= random_weights({key: value.shape for key, value in pose.items()}, salt)
    pose["fc.weight"] *= 0.02  # heads that look into the camera
    pose["fc.bias"] = torch.tensor([1.0, 1, 1, 0.2, 0.3, -0.1, 0, 0.1, 0])
    published.pose_net.load_state_dict(pose)

    model = EMOPortraits(preset("emoportraits"))
    stored = {key: value for key, value in published.model.state_dict().items() if not key.startswith("bn.")}
    tensors = convert(stored, model.config) | convert_pose_net(pose, model.config)
    model.load_state_dict(tensors)
    model.to_inference()

    image = torch.from_numpy(_rng(salt, "image").random((1, 3, 512, 512), np.float32))
    image = torch.nn.functional.avg_pool2d(image, 5, 1, 2)
    volume = torch.from_numpy(_rng(salt, "volume").standard_normal((1, 96, 16, 64, 64), np.float32))
    theta = published.theta(image)
    head = HeadPose.from_theta(theta)
    z = torch.from_numpy(_rng(salt, "z").standard_normal((1, 128), np.float32))
    descriptor = torch.from_numpy(_rng(salt, "e_s").standard_normal((1, 512, 4, 4), np.float32))
    embedding = published.embeddings(z, descriptor)
    mixed = embedding["orig"]
    warp, turn = published.warp(embedding, of_source=False), published.rigid(theta)
    there = published.model
    return [
        Stage("head pose", lambda: published.theta(image), lambda: model.pose_net(image).theta(), LIMIT, True, True),
        Stage("expression", lambda: published.expression(image, theta), lambda: model.motion_encoder(image, head),
              LIMIT, True, True),
        Stage("mixer", lambda: published.embeddings(z, descriptor)["orig"], lambda: model.mixer(z, descriptor),
              LIMIT, True, True),
        Stage("driver warp", lambda: published.warp(embedding, of_source=False), lambda: model.driver_warp(mixed),
              WARP_LIMIT, True, False),
        Stage("sampling", lambda: published.sample(published.sample(volume, warp), turn),
              lambda: sample_volume(sample_volume(volume, warp), rigid_warp(model.volume_grid, theta)),
              LIMIT, True, True),
        Stage("decoder", lambda: published.decode(volume, embedding), lambda: model.decoder(volume, mixed),
              LIMIT, True, False),
        Stage("source warp", lambda: published.warp(embedding, of_source=True), lambda: model.source_warp(mixed),
              WARP_LIMIT, False, True),
        Stage("identity", lambda: there.idt_embedder_nw.forward_image(image), lambda: model.identity_encoder(image),
              LIMIT, False, True),
        Stage("local encoder", lambda: published.local(image), lambda: model.local_encoder(image), LIMIT, False, True),
        Stage("volume blocks", lambda: there.volume_source_nw(volume), lambda: model.volume_blocks(volume),
              LIMIT, False, True),
        Stage("3D U-Net", lambda: published.canonical(volume, embedding), lambda: model.unet(volume),
              LIMIT, False, True),
    ]  # fmt: skip


def compare(stage: Stage, repeat: int) -> Compared:
    """Run both sides in turn."""
    theirs, mine = [], []
    for _ in range(repeat):
        start = time.process_time()
        expected = stage.published()
        middle = time.process_time()
        found = stage.ours()
        theirs.append(middle - start)
        mine.append(time.process_time() - middle)
    error = float((found - expected).abs().max() / expected.abs().max())
    return Compared(stage, min(theirs), min(mine), error)


@torch.inference_mode()
def report(folder: Path, *, salts: tuple[str, ...], repeat: int, with_source: bool) -> bool:
    """Print a table for each salt; whether every limit and both floors were met."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    published, kept = PublishedModel(folder), True
    for salt in salts:
        print(f"against the published code, weights {salt!r}\n{'stage':14} {'published s':>11} {'ours s':>8}   error")
        rows = []
        for stage in stages(published, salt):
            if stage.per_frame or with_source:
                rows.append(row := compare(stage, repeat))
                mark = "" if row.error < stage.limit else f" PAST {stage.limit:.0e}"
                print(f"{stage.name:14} {row.published_s:11.2f} {row.ours_s:8.2f} {row.error:7.1e}{mark}", flush=True)
                kept &= not mark
        kept &= _ratio("a driver's frame", [row for row in rows if row.stage.per_frame], FRAME_FLOOR)
        if with_source:
            kept &= _ratio("a source", [row for row in rows if row.stage.per_source], SOURCE_FLOOR)
    torch.set_num_threads(threads)
    return kept


def _ratio(what: str, rows: list[Compared], floor: float) -> bool:
    ratio = sum(row.published_s for row in rows) / sum(row.ours_s for row in rows)
    print(f"{what}: {ratio:.2f} times as fast as the published code (floor {floor}): "
          f"{'met' if ratio >= floor else 'MISSED'}")  # fmt: skip
    return ratio >= floor
