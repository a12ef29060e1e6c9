"""FID without its bias: the distance at ever more samples, extrapolated to infinitely many (Chong and Forsyth 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.feature_sets import check_samples, common_frames, gather
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

    Of two sides of one size the same rows are drawn: row i of one may depend on row i of the other (the same frame,
    made again), and what pairs share takes bias away at n = N just as it does at fewer. Where the sides are
    independent any pairing is as good as another. Of sides of different sizes rows are drawn independently.

    Raises ValueError with fewer than 60 samples on a side, or NaN.
    """
    x, y = np.asarray(generated, dtype=np.float64), np.asarray(real, dtype=np.float64)
    check_samples(x, y, at_least=MIN_SAMPLES)
    paired = len(x) == len(y)
    order = np.lexsort(np.hstack([x, y]).T) if paired else np.lexsort(x.T)
    x, y = x[order], y[order if paired else np.lexsort(y.T)]  # the same draws whatever the order of cases and workers
    whole = min(len(x), len(y))
    sizes = np.linspace(SMALLEST_SHARE * whole, whole, n_sizes).astype(int)
    random = np.random.default_rng(seed)
    distances = np.empty(n_sizes)
    for number, n in enumerate(sizes):
        rows = random.choice(len(x), n, replace=False)
        others = rows if paired else random.choice(len(y), n, replace=False)
        distances[number] = frechet_distance(x[rows], y[others])
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
    generated, real = common_frames(cases, "inception[pytorch-fid]")
    if len(generated) < MIN_SAMPLES:
        reason = f"expected at least {MIN_SAMPLES} frames that both sides have but got {len(generated)}"
        return SetScore(None, len(generated), reason, gathered[1])
    line = extrapolate(generated, real)
    extra = gathered[1] | {
        "fid": frechet_distance(generated, real),
        "slope": line.slope,
        "standard_error_of_fit": line.standard_error,
        "smallest_size": float(line.sizes[0]),
        "largest_size": float(line.sizes[-1]),
        "sizes": float(len(line.sizes)),
        "seed": float(SEED),
    }
    return SetScore(line.value, len(generated), None, extra)


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
            f" spaced n from N / 2 to N (N: frames that both sides have; at least {MIN_SAMPLES}), each from new random"
            f" frames without replacement, the same ones of both sides (seed {SEED}). Features: {POOL3}.",
            value_range=(None, None),
            preprocessing=prepared("pytorch-fid"),
            pitfalls=(
                "Both sides are sub-sampled, because both are small here; the paper keeps the real side whole.",
                "An output and the frame that it was made from resemble each other, which lowers the bias: drawing the"
                " sides independently would take out more than is there, and give identical sets less than 0.",
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
