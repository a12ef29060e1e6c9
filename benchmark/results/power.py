"""What a protocol can find out: where the variance of its cases comes from, and which difference it would detect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.results.crossed import Crossing, Spread
from benchmark.results.student import quantile

POWER = 0.8


@dataclass(frozen=True)
class Components:
    """Variance of one case's value by where it comes from."""

    driver: float
    source: float
    rest: float

    @property
    def shares(self) -> tuple[float, float, float]:
        """Of driver, source and rest, which add up to 1; all 0 where nothing varies."""
        total = self.driver + self.source + self.rest
        return (self.driver / total, self.source / total, self.rest / total) if total else (0.0, 0.0, 0.0)


def components(values: Sequence[float] | np.ndarray, crossing: Crossing) -> Components | None:
    """Components of variance of one value per case, estimated from sums of squares; below 0 counts as 0.

    Expectations of the sums of squares by driver, by source and of all cases are solved for the three components
    (Henderson's method 1), which needs no balance. Where each source has its own driver, both are one: `driver`. None
    where the design cannot tell them apart, as with one case of each driver.
    """
    x = np.asarray(values, dtype=np.float64)
    n = len(x)
    if min(crossing.n_drivers, crossing.n_sources) < 2:
        return None
    centred = x - x.mean()
    labels = (crossing.drivers, crossing.sources)
    sizes = [np.bincount(one).astype(np.float64) for one in labels]
    squares = [
        float((np.bincount(one, weights=centred) ** 2 / size).sum()) for one, size in zip(labels, sizes, strict=True)
    ]
    cells = np.bincount(crossing.cells).astype(np.float64)
    first = np.unique(crossing.cells, return_index=True)[1]
    across = [float((cells**2 / size[one[first]]).sum()) for one, size in zip(labels, sizes, strict=True)]
    own = [float((size**2).sum()) / n for size in sizes]
    equations = np.array(
        [
            [n - own[0], across[0] - own[1], crossing.n_drivers - 1.0],
            [across[1] - own[0], n - own[1], crossing.n_sources - 1.0],
            [n - own[0], n - own[1], n - 1.0],
        ]
    )
    sums = np.array([*squares, float(centred @ centred)])
    if crossing.n_drivers == crossing.n_sources == len(cells):
        equations, sums = equations[np.ix_((0, 2), (0, 2))], sums[[0, 2]]
    if np.linalg.matrix_rank(equations) < len(equations):
        return None
    solved = np.maximum(np.linalg.solve(equations, sums), 0.0)
    return Components(float(solved[0]), float(solved[1]) if len(solved) == 3 else 0.0, float(solved[-1]))


def detectable(spread: Spread, alpha: float, power: float = POWER) -> float:
    """The difference that a two-sided test at `alpha` finds with probability `power`, from its standard error."""
    return (quantile(1 - alpha / 2, spread.df) + quantile(power, spread.df)) * spread.standard_error
