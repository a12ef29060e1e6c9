"""KID: squared maximum mean discrepancy with a cubic kernel (Binkowski et al. 2018), unbiased at any sample count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.feature_sets import check_samples, gather
from benchmark.metrics.fid import DEPENDENT_FRAMES, INTERVAL, OTHER_PEOPLE, POOL3, prepared
from benchmark.metrics.jackknife import grouping_of, interval_of
from benchmark.metrics.known_answers import EXACT, Between, NoValue, Same, Worse
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.scores import SetScore

N_SUBSETS = 100
SUBSET_SIZE = 1000
SUBSET_SEED = 2020
"""Defaults of torch-fidelity 0.4.0."""

_BLOCK_ROWS = 512


def kernel_distance(
    generated: np.ndarray,  # [n, d]
    real: np.ndarray,  # [m, d]
) -> float:
    """Unbiased MMD^2 over all samples, kernel (x . y / d + 1)^3. Needs 2 samples on each side; may fall below 0."""
    x, y = np.asarray(generated, dtype=np.float64), np.asarray(real, dtype=np.float64)
    return float(kernel_distances(x, y, np.ones((len(x), 1), bool), np.ones((len(y), 1), bool))[0])


def kernel_distance_subsets(
    generated: np.ndarray,  # [n, d]
    real: np.ndarray,  # [m, d]
    *,
    n_subsets: int = N_SUBSETS,
    subset_size: int = SUBSET_SIZE,
    seed: int = SUBSET_SEED,
) -> np.ndarray:
    """Unbiased MMD^2 of random subsets, float64 [n_subsets], drawn as torch-fidelity draws them.

    Raises ValueError with fewer than `subset_size` samples on a side.
    """
    x, y = np.asarray(generated, dtype=np.float64), np.asarray(real, dtype=np.float64)
    if min(len(x), len(y)) < subset_size:
        raise ValueError(f"expected at least {subset_size} samples on each side but got {len(x)} and {len(y)}")
    random = np.random.RandomState(seed)
    keep_x, keep_y = np.zeros((len(x), n_subsets), bool), np.zeros((len(y), n_subsets), bool)
    for subset in range(n_subsets):
        keep_x[random.choice(len(x), subset_size, replace=False), subset] = True
        keep_y[random.choice(len(y), subset_size, replace=False), subset] = True
    return kernel_distances(x, y, keep_x, keep_y)


def kernel_distances(
    x: np.ndarray,  # [n, d]
    y: np.ndarray,  # [m, d]
    keep_x: np.ndarray,  # bool [n, R]
    keep_y: np.ndarray,  # bool [m, R]
) -> np.ndarray:
    """Unbiased MMD^2 of R choices of samples, float64 [R]; each kernel value is computed once for all of them."""
    check_samples(x, y)
    n, m = keep_x.sum(axis=0), keep_y.sum(axis=0)
    if min(n.min(), m.min()) < 2:
        raise ValueError(f"expected at least 2 samples on each side but got {n.min()} and {m.min()}")
    within_x = (_sums(x, x, keep_x, keep_x) - _diagonal(x, keep_x)) / (n * (n - 1))
    within_y = (_sums(y, y, keep_y, keep_y) - _diagonal(y, keep_y)) / (m * (m - 1))
    distances: np.ndarray = within_x + within_y - 2.0 * _sums(x, y, keep_x, keep_y) / (n * m)
    return distances


def _sums(x: np.ndarray, y: np.ndarray, keep_x: np.ndarray, keep_y: np.ndarray) -> np.ndarray:
    """Sum of the kernel over the kept pairs, float64 [R]."""
    total = np.zeros(keep_x.shape[1])
    weights = keep_y.astype(np.float64)
    for start in range(0, len(x), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        kernel = (x[rows] @ y.T / x.shape[1] + 1.0) ** 3
        total += np.einsum("br,br->r", keep_x[rows], kernel @ weights)
    return total


def _diagonal(x: np.ndarray, keep: np.ndarray) -> np.ndarray:
    own: np.ndarray = ((x**2).sum(axis=1) / x.shape[1] + 1.0) ** 3
    return own @ keep


def kid_full(cases: Sequence[CaseFeatures]) -> SetScore:
    """The full unbiased estimator on pytorch-fid's features, with its interval over drivers and sources."""
    gathered = gather(cases, "inception[pytorch-fid]")
    if isinstance(gathered, SetScore):
        return gathered
    sets, extra = gathered
    grouping = grouping_of(sets)
    left_out = np.zeros((0, len(sets.crossing.drivers)), bool) if grouping is None else grouping.left_out
    choices = np.concatenate([np.zeros((1, left_out.shape[1]), bool), left_out])
    keep_x, keep_y = (~choices[:, cases_of].T for cases_of in (sets.generated_cases, sets.real_cases))
    value, *without = kernel_distances(sets.generated, sets.real, keep_x, keep_y)
    if grouping is None:
        return SetScore(float(value), len(sets.generated), None, extra)
    spread = interval_of(grouping.replicates(np.array(without)), float(value))
    return SetScore(float(value), len(sets.generated), None, extra | spread.extra, spread.low, spread.high)


