"""How often intervals hold the truth, and how often two equal methods are called different."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.features.types.case import FaceFeatures
from benchmark.metrics import CaseFeatures, score_set
from benchmark.metrics.case_from_frames import NO_VIDEO
from benchmark.results.comparison import ALPHA, CaseValue, Score, compare_scores
from benchmark.results.crossed import Crossing, Replicates, mean_of

VARIANCES = {"1/0/1": (1.0, 0.0, 1.0), "0/1/1": (0.0, 1.0, 1.0), "1/1/1": (1.0, 1.0, 1.0), ".2/.6/.2": (0.2, 0.6, 0.2)}
"""Of drivers, of sources, of the rest."""

COVERAGE_FLOOR, FALSE_POSITIVE_CEILING = 0.93, 0.06
SET_METRICS = ("fid[pytorch-fid]", "kid[pytorch-fid]", "precision[pytorch-fid]", "recall[pytorch-fid]", "auc_z")
_METHODS = 3
_DIMENSIONS, _FRAMES = 6, 4
_DECAY = np.exp(-np.arange(_DIMENSIONS) / 3)
_FEATURE = "inception[pytorch-fid]"


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
    for _ in range(trials):
        methods = [_values(crossing, variances, rng) for _ in range(_METHODS)]
        own = mean_of(methods[0], crossing)
        apart = mean_of(methods[1] - methods[2], crossing)
        if own.spread is None or apart.spread is None:
            raise ValueError("expected at least two drivers and two sources")
        held += own.spread.p_value(own.value) > 1 - 0.95
        positive += apart.spread.p_value(apart.value) <= ALPHA
        found = compare_scores([_score(str(number), x, crossing) for number, x in enumerate(methods)])
        called += any(one.is_real for one in found.differences)
    return Line(held / trials, positive / trials, called / trials)


def sets(crossing: Crossing, variances: tuple[float, float, float], *, trials: int, seed: int) -> dict[str, Line]:
    """Of metrics of whole sets, against their expected value at this design's number of cases."""
    rng = np.random.default_rng(seed)
    values: dict[str, list[tuple[float, Replicates]]] = {name: [] for name in SET_METRICS}
    for _ in range(trials):
        real, drivers = _rows(crossing, (variances[0], 0.0, variances[2]), rng)
        for _ in range(2):
            made, _ = _rows(crossing, variances, rng, drivers)
            cases = _cases(crossing, made, real)
            for name in SET_METRICS:
                score = score_set(name, cases)
                replicates = Replicates.of(score.extra)
                if score.value is None or replicates is None:
                    raise ValueError(f"expected a value and an interval of {name} but got {score.reason}")
                values[name].append((score.value, replicates))
    lines = {}
    for name, found in values.items():
        expected = float(np.mean([value for value, _ in found]))
        held = [one.spread.p_value(value - expected) > 1 - 0.95 for value, one in found]
        positive = []
        for (first, a), (second, b) in zip(found[::2], found[1::2], strict=True):
            apart = a.minus(b)
            positive.append(apart is not None and apart.spread.p_value(first - second) <= ALPHA)
        rate = float(np.mean(positive))
        lines[name] = Line(float(np.mean(held)), rate, rate)
    return lines


def _values(crossing: Crossing, variances: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    driver, source, rest = np.sqrt(variances)
    drawn: np.ndarray = (
        driver * rng.normal(size=crossing.n_drivers)[crossing.drivers]
        + source * rng.normal(size=crossing.n_sources)[crossing.sources]
        + rest * rng.normal(size=len(crossing.drivers))
    )
    return drawn


def _score(method: str, values: np.ndarray, crossing: Crossing) -> Score:
    cases = {
        str(number): CaseValue(float(value), str(driver), str(source))
        for number, (value, driver, source) in enumerate(zip(values, crossing.drivers, crossing.sources, strict=True))
    }
    return Score(method, "metric", float(values.mean()), True, "", cases, {}, complete=True)


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
    landmarks = np.full((len(rows), 468, 3), np.nan, np.float32)
    return FaceFeatures(landmarks, ("not looked for",) * len(rows), {_FEATURE: rows.astype(np.float32)})
