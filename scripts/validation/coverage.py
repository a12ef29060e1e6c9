"""How often intervals hold the truth, and how often two equal methods are called different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from benchmark.features.types.case import FaceFeatures
from benchmark.metrics import CaseFeatures, score_set
from benchmark.metrics.case_from_frames import NO_VIDEO
from benchmark.metrics.scores import SetScore
from benchmark.results.comparison import ALPHA, holm, smallest_p
from benchmark.results.crossed import LEVEL, Crossing, Replicates, mean_of

VARIANCES = {"1/0/1": (1.0, 0.0, 1.0), "0/1/1": (0.0, 1.0, 1.0), "1/1/1": (1.0, 1.0, 1.0), ".2/.6/.2": (0.2, 0.6, 0.2)}
"""Of drivers, of sources, of the rest."""

COVERAGE_FLOOR, FALSE_POSITIVE_CEILING = 0.93, 0.06
SET_METRICS = ("fid[pytorch-fid]", "kid[pytorch-fid]", "precision[torch-fidelity]", "recall[torch-fidelity]", "auc_z")
_METHODS = 3
_DIMENSIONS, _FEW_DIMENSIONS, _FRAMES = 24, 3, 5
_DECAY = np.exp(-np.arange(_DIMENSIONS) / 12)
_FEATURE, _FEW = "inception[pytorch-fid]", "inception[torch-fidelity]"
"""Neighbourhoods of few samples in many dimensions hold nothing: precision and recall get the first few alone."""


@dataclass(frozen=True)
class Line:
    """What was found for one design and one set of variances.

    Args:
        coverage: share of 95 % intervals that hold the truth; False positives: share of tests of no difference with
            p <= .05.
        better: share of reports on equal methods that call any two of them different.
    """

    coverage: float
    false_positives: float
    better: float

    @property
    def holds(self) -> bool:
        """Whether the floors are met."""
        return (
            self.coverage >= COVERAGE_FLOOR
            and self.false_positives <= FALSE_POSITIVE_CEILING
            and self.better <= FALSE_POSITIVE_CEILING
        )


def means(crossing: Crossing, variances: tuple[float, float, float], *, trials: int, seed: int) -> Line:
    """Of the mean over cases, of differences, and of a report of three equal methods in one metric."""
    rng = np.random.default_rng(seed)
    held, positive, called = 0, 0, 0
    can_tell = smallest_p(crossing.n_drivers, crossing.n_sources) <= ALPHA
    for _ in range(trials):
        methods = [_values(crossing, variances, rng) for _ in range(_METHODS)]
        p_values = [_p_value(a - b, crossing) for a, b in combinations(methods, 2)]
        held += _p_value(methods[0], crossing) > 1 - LEVEL  # the truth is 0
        positive += p_values[-1] <= ALPHA
        called += can_tell and min(holm(p_values)) <= ALPHA
    return Line(held / trials, positive / trials, called / trials)


def sets(
    crossing: Crossing, variances: tuple[float, float, float], metrics: Sequence[str], *, trials: int, seed: int
) -> dict[str, Line]:
    """Of metrics of whole sets, against their expected value at this design's number of cases."""
    rng = np.random.default_rng(seed)
    can_tell = smallest_p(crossing.n_drivers, crossing.n_sources) <= ALPHA
    found: dict[str, list[SetScore]] = {name: [] for name in metrics}
    for _ in range(trials):
        real, drivers = _rows(crossing, (variances[0], 0.0, variances[2]), rng)
        for _ in range(2):
            made, _ = _rows(crossing, variances, rng, drivers)
            cases = _cases(crossing, made, real)
            for name, scores in found.items():
                scores.append(score_set(name, cases))
    lines = {}
    for name, scores in found.items():
        expected = float(np.mean([one.value for one in scores if one.value is not None]))
        held = [_holds(one, expected) for one in scores]
        positive = [_differs(a, b) for a, b in zip(scores[::2], scores[1::2], strict=True)]
        rate = float(np.mean(positive))
        lines[name] = Line(float(np.mean(held)), rate, rate if can_tell else 0.0)
    return lines


def _holds(score: SetScore, expected: float) -> bool:
    if score.ci_low is None or score.ci_high is None:
        raise ValueError(f"expected a value and an interval but got {score.reason}")
    return score.ci_low <= expected <= score.ci_high


def _differs(a: SetScore, b: SetScore) -> bool:
    first, second = Replicates.of(a.extra), Replicates.of(b.extra)
    apart = None if first is None or second is None else first.minus(second)
    if apart is None or a.value is None or b.value is None:
        raise ValueError("expected values with replicates of the same groups")
    return apart.spread.p_value(a.value - b.value) <= ALPHA


def _p_value(values: np.ndarray, crossing: Crossing) -> float:
    mean = mean_of(values, crossing)
    if mean.spread is None:
        raise ValueError("expected at least two drivers and two sources")
    return mean.spread.p_value(mean.value)


def _values(crossing: Crossing, variances: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    driver, source, rest = np.sqrt(variances)
    drawn: np.ndarray = (
        driver * rng.normal(size=crossing.n_drivers)[crossing.drivers]
        + source * rng.normal(size=crossing.n_sources)[crossing.sources]
        + rest * rng.normal(size=len(crossing.drivers))
    )
    return drawn


def _rows(
    crossing: Crossing,
    variances: tuple[float, float, float],
    rng: np.random.Generator,
    drivers: np.ndarray | None = None,  # [D, d], of an earlier call: outputs follow their driver
) -> tuple[np.ndarray, np.ndarray]:
    """Features of a few frames of each case, [C, T, d], and the drivers' share in them."""
    driver, source, rest = np.sqrt(variances)
    people = rng.normal(size=(crossing.n_drivers, _DIMENSIONS)) if drivers is None else drivers
    sources = rng.normal(size=(crossing.n_sources, _DIMENSIONS))
    cases = driver * people[crossing.drivers] + source * sources[crossing.sources]
    cases = cases + rest * rng.normal(size=cases.shape)
    frames = cases[:, None] + 0.3 * rng.normal(size=(len(cases), _FRAMES, _DIMENSIONS))
    return frames * _DECAY, people


def _cases(crossing: Crossing, made: np.ndarray, real: np.ndarray) -> list[CaseFeatures]:
    return [
        CaseFeatures(
            case_id=str(number),
            cluster=str(driver),
            output=_video(made[number]),
            driver=_video(real[number]),
            source=NO_VIDEO,
            latents=made[number],
            source_cluster=str(source),
        )
        for number, (driver, source) in enumerate(zip(crossing.drivers, crossing.sources, strict=True))
    ]


def _video(rows: np.ndarray) -> FaceFeatures:
    few_and_many = rows.astype(np.float32), rows[:, :_FEW_DIMENSIONS].astype(np.float32)
    landmarks = np.full((len(rows), 468, 3), np.nan, np.float32)
    return FaceFeatures(landmarks, ("not looked for",) * len(rows), {_FEATURE: few_and_many[0], _FEW: few_and_many[1]})