def kid_torch_fidelity(cases: Sequence[CaseFeatures]) -> SetScore:
    """Mean over torch-fidelity's 100 subsets of 1,000."""
    gathered = gather(cases, "inception[torch-fidelity]", at_least=SUBSET_SIZE)
    if isinstance(gathered, SetScore):
        return gathered
    sets, extra = gathered
    values = kernel_distance_subsets(sets.generated, sets.real)
    extra |= {"std_over_subsets": float(values.std()), "subsets": float(N_SUBSETS), "subset_size": float(SUBSET_SIZE)}
    return SetScore(float(values.mean()), len(sets.generated), None, extra)


_KERNEL = (
    "Unbiased MMD^2 = mean over i != j of `k(x_i, x_j)` + mean over i != j of `k(y_i, y_j)` - 2 mean of `k(x_i, y_j)`"
    f" with `k(x, y) = (x . y / d + 1)^3`, d = 2048, in float64. Features: {POOL3}."
)
_MAY_BE_NEGATIVE = "Unbiased: slightly below 0 for equal distributions; do not clip before averaging."


def _card(mode: str, title: str, summary: str, definition: str, pitfalls: tuple[str, ...], source: str) -> MetricCard:
    return MetricCard(
        id=f"kid[{mode}]",
        title=title,
        unit="",
        higher_is_better=False,
        level="set",
        needs=frozenset(),
        features=(f"inception[{mode}]",),
        summary=summary,
        definition=definition,
        value_range=(None, None),
        preprocessing=prepared(mode),
        pitfalls=(*pitfalls, _MAY_BE_NEGATIVE, DEPENDENT_FRAMES, OTHER_PEOPLE),
        source=source,
    )


ENTRIES = (
    SetMetric(
        _card(
            "pytorch-fid",
            "KID",
            "Kernel distance on the features of `fid[pytorch-fid]`, from all pairs of frames; unbiased, so that small"
            " sets can be compared.",
            f"{_KERNEL} All samples enter once. {INTERVAL}",
            ("Not the mean over subsets that packages print: same expectation, less noise, no seed.",),
            "Binkowski et al. 2018, Demystifying MMD GANs; estimator of Gretton et al. 2012, Lemma 6",
        ),
        kid_full,
        # Unbiased, hence below 0 for a set against itself, where it would be 0 if a frame were not its own best match.
        (
            Between(on.TRUTH, None, 0.0),
            Same(on.SHUFFLED, EXACT),
            Worse(on.STILL),
            Worse(on.BLURRED),
            Worse(on.STRANGER),
        ),
    ),
    SetMetric(
        _card(
            "torch-fidelity",
            "KID (torch-fidelity)",
            "KID as torch-fidelity prints it: mean over 100 random subsets of 1,000 frames.",
            f"{_KERNEL} Mean over {N_SUBSETS} subsets of {SUBSET_SIZE} samples of each side without replacement"
            f" (NumPy RandomState, seed {SUBSET_SEED}, outputs before references in each subset).",
            ("Needs 1,000 frames on each side; depends on the order of the frames through the seed.",),
            "Binkowski et al. 2018; torch-fidelity 0.4.0 defaults",
        ),
        kid_torch_fidelity,
        (NoValue(on.TRUTH),),  # its subsets of 1,000 frames are more than the doctor has
    ),
)
