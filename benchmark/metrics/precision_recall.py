"""Improved precision and recall (Kynkaanniemi et al. 2019): are outputs plausible, and do they cover what is real?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.feature_sets import check_samples, gather
from benchmark.metrics.fid import DEPENDENT_FRAMES, INTERVAL, POOL3, prepared
from benchmark.metrics.jackknife import grouping_of, share_interval
from benchmark.metrics.known_answers import EXACT, Near, Worse
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.scores import SetScore

NEIGHBOURS = 3

_BLOCK_ROWS = 512
_SAME = 1e-12
"""Squared distances below this share of the squared norms are 0: what is left of equal rows by rounding."""

Side = Literal["precision", "recall"]


def neighbour_radii(
    samples: np.ndarray,  # [n, d], n > neighbours
    neighbours: int = NEIGHBOURS,
) -> np.ndarray:
    """Squared distance of each sample to its k-th nearest other one, float64 [n]."""
    return np.concatenate([np.partition(d, neighbours, axis=1)[:, neighbours] for d in _blocks(samples, samples)])


def inside_manifold(
    queries: np.ndarray,  # [m, d]
    samples: np.ndarray,  # [n, d]
    neighbours: int = NEIGHBOURS,
) -> np.ndarray:
    """bool [m]: queries within the ball of any sample, whose radius is the distance to its k-th nearest neighbour."""
    x, y = np.asarray(queries, dtype=np.float64), np.asarray(samples, dtype=np.float64)
    check_samples(x, y, at_least=1)
    if len(y) <= neighbours:
        raise ValueError(f"expected more than {neighbours} samples but got {len(y)}")
    centre = y.mean(axis=0)  # distances from smaller numbers lose fewer digits
    x, y = x - centre, y - centre
    radii = neighbour_radii(y, neighbours)
    return np.concatenate([(distances <= radii).any(axis=1) for distances in _blocks(x, y)])


def precision_recall(
    generated: np.ndarray,  # [n, d]
    real: np.ndarray,  # [m, d]
    neighbours: int = NEIGHBOURS,
) -> tuple[float, float]:
    """Share of generated samples inside the real manifold, and of real samples inside the generated one."""
    precision = inside_manifold(generated, real, neighbours)
    return float(precision.mean()), float(inside_manifold(real, generated, neighbours).mean())


def _blocks(x: np.ndarray, y: np.ndarray) -> Iterator[np.ndarray]:
    """Squared distances of consecutive rows of x to all of y, float64 [<= 512, n] each."""
    norms_x, norms_y = (x**2).sum(axis=1), (y**2).sum(axis=1)
    for start in range(0, len(x), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        scale = norms_x[rows, None] + norms_y
        distances = scale - 2.0 * (x[rows] @ y.T)
        yield np.where(distances <= _SAME * scale, 0.0, distances)


def shares_without(
    queries: np.ndarray,  # [m, d]
    samples: np.ndarray,  # [n, d]
    left_out_queries: np.ndarray,  # bool [R, m]
    left_out_samples: np.ndarray,  # bool [R, n]
    neighbours: int = NEIGHBOURS,
) -> np.ndarray:
    """Share of queries inside the manifold of the samples, both without some, float64 [R].

    Each distance is computed once for all of them. More than `neighbours` samples must remain each time.
    """
    x, y = (np.asarray(side, dtype=np.float64) - samples.mean(axis=0) for side in (queries, samples))
    radii = np.empty((len(left_out_samples), len(y)))
    start = 0
    for block in _blocks(y, y):
        for radius, gone in zip(radii, left_out_samples, strict=True):
            kept = np.where(gone, np.inf, block)
            radius[start : start + len(block)] = np.partition(kept, neighbours, axis=1)[:, neighbours]
        start += len(block)
    radii[left_out_samples] = -1.0  # no ball of a sample that is not there
    inside = np.zeros(len(left_out_queries))
    start = 0
    for block in _blocks(x, y):
        rows = slice(start, start + len(block))
        for number, (radius, gone) in enumerate(zip(radii, left_out_queries, strict=True)):
            inside[number] += ((block <= radius).any(axis=1) & ~gone[rows]).sum()
        start += len(block)
    share: np.ndarray = inside / (~left_out_queries).sum(axis=1)
    return share


def _score(cases: Sequence[CaseFeatures], mode: str, side: Side) -> SetScore:
    gathered = gather(cases, f"inception[{mode}]", at_least=NEIGHBOURS + 1)
    if isinstance(gathered, SetScore):
        return gathered
    sets, extra = gathered
    queries, samples = (sets.generated, sets.generated_cases), (sets.real, sets.real_cases)
    if side == "recall":
        queries, samples = samples, queries
    value = float(inside_manifold(queries[0], samples[0]).mean())
    extra |= {"neighbours": float(NEIGHBOURS)}
    grouping = grouping_of(sets, at_least=NEIGHBOURS + 1)
    if grouping is None:
        return SetScore(value, len(sets.generated), None, extra)
    gone = grouping.left_out
    without = shares_without(queries[0], samples[0], gone[:, queries[1]], gone[:, samples[1]])
    people = min(sets.crossing.n_drivers, sets.crossing.n_sources)
    spread = share_interval(grouping.replicates(without), value, people)
    return SetScore(value, len(sets.generated), None, extra | spread.extra, spread.low, spread.high)


def _entry(mode: str, side: Side) -> SetMetric:
    def score(cases: Sequence[CaseFeatures]) -> SetScore:
        return _score(cases, mode, side)

    asked, manifold = ("outputs", "real frames") if side == "precision" else ("real frames", "outputs")
    name = side.capitalize()
    card = MetricCard(
        id=f"{side}[{mode}]",
        title=name if mode == "pytorch-fid" else f"{name} ({mode})",
        unit="",
        higher_is_better=True,
        level="set",
        needs=frozenset(),
        features=(f"inception[{mode}]",),
        summary=f"Share of {asked} that lie within the neighbourhood of some of the {manifold}:"
        + (" whether outputs are plausible." if side == "precision" else " whether everything real is also made."),
        definition=f"Share of {asked} whose distance to at least one of the {manifold} is no more than that one's"
        f" distance to its k-th nearest of the {manifold}, itself not counted; k = {NEIGHBOURS}, Euclidean, float64."
        f" Features: {POOL3}. {INTERVAL}"
        " The standard error is at least half of that of as many yes and no answers as there are people.",
        value_range=(0.0, 1.0),
        preprocessing=prepared(mode),
        pitfalls=(
            "Grows with the number of samples on both sides: compare only at equal n.",
            "Consecutive frames are each other's nearest neighbours: balls are small and values low for few, long"
            " clips.",
            "One outlier makes a large ball that accepts much.",
            DEPENDENT_FRAMES,
        ),
        source="Kynkaanniemi et al. 2019, Improved Precision and Recall Metric, Eqs. 1 to 3"
        + ("; torch-fidelity 0.4.0 (PRC)" if mode == "torch-fidelity" else ""),
    )
    still = (Worse(on.STILL),) if side == "recall" else ()
    return SetMetric(card, score, (Near(on.TRUTH, 1.0, EXACT), *still, Worse(on.STRANGER), Worse(on.BLACK)))


_SIDES: tuple[Side, ...] = ("precision", "recall")

ENTRIES = tuple(_entry(mode, side) for mode in ("pytorch-fid", "torch-fidelity") for side in _SIDES)
