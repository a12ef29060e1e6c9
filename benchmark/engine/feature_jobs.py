"""Stage 2: what extractors say about inputs and predictions, kept by content so that nothing is looked at twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmark.engine.inputs import load_staged
from benchmark.engine.networks import NetworkStatus
from benchmark.engine.predictions import iterate_lossless, read_lossless
from benchmark.features import (
    FeatureStore,
    PairFeatures,
    SoundFeatures,
    VideoSource,
    extract_pair,
    extract_sound,
    extract_video,
)
from benchmark.features.extractors.catalog import split_ids
from benchmark.features.toolbox import Toolbox
from benchmark.features.types.extractor import LANDMARKS, ClipInfo, Compute
from benchmark.features.video import BATCH_FRAMES
from benchmark.metrics import FaceFeatures, Metric
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.array_store import file_sha256


@dataclass(frozen=True)
class FeatureSettings:
    """What is asked of every video, and what decides the answers besides the frames.

    Args:
        video, pair, sound: ids of extractors whose networks are here.
        stride: thinned extractors see every n-th frame.
        networks: (name, sha256) of the networks that are here.
        batch_frames: decoded at a time; decides memory, never a number.
    """

    folder: Path
    video: tuple[str, ...]
    pair: tuple[str, ...]
    sound: tuple[str, ...]
    stride: int
    networks: tuple[tuple[str, str], ...]
    compute: Compute = Compute()
    batch_frames: int = BATCH_FRAMES

    @property
    def store(self) -> FeatureStore:
        return FeatureStore(self.folder, dict(self.networks))

    def tools(self) -> Toolbox:
        """For looking things up in the store; nothing is loaded."""
        return Toolbox(compute=self.compute)


def feature_settings(
    metrics: Sequence[Metric], networks: NetworkStatus, folder: Path, *, stride: int, compute: Compute
) -> FeatureSettings:
    """Landmarks, and every feature that a metric reads and that can be had here."""
    computable = [metric for metric in metrics if networks.lacking_of(metric) is None]
    video, pair, sound = split_ids([LANDMARKS, *(one for metric in computable for one in metric.features)])
    present = tuple(sorted(networks.present.items()))
    return FeatureSettings(folder, video, pair, sound, stride, present, compute)


@dataclass(frozen=True)
class FramesOnDisk:
    """A staged input, or a prediction's lossless video.

    Args:
        pixels_sha256: content hash of its frames.
        file_sha256: of the file, where nothing inside says whether it is intact.
    """

    path: Path
    pixels_sha256: str
    frame_count: int
    fps: Fraction
    size_px: int
    file_sha256: str | None = None

    def source(self) -> VideoSource:
        """The frames for a pass."""
        info = ClipInfo(self.fps, self.size_px, self.size_px)
        return VideoSource(self.pixels_sha256, self.frame_count, lambda: info, self._read)

    def _read(self) -> Iterator[np.ndarray]:
        if self.file_sha256 is not None:
            if file_sha256(self.path) != self.file_sha256:
                raise BenchmarkError(f"expected {self.path} unchanged but its frames are others; run again")
            yield from iterate_lossless(self.path)
        else:
            yield from load_frames(self.path)


def load_frames(path: Path) -> np.ndarray:
    """uint8 [T, S, S, 3] of a staged input or a prediction's video."""
    if path.suffix == ".mkv":
        return read_lossless(path)
    staged = load_staged(path)
    if staged is None:
        raise BenchmarkError(f"expected the staged input {path} but it is gone or damaged; run again")
    return staged.frames


@dataclass(frozen=True)
class FeatureJob:
    """Compute and keep what is missing for one video, and for its comparison with a reference."""

    frames: FramesOnDisk
    reference: FramesOnDisk | None
    settings: FeatureSettings

    def run(self, toolbox: Toolbox) -> str:
        if toolbox.compute != self.settings.compute:
            raise BenchmarkError(f"expected workers on {self.settings.compute} but got {toolbox.compute}")
        self._extract(toolbox)
        return self.frames.pixels_sha256

    def load(self) -> PairFeatures | FaceFeatures:
        """The saved features; with a reference those of both and of their pairs."""
        return self._extract(self.settings.tools())

    def _extract(self, toolbox: Toolbox) -> PairFeatures | FaceFeatures:
        settings, output = self.settings, self.frames.source()
        how = {"stride": settings.stride, "batch_frames": settings.batch_frames}
        if self.reference is None:
            return extract_video(output, settings.video, toolbox=toolbox, store=settings.store, **how)
        reference = self.reference.source()
        return extract_pair(
            output, reference, settings.video, settings.pair, toolbox=toolbox, store=settings.store, **how
        )


@dataclass(frozen=True)
class SoundJob:
    """Compute and keep what is missing for the sound of one driver."""

    path: Path
    first_frame_s: float
    settings: FeatureSettings

    def run(self, toolbox: Toolbox) -> str | None:
        """Why there is no sound, or None."""
        return self._extract(toolbox).reason

    def load(self) -> SoundFeatures:
        """The saved features."""
        return self._extract(self.settings.tools())

    def _extract(self, toolbox: Toolbox) -> SoundFeatures:
        settings = self.settings
        return extract_sound(
            self.path, settings.sound, toolbox=toolbox, store=settings.store, first_frame_s=self.first_frame_s
        )
