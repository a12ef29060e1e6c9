"""What `score` is going to do, and the metrics that its inputs allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.engine.feature_jobs import FeatureSettings
from benchmark.engine.networks import NetworkStatus
from benchmark.features.extractors.catalog import split_ids
from benchmark.features.types.extractor import LANDMARKS, Compute
from benchmark.metrics import METRICS, Metric
from benchmark.pairing.pair_list import PairList

PROTOCOL = "score"
PROTOCOL_VERSION = "1"
REFERENCE_ROW = "reference"
EMBED_EVERY = 5  # as in the shipped protocols


@dataclass(frozen=True)
class ScorePlan:
    """Everything that is decided before work begins.

    Args:
        method: name of what is scored, in tables.
        data: name of the references, in tables.
        doctor: whether the doctor is asked first where it has not been.
    """

    method: str
    data: str
    pairs: PairList
    metrics: tuple[Metric, ...]
    networks: NetworkStatus
    out: Path
    embed_every: int
    seed: int
    command: str
    compute: Compute = Compute()

    @property
    def features(self) -> FeatureSettings:
        """Every feature that a metric reads and that can be had here."""
        computable = [metric for metric in self.metrics if self.networks.lacking_of(metric) is None]
        video, pair, sound = split_ids([LANDMARKS, *(one for metric in computable for one in metric.features)])
        return FeatureSettings(
            folder=self.out / "features",
            video=video,
            pair=pair,
            sound=sound,
            stride=self.embed_every,
            networks=tuple(sorted(self.networks.present.items())),
            compute=self.compute,
        )

    @property
    def remarks(self) -> list[str]:
        """Where identity and sound come from: they change what numbers mean."""
        source = (
            "the source given for each pair"
            if self.pairs.has_sources
            else "the first frame of each reference, because no source was given"
        )
        lines = [f"identity is compared with {source}"]
        if self.features.sound:
            sound = "the sound file of each pair" if self.pairs.has_audio else "each generated file's own sound"
            lines.append(f"sync is measured against {sound}")
        if all(pair.cluster == pair.id for pair in self.pairs.pairs):
            lines.append(
                "every pair counts as another person, because no cluster was given: intervals, and what"
                " csim_calibration calls different people, depend on it"
            )
        return lines


def allowed_metrics() -> list[Metric]:
    """Every metric whose inputs existing videos can have: all but those that look inside of a method."""
    return [metric for metric in METRICS.values() if "latents" not in metric.needs]


def reference_metrics(metrics: Sequence[Metric]) -> list[Metric]:
    """Metrics that say something about a reference by itself; one compared with itself is perfect by definition."""
    return [metric for metric in metrics if not split_ids(metric.features)[1]]
