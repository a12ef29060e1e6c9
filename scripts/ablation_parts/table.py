"""A miniature beside a table of the paper, and which of its orderings hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from scipy import stats

CONFIDENCE = 0.95
Runs = Mapping[str, Mapping[int, Mapping[str, float]]]
"""Row -> seed -> numbers."""


@dataclass(frozen=True)
class Column:
    """A column of the paper's table and what stands for it here.

    Args:
        here: the metric.
        higher_is_better: of the paper's column.
        values: row -> what the paper printed.
    """

    here: str
    higher_is_better: bool
    values: dict[str, float]


@dataclass(frozen=True)
class PaperTable:
    """What is shown of a miniature; one of the rows is "full", which all others lack something of.

    Args:
        names: row -> what it is called.
        metrics: metric -> whether higher is better.
        columns: name -> what the paper printed.
    """

    names: Mapping[str, str]
    metrics: Mapping[str, bool]
    columns: Mapping[str, Column]


def interval(values: list[float]) -> tuple[float, float]:
    """Mean of seeds and half the width of its t interval; infinite for one seed."""
    if len(values) < 2:
        return mean(values), float("inf")
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1)) * stdev(values) / len(values) ** 0.5
    return mean(values), reach


def verdict(table: PaperTable, name: str, row: str, runs: Runs) -> tuple[str, float, float] | None:
    """Whether the full model is better than a row here where it is in the paper, by differences within seeds.

    Args:
        name: of the column.

    Returns:
        "holds", "does not hold" or "within the noise"; the mean difference, full less row, and its half interval. None
        where no seed has both numbers.
    """
    column = table.columns[name]
    full, other = (
        {seed: of[column.here] for seed, of in runs[which].items() if column.here in of} for which in ("full", row)
    )
    differences = [full[seed] - other[seed] for seed in sorted(full.keys() & other.keys())]
    if not differences:
        return None
    difference, reach = interval(differences)
    full_wins_there = (column.values["full"] > column.values[row]) == column.higher_is_better
    full_wins_here = (difference > 0) == table.metrics[column.here]
    if abs(difference) <= reach:
        return "within the noise", difference, reach
    return ("holds" if full_wins_here == full_wins_there else "does not hold"), difference, reach


def complete(runs: Runs, rows: Sequence[str]) -> dict[str, dict[int, Mapping[str, float]]]:
    """The seeds of which all these rows are done, so that every row has the same ones."""
    seeds = set.intersection(*(set(runs.get(row, {})) for row in rows))
    return {row: {seed: runs[row][seed] for seed in sorted(seeds)} for row in rows if seeds}


def markdown(table: PaperTable, runs: Runs, beside: Mapping[str, Mapping[str, float]]) -> str:
    """The miniature beside the paper, and the orderings of the paper with what becomes of them here.

    Args:
        beside: numbers of what was not trained, by what it is called.
    """
    rows = [row for row in table.names if runs.get(row)]
    printed = [f"{name} (paper)" for name in table.columns]
    lines = [f"| row | seeds | {' | '.join(table.metrics)} | {' | '.join(printed)} |"]
    lines.append("|" + "---|" * (2 + len(table.metrics) + len(printed)))
    for row in rows:
        cells = [table.names[row], str(len(runs[row]))]
        for metric in table.metrics:
            cells.append(_cell([values[metric] for values in runs[row].values() if metric in values]))
        cells += [f"{column.values[row]:g}" if row in column.values else "-" for column in table.columns.values()]
        lines.append(f"| {' | '.join(cells)} |")
    for called, numbers in beside.items():
        cells = [_cell([numbers[metric]] if metric in numbers else []) for metric in table.metrics]
        lines.append(f"| {' | '.join([called, '-', *cells, *('-' for _ in table.columns)])} |")
    lines += ["", "| paper | here | ordering of the paper | here | full less row |", "|---|---|---|---|---|"]
    for name, column in table.columns.items():
        for row in rows:
            if row == "full" or "full" not in rows or row not in column.values:
                continue
            found = verdict(table, name, row, runs)
            if found is None:
                continue
            said, difference, reach = found
            better = (column.values["full"] > column.values[row]) == column.higher_is_better
            order = f"ours {'better' if better else 'worse'} than {table.names[row]}"
            shown = f"{difference:+.3g}" + ("" if reach == float("inf") else f" ± {reach:.2g}")
            lines.append(f"| {name} | {column.here} | {order} | {said} | {shown} |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    """Empty where nothing was measured: of a z that is constant there is no AUC."""
    if not values:
        return "-"
    middle, reach = interval(values)
    return f"{middle:.4g}" if reach == float("inf") else f"{middle:.4g} ± {reach:.2g}"
