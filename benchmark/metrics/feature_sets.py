"""Features of all cases of a method as two samples: what was generated, and what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.scores import SetScore


@dataclass(frozen=True)
class FeatureSets:
    """Two samples of one feature, each row with the cluster (the driver's subject) that it depends on."""

    generated: np.ndarray  # float64 [n, d]
    real: np.ndarray  # float64 [m, d]
    generated_clusters: np.ndarray  # int [n], 0 .. n_clusters - 1
    real_clusters: np.ndarray  # int [m]
    n_clusters: int

    def __post_init__(self) -> None:
        check_samples(self.generated, self.real)
        if self.generated_clusters.shape != self.generated.shape[:1] or self.real_clusters.shape != self.real.shape[:1]:
            raise ValueError("expected one cluster per row on both sides")

    def without(self, left_out: np.ndarray) -> FeatureSets:
        """The samples without some clusters; `left_out` is bool [n_clusters]."""
        generated, real = ~left_out[self.generated_clusters], ~left_out[self.real_clusters]
        return replace(
            self,
            generated=self.generated[generated],
            real=self.real[real],
            generated_clusters=self.generated_clusters[generated],
            real_clusters=self.real_clusters[real],
        )


def check_samples(generated: np.ndarray, real: np.ndarray, at_least: int = 2) -> None:
    """Raises ValueError unless both are [n, d] of equal d, finite, with `at_least` rows."""
    if generated.ndim != 2 or real.ndim != 2 or generated.shape[1] != real.shape[1]:
        raise ValueError(
            f"expected two arrays [n, d] of equal d but got {list(generated.shape)} and {list(real.shape)}"
        )
    if min(len(generated), len(real)) < at_least:
        raise ValueError(f"expected at least {at_least} samples on each side but got {len(generated)} and {len(real)}")
    if not (np.isfinite(generated).all() and np.isfinite(real).all()):
        raise ValueError("expected finite features but got NaN or infinity")


def gather(
    cases: Sequence[CaseFeatures], extractor_id: str, *, at_least: int = 2
) -> tuple[FeatureSets, dict[str, float]] | SetScore:
    """Outputs against references where every case has one, else against the drivers; or a SetScore that says why not.

    Rows with NaN are left out and counted. A driver of several cases enters once per case, as its outputs do.
    """
    if not cases:
        return SetScore(None, 0, "no cases")
    use_reference = all(case.reference is not None for case in cases)
    real_videos = [case.reference if use_reference else case.driver for case in cases]
    generated = _stack([case.output for case in cases], extractor_id)
    real = _stack(real_videos, extractor_id)
    if generated is None or real is None:
        side = "outputs" if generated is None else "real frames"
        return SetScore(None, 0, f"{extractor_id} features of the {side} were not computed for every case")
    clusters = np.unique([case.cluster for case in cases], return_inverse=True)[1]
    n, n_real = len(generated.rows), len(real.rows)
    dimensions = generated.rows.shape[1]
    extra = {
        "n_real": float(n_real),
        "n_failed": float(generated.n_failed),
        "n_real_failed": float(real.n_failed),
        "n_clusters": float(clusters.max() + 1),
        "dimensions": float(dimensions),
        "against_reference": float(use_reference),
        "rank_deficient": float(min(n, n_real) <= dimensions),
    }
    if min(n, n_real) < at_least:
        reason = f"expected at least {at_least} samples on each side but got {n} and {n_real}"
        return SetScore(None, n, reason, extra)
    sets = FeatureSets(
        generated.rows, real.rows, clusters[generated.case], clusters[real.case], int(clusters.max()) + 1
    )
    return sets, extra


@dataclass(frozen=True)
class _Stacked:
    rows: np.ndarray  # float64 [n, d]
    case: np.ndarray  # int [n]
    n_failed: int


def _stack(videos: Sequence[FaceFeatures | None], extractor_id: str) -> _Stacked | None:
    """Finite rows of all videos; None if any was not computed."""
    parts = [None if video is None else video.array(extractor_id) for video in videos]
    present = [part for part in parts if part is not None]
    if len(present) < len(parts):
        return None
    rows = np.concatenate(present).astype(np.float64)
    case = np.repeat(np.arange(len(present)), [len(part) for part in present])
    finite = np.isfinite(rows).all(axis=1)
    return _Stacked(rows[finite], case[finite], int((~finite).sum()))
