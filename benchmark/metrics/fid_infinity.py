"""FID without its bias: the distance at ever more samples, extrapolated to infinitely many (Chong and Forsyth 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.feature_sets import check_samples, gather
from benchmark.metrics.fid import DEPENDENT_FRAMES, OTHER_PEOPLE, POOL3, prepared
from benchmark.metrics.frechet import frechet_distance
from benchmark.metrics.known_answers import Worse
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.scores import SetScore

N_SIZES = 15
"""As the paper."""

SMALLEST_SHARE = 0.5
"""The paper starts at a tenth of 50,000 images; below half of N the line bends where N is near the dimensions."""

MIN_SAMPLES = 60
SEED = 0


@dataclass(frozen=True)
class Extrapolation:
    """The line `value + slope / n` through distances at several sample counts."""

    value: float
    slope: float
    sizes: np.ndarray  # int [15]
    distances: np.ndarray  # float64 [15]
    standard_error: float  # of `value`, from the scatter about the line; sub-samples overlap, so that it is a low bound


def extrapolate(
    generated: np.ndarray,  # [n, d]
    real: np.ndarray,  # [m, d]
    *,
    seed: int = SEED,
    n_sizes: int = N_SIZES,
) -> Extrapolation:
    """Frechet distance at n = N / 2 ... N of random samples of both sides without replacement, N the smaller side.

    Raises ValueError with fewer than 60 samples on a side, or NaN.
    """
    x, y = np.asarray(generated, dtype=np.float64), np.asarray(real, dtype=np.float64)
    check_samples(x, y, at_least=MIN_SAMPLES)
    x, y = x[np.lexsort(x.T)], y[np.lexsort(y.T)]  # the same draws whatever the order of cases and workers
    whole = min(len(x), len(y))
    sizes = np.linspace(SMALLEST_SHARE * whole, whole, n_sizes).astype(int)
    random = np.random.default_rng(seed)
    distances = np.array(
        [
            frechet_distance(x[random.choice(len(x), n, replace=False)], y[random.choice(len(y), n, replace=False)])
            for n in sizes
        ]
    )
    inverse = 1.0 / sizes
    centred = inverse - inverse.mean()
    slope = float(centred @ distances / (centred @ centred))
    value = float(distances.mean() - slope * inverse.mean())
    residual = distances - value - slope * inverse
    spread = float(residual @ residual) / (n_sizes - 2)
    error = float(np.sqrt(spread * (1.0 / n_sizes + inverse.mean() ** 2 / (centred @ centred))))
    return Extrapolation(value, slope, sizes, distances, error)


def fid_infinity(cases: Sequence[CaseFeatures]) -> SetScore:
    """FID-infinity on pytorch-fid's features of all cases."""
    gathered = gather(cases, "inception[pytorch-fid]", at_least=MIN_SAMPLES)
    if isinstance(gathered, SetScore):
        return gathered
    sets, extra = gathered
    line = extrapolate(sets.generated, sets.real)
    extra |= {
        "fid": frechet_distance(sets.generated, sets.real),
        "slope": line.slope,
        "standard_error_of_fit": line.standard_error,
        "smallest_size": float(line.sizes[0]),
        "largest_size": float(line.sizes[-1]),
        "sizes": float(len(line.sizes)),
        "seed": float(SEED),
    }
    return SetScore(line.value, len(sets.generated), None, extra)


ENTRIES = (
    SetMetric(
        MetricCard(
            id="fid_infinity[pytorch-fid]",
            title="FID-inf",
            unit="",
            higher_is_better=False,
            level="set",
            needs=frozenset(),
            features=("inception[pytorch-fid]",),
            summary="`fid[pytorch-fid]` extrapolated to infinitely many frames: what remains of it when the bias of a"
            " small set is taken out.",
            definition=f"Intercept of the least-squares line of the Frechet distance over 1 / n, at {N_SIZES} evenly"
            f" spaced n from N / 2 to N (N: samples of the smaller side; at least {MIN_SAMPLES}), each from new random"
            " samples of both sides without replacement"
            f" (seed {SEED}). Features: {POOL3}.",
            value_range=(None, None),
            preprocessing=prepared("pytorch-fid"),
            pitfalls=(
                "Both sides are sub-sampled, because both are small here; the paper keeps the real side whole.",
                "FID is a line in 1 / n only where n is larger than the number of dimensions that carry variance: with"
                " fewer it corrects most of the bias, not all (`rank_deficient` = 1).",
                "An estimate: may fall slightly below 0 for equal distributions.",
                DEPENDENT_FRAMES,
                OTHER_PEOPLE,
            ),
            source="Chong and Forsyth 2020, Effectively Unbiased FID and Inception Score, section 4; random instead of"
            " quasi-random samples",
        ),
        fid_infinity,
        (Worse(on.STILL), Worse(on.BLURRED), Worse(on.STRANGER)),
    ),
)
