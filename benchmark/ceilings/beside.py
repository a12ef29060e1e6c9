"""A method beside the exact render: both over the same cases.

The exact render has no value where a source is no rendered person, nor have methods where they failed. Means over
other cases than the ceiling's cannot be set against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmark.results.crossed import Crossing
from benchmark.results.ratio import ratio_of
from benchmark.results.reserved import EXACT_RENDER
from benchmark.results.schema import CaseRow, Results, summarise

WITH_ZERO = (
    "expression_transfer", "intensity", "asymmetry", "wink_f1", "tongue_f1", "tongue_transfer", "pose_transfer",
)  # fmt: skip
"""Metrics whose 0 is the photograph as it was: of these a share says something. The others have no such zero."""


@dataclass(frozen=True)
class Beside:
    """One method and the exact render in one metric.

    Args:
        own, exact: means over the cases that both have.
        share: own / exact, None where the metric has no zero or the exact render's interval reaches it.
        low, high: of the 95 % interval of `share`.
        cases: how many both have.
    """

    own: float
    exact: float
    share: float | None
    low: float | None
    high: float | None
    cases: int


def beside_exact(
    results: Results,
    ceilings: Results,  # with the exact render among its methods
    metrics: list[str],
) -> Mapping[str, Mapping[str, Beside]]:
    """By method and metric, where there are common cases."""
    found: dict[str, dict[str, Beside]] = {}
    for metric in metrics:
        exact = {row.case_id: row for row in ceilings.case_rows(EXACT_RENDER, metric) if row.value is not None}
        for method in results.methods:
            rows = [row for row in results.case_rows(method.name, metric) if row.value is not None]
            rows = [row for row in rows if row.case_id in exact]
            if rows:
                pairs = [(row, exact[row.case_id]) for row in rows]
                found.setdefault(method.name, {})[metric] = _beside(metric, pairs)
    return found


def _beside(metric: str, pairs: list[tuple[CaseRow, CaseRow]]) -> Beside:
    (own, _, _), (exact, least, _) = (summarise([pair[side] for pair in pairs]) for side in range(2))
    assert own is not None and exact is not None  # every row has a value
    if metric.partition("[")[0] not in WITH_ZERO or least is None or least <= 0:
        return Beside(own, exact, None, None, None, len(pairs))
    values = np.array([[row.value for row in pair] for pair in pairs], np.float64)
    crossing = Crossing.of([ours.cluster for ours, _ in pairs], [ours.source_cluster for ours, _ in pairs])
    share = ratio_of(values[:, 0], values[:, 1], crossing)
    low, high = share.interval()
    return Beside(own, exact, share.value, low, high, len(pairs))
