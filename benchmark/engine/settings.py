"""Extraction settings: which features, how thinned, on what; part of the key of everything that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.engine.networks import NetworkStatus
from benchmark.features.extractors.catalog import split_ids
from benchmark.features.store import FeatureStore
from benchmark.features.types.extractor import LANDMARKS, Compute
from benchmark.features.video import BATCH_FRAMES
from benchmark.metrics import MetricCard


@dataclass(frozen=True)
class FeatureSettings:
    """Which features are extracted, and how.

    Args:
        folder: of the feature store.
        video, pair, audio: ids of extractors whose networks are here.
        stride: thinned extractors see every n-th frame.
        networks: (name, sha256) of the networks that are here.
        batch_frames: decoded at a time; decides memory, never a number.
    """

    folder: Path
    video: tuple[str, ...]
    pair: tuple[str, ...]
    audio: tuple[str, ...]
    stride: int
    networks: tuple[tuple[str, str], ...]
    compute: Compute = Compute()
    batch_frames: int = BATCH_FRAMES

    @property
    def store(self) -> FeatureStore:
        """Where features are kept."""
        return FeatureStore(self.folder, dict(self.networks))

    @property
    def ids(self) -> tuple[str, ...]:
        """All extractors."""
        return (*self.video, *self.pair, *self.audio)


def feature_settings(
    metrics: Sequence[MetricCard], networks: NetworkStatus, folder: Path, *, stride: int, compute: Compute
) -> FeatureSettings:
    """Landmarks, and every feature that a metric reads and that can be had here."""
    computable = [metric for metric in metrics if networks.missing_for(metric) is None]
    video, pair, audio = split_ids([LANDMARKS, *(one for metric in computable for one in metric.features)])
    present = tuple(sorted(networks.present.items()))
    return FeatureSettings(folder, video, pair, audio, stride, present, compute)
