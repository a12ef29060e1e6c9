"""Features of all cases of a method as two samples: what was generated, and what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.scores import Extra, SetScore
from benchmark.results.crossed import Crossing


@dataclass(frozen=True)
class FeatureSets:
    """Two samples of one feature; each row is of a case, which has a driver and a source.

    Args:
        generated, real: float64 [n, d] and [m, d].
        generated_cases, real_cases: int [n] and [m], the case of each row, 0 .. C - 1.
        crossing: driver and source of each of the C cases.
    """

    generated: np.ndarray
    real: np.ndarray
    generated_cases: np.ndarray
    real_cases: np.ndarray
    crossing: Crossing

    def __post_init__(self) -> None:
        check_samples(self.generated, self.real)
        if self.generated_cases.shape != self.generated.shape[:1] or self.real_cases.shape != self.real.shape[:1]:
            raise ValueError("expected one case per row on both sides")

    def without(self, left_out: np.ndarray) -> FeatureSets:
        """The samples without some cases; `left_out` is bool [C]."""
        generated, real = ~left_out[self.generated_cases], ~left_out[self.real_cases]
        return replace(
            self,
            generated=self.generated[generated],
            real=self.real[real],
            generated_cases=self.generated_cases[generated],
            real_cases=self.real_cases[real],
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
) -> tuple[FeatureSets, dict[str, Extra]] | SetScore:
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
    crossing = crossing_of(cases)
    n, n_real = len(generated.rows), len(real.rows)
    dimensions = generated.rows.shape[1]
    extra: dict[str, Extra] = {
        "n_real": float(n_real),
        "n_failed": float(generated.n_failed),
        "n_real_failed": float(real.n_failed),
        "n_drivers": float(crossing.n_drivers),
        "n_sources": float(crossing.n_sources),
        "dimensions": float(dimensions),
        "against_reference": float(use_reference),
        "rank_deficient": float(min(n, n_real) <= dimensions),
    }
    if min(n, n_real) < at_least:
        reason = f"expected at least {at_least} samples on each side but got {n} and {n_real}"
        return SetScore(None, n, reason, extra)
    return FeatureSets(generated.rows, real.rows, generated.case, real.case, crossing), extra


def crossing_of(cases: Sequence[CaseFeatures]) -> Crossing:
    """Driver and source of each case."""
    return Crossing.of([case.cluster for case in cases], [case.source_cluster for case in cases])


def common_frames(cases: Sequence[CaseFeatures], extractor_id: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows of outputs and of what they are compared with that are of the same frame, float64 [p, d] each.

    As `gather`, which says whether there are any; a frame that either side lacks is left out of both.
    """
    use_reference = all(case.reference is not None for case in cases)
    generated, real = [], []
    for case in cases:
        output = case.output.array(extractor_id)
        other = (case.reference if use_reference and case.reference is not None else case.driver).array(extractor_id)
        if output is None or other is None:
            raise ValueError(f"expected {extractor_id} features of every case but {case.case_id} has none")
        x, y = (rows[: min(len(output), len(other))].astype(np.float64) for rows in (output, other))
        there = np.isfinite(x).all(axis=1) & np.isfinite(y).all(axis=1)
        generated.append(x[there])
        real.append(y[there])
    return np.concatenate(generated), np.concatenate(real)


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
