"""Small videos and stand-in extractors for tests of the pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from benchmark.features import FeatureStore, FrameSequence
from benchmark.features.extractors import catalog
from benchmark.features.models import ModelCache, ModelFactories
from benchmark.features.types.extractor import (
    FACE_NETWORKS,
    Batch,
    ClipInfo,
    Compute,
    Extractor,
    OpenSession,
    PairExtractor,
    PerFrame,
    Session,
)
from feed_dataset.core.jobs.errors import VideoDecodeError
from tests.benchmark import harness

NETWORKS = {"face-detector": "a" * 64, "face-mesh": "b" * 64, "bright-net": "c" * 64, "window-net": "d" * 64}
SIDE_PX = 32


def pictures(count: int, seed: int = 0) -> np.ndarray:
    """uint8 [T, 32, 32, 3], each frame another one."""
    rng = np.random.default_rng(seed)
    return rng.integers(20, 236, (count, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)


def source(frames: np.ndarray) -> FrameSequence:
    return FrameSequence.from_frames(frames, Fraction(25))


def breaking(frames: np.ndarray, at: int) -> FrameSequence:
    """A video that cannot be decoded from frame `at` on."""

    def read() -> Iterator[np.ndarray]:
        yield from frames[:at]
        raise VideoDecodeError("v.mp4", "pyav", f"frame {at} is damaged")

    return replace(source(frames), read=read)


def _brightness(frames: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
    """[B, 2]; float32 sums over a whole chunk: they would differ if chunks were cut otherwise."""
    noise = np.float32(frames.astype(np.float32).mean() * 1e-3)
    return frames.reshape(len(frames), -1).astype(np.float32)[:, :2] + noise


class _Windows:
    """Mean brightness of every five consecutive frames."""

    def __init__(self) -> None:
        self._levels: list[float] = []

    def push(self, batch: Batch) -> None:
        assert batch.start == len(self._levels), "frames come in order, each once"
        self._levels += [float(frame.mean()) for frame in batch.frames]

    def finish(self) -> np.ndarray:
        count = max(0, len(self._levels) - 4)
        return np.array([[np.mean(self._levels[i : i + 5])] for i in range(count)], np.float32).reshape(-1, 1)


def _per_frame(describe: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[[Compute], OpenSession]:
    def open_session(info: ClipInfo) -> Session:
        return PerFrame(describe)

    return lambda compute: open_session


def _of_face(frames: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
    return landmarks_px.mean(axis=(1, 2), keepdims=False)[:, None]


def _difference(output: np.ndarray, reference: np.ndarray) -> np.ndarray:
    return np.abs(output.astype(np.float32) - reference).mean(axis=(1, 2, 3)) + output.mean(dtype=np.float32) * 1e-3


STAND_INS = (
    Extractor("bright", ("bright-net",), "1", _per_frame(_brightness)),
    Extractor("face-mean", (*FACE_NETWORKS, "bright-net"), "1", _per_frame(_of_face)),
    Extractor("thin", (*FACE_NETWORKS, "bright-net"), "1", _per_frame(_of_face), thinned=True),
    Extractor("windows", ("window-net",), "1", lambda compute: lambda info: _Windows(), rows="window"),
    PairExtractor("difference", (), "1", lambda compute: _difference),
)


@dataclass
class Counted:
    """A models that counts what it loads and how many frames it looks at."""

    loads: Counter[str] = field(default_factory=Counter)
    steps: int = 0

    def models(self, compute: Compute | None = None) -> ModelCache:
        counted = self

        class Follower(harness.Follower):
            def step(self, frame: np.ndarray) -> tuple[np.ndarray | None, str | None]:
                counted.steps += 1
                return super().step(frame)

        def follower() -> type[Follower]:
            counted.loads["face"] += 1
            return Follower

        def extractor(extractor_id: str, wanted: Compute) -> Any:
            counted.loads[extractor_id] += 1
            return catalog.extractor(extractor_id).load(wanted)

        return ModelCache(ModelFactories(follower, extractor), compute)


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalog with the stand-ins besides the real extractors."""
    everything = {**catalog.EXTRACTORS, **{one.id: one for one in STAND_INS}}
    monkeypatch.setattr(catalog, "EXTRACTORS", everything)


def nothing_kept() -> FeatureStore:
    return FeatureStore(None, NETWORKS)
