"""What can be said of differences: one method against each other one, tiers, and what the protocol could find at all.

Every word here comes from the one rule in `benchmark.results.comparison`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.report.table import format_value, shown_metrics
from benchmark.results.comparison import Comparisons, sentence
from benchmark.results.crossed import Crossing
from benchmark.results.power import POWER, Components, components
from benchmark.results.schema import Results

POWER_HEADING = (
    f"The difference between two methods that would be called real in {100 * POWER:.0f} % of runs: as the only"
    " comparison, and as the first of all that are shown (the middle pair of methods). Before it, where the variance of"
    " cases comes from."
)


@dataclass(frozen=True)
class Comparison:
    """Every sentence about our method and one other."""

    other: str
    sentences: Sequence[tuple[str, str]]  # (metric, sentence)


@dataclass(frozen=True)
class PowerLine:
    """What the protocol can find out in one metric.

    Args:
        shares: of one case's variance that is of the driver, of the source, and the rest; "" where it cannot be told.
        alone, corrected: the difference that would be found with 80 % probability, as the only comparison and as the
            first of all shown; of the middle pair of methods.
    """

    metric: str
    shares: str
    alone: str
    corrected: str


def compare(found: Comparisons, results: Results, ours: str) -> list[Comparison]:
    """Our method against each other one, in every metric that has a value for both."""
    groups = []
    for other in (method.name for method in results.methods if method.name != ours):
        pairs = [(metric, found.of(metric, ours, other)) for metric in shown_metrics(results)]
        groups.append(Comparison(other, [(metric, sentence(one)) for metric, one in pairs if one is not None]))
    return [group for group in groups if group.sentences]


def power_lines(results: Results, found: Comparisons) -> list[PowerLine]:
    """What differences the protocol would detect, from the variance that was measured."""
    lines = []
    for metric in dict.fromkeys(score.metric for score in found.scores):
        pairs = sorted(sizes for one in found.in_metric(metric) if (sizes := one.detectable) is not None)
        if pairs:
            alone, corrected = pairs[len(pairs) // 2]
            lines.append(PowerLine(metric, _shares(results, metric), format_value(alone), format_value(corrected)))
    return lines


def _shares(results: Results, metric: str) -> str:
    """Shares of variance, the mean over methods."""
    shares = [one.shares for method in results.methods if (one := _components(results, method.name, metric))]
    if not shares:
        return ""
    return " / ".join(f"{100 * sum(part) / len(shares):.0f}" for part in zip(*shares, strict=True)) + " %"


def _components(results: Results, method: str, metric: str) -> Components | None:
    rows = [row for row in results.case_rows(method, metric) if row.value is not None]
    if not rows:
        return None
    crossing = Crossing.of([row.cluster for row in rows], [row.source_cluster for row in rows])
    found = components([row.value for row in rows if row.value is not None], crossing)
    return found if found is not None and any(found.shares) else None
