"""A tiny main job with stand-in networks: deterministic functions of the pixels, so that runs compare.

Also started as a program by the test that kills it: `python -m tests.benchmark.harness DATA OUT WORKERS [ADDRESS]`.
"""

from __future__ import annotations

import io
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from baselines.doors.spec import MethodSpec
from baselines.interface.method import Method
from baselines.registry import resolve
from baselines.warp.keypoint_warp import KeypointWarp
from benchmark.engine.networks import NetworkStatus
from benchmark.engine.outputs import Overwrite
from benchmark.engine.plan import Plan
from benchmark.engine.plan_protocol import plan_protocol
from benchmark.engine.run import RunOutcome, execute
from benchmark.engine.tools import Tools
from benchmark.features.extractors import catalog
from benchmark.features.models import ModelCache, ModelFactories, Person
from benchmark.features.types.extractor import Compute, PerFrame
from benchmark.metrics import CARDS, cards_of
from benchmark.protocols.protocol import Protocol, load
from benchmark.results.schema import NotComputed
from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.faces.seen import FacesSeen
from feed_dataset.core.faces.track import FaceTrack
from feed_dataset.core.jobs.executor import Executor, SerialExecutor
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from feed_dataset.core.jobs.progress import Progress
from feed_dataset.core.media.video import write_video

METHODS = ("copy-source", "copy-driver", "keypoint-warp")
PRESENT = {"face-detector": "a" * 64, "face-mesh": "b" * 64, "dlib-face-resnet": "c" * 64}
NETWORKS = NetworkStatus(
    present=PRESENT,
    missing={
        name: NotComputed(needs=f"the network {name}", command="get it")
        for metric in CARDS.values()
        for name in metric.networks
        if name not in PRESENT
    },
)
FACE = np.random.default_rng(0).normal(0, 1, (468, 3)).astype(np.float32)


def track(frames: np.ndarray) -> FaceTrack:
    """A face whose shape follows the picture's brightness; none in a picture that is black."""
    landmarks, reasons = [], []
    for frame in frames:
        level = float(frame.mean()) / 255
        found = level > 0.02
        size = frame.shape[1] / 16
        points = (FACE * (1 + 0.2 * level * np.sin(np.arange(468))[:, None])) * size + frame.shape[1] / 2
        landmarks.append(points if found else np.full((468, 3), np.nan))
        reasons.append(None if found else "no face detected")
    return FaceTrack(np.asarray(landmarks, np.float32), tuple(reasons))


def embed(frames: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
    """128 numbers from the picture's columns; NaN where there is no face."""
    out = np.full((len(frames), 128), np.nan, np.float32)
    for index, frame in enumerate(frames):
        if np.isfinite(landmarks_px[index]).all():
            out[index] = np.resize(frame.mean(axis=(0, 2)), 128) / 255 + 0.01
    return out


class Follower:
    """`track` frame by frame; there is one face at most."""

    seen = FacesSeen()

    def __init__(self, person: Person | None = None) -> None:
        pass

    def step(self, frame: np.ndarray) -> tuple[np.ndarray | None, str | None]:
        found = track(frame[None])
        return (found.landmarks_px[0] if found.valid[0] else None), found.reasons[0]


class SlowFollower(Follower):
    def step(self, frame: np.ndarray) -> tuple[np.ndarray | None, str | None]:
        time.sleep(0.02)
        return super().step(frame)


def extractor(extractor_id: str, compute: Compute) -> Any:
    """A stand-in for the face network, the real thing for what needs landmarks at most."""
    if extractor_id == "dlib":
        return lambda info: PerFrame(embed)
    one = catalog.extractor(extractor_id)
    assert set(one.networks) <= PRESENT.keys(), f"expected no call: the weights of {extractor_id} are missing"
    return one.load(compute)


def load_method(spec: MethodSpec, device: str) -> Method:
    if spec.name == "keypoint-warp":
        return KeypointWarp(track)
    method = spec.load()
    assert isinstance(method, Method)
    return method


def models(compute: Compute | None = None) -> ModelCache:
    return ModelCache(ModelFactories(follower=lambda: Follower, extractor=extractor), compute)


def tools(compute: Compute | None = None) -> Tools:
    return Tools(models(compute), load_method)


def slow_tools() -> Tools:
    """The same, slow enough to be killed between two files."""

    def slow_method(spec: MethodSpec, device: str) -> Method:
        time.sleep(0.02)
        return load_method(spec, device)

    return Tools(ModelCache(ModelFactories(follower=lambda: SlowFollower, extractor=extractor)), slow_method)


def picture(level: int, side_px: int = 96) -> np.ndarray:
    """uint8 [S, S, 3]: a smooth pattern of some brightness."""
    y, x = np.mgrid[0:side_px, 0:side_px] / side_px
    pattern = np.stack([x, y, 1 - x], axis=-1) * 120 + level
    return np.clip(pattern, 0, 255).astype(np.uint8)


def write_clip(path: Path, level: int, frames: int = 9, side_px: int = 96) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, np.stack([picture(level + 6 * t, side_px) for t in range(frames)]), Fraction(25))


def write_data(root: Path) -> Path:
    """Three subjects with two takes each, laid out like FEED."""
    for number in (1, 2, 3):
        for index, stem in enumerate(("MAU_strong", "rotations")):
            write_clip(root / f"ID_{number}" / f"{stem}_C.mp4", level=20 * number + 9 * index)
    return root


def tiny_protocol(task: str = "cross") -> Protocol:
    shipped = load(f"feed-{task}")
    drivers = shipped.drivers.model_copy(update={"cases": 4})
    sources = shipped.sources.model_copy(update={"photo_cases": 1 if task == "cross" else 0})
    metrics = tuple(  # by the network that is always here
        metric.replace("mesh478", "mesh468") if metric.startswith(("expression_", "pose_")) else metric
        for metric in shipped.metrics
    )
    changes = {"size_px": 64, "frames_per_case": 5, "embed_every": 2, "drivers": drivers, "sources": sources}
    return shipped.model_copy(update={**changes, "metrics": metrics})


def make_plan(
    data: Path,
    out: Path,
    *,
    protocol: Protocol | None = None,
    methods: tuple[str, ...] = METHODS,
    networks: NetworkStatus = NETWORKS,
    overwrite: Overwrite = "missing",
    limit: int | None = None,
) -> Plan:
    protocol = protocol or tiny_protocol()
    return plan_protocol(
        protocol,
        open_catalog(data),
        [resolve(name) for name in methods],
        cards_of(protocol.metrics),
        lambda: networks,
        out.resolve(),
        limit=limit,
        overwrite=overwrite,
        command="test",
    )


def run_plan(plan: Plan, executor: Executor[Tools] | None = None) -> RunOutcome:
    with Progress(Console(file=io.StringIO()), quiet=True) as progress:
        return execute(plan, executor or SerialExecutor(tools), progress)


def main(data: str, out: str, workers: str, ray_address: str | None = None) -> None:
    plan = make_plan(Path(data), Path(out))
    if ray_address is not None:
        from feed_dataset.core.jobs.ray_executor import RayExecutor

        with RayExecutor(slow_tools, workers=int(workers), address=ray_address) as executor:
            run_plan(plan, executor)
        return
    if int(workers) == 0:
        run_plan(plan, SerialExecutor(slow_tools))
        return
    with ProcessExecutor(int(workers), slow_tools) as executor:
        run_plan(plan, executor)


if __name__ == "__main__":  # workers import no main module, so what they are given comes from this one by its name
    from tests.benchmark import harness

    harness.main(*sys.argv[1:])
