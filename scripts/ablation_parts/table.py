"""The miniature beside the paper's Table 4, and which of its orderings hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from scipy import stats

CONFIDENCE = 0.95
Runs = Mapping[str, Mapping[int, Mapping[str, float]]]
"""Row -> seed -> numbers."""

NAMES = {
    "full": "ours", "no_cv": "ours w/o L_CV", "no_sdm": "ours w/o L_sdm", "z512": "ours, 4 x dim(z)",
    "megaportraits": "MegaPortraits", "megaportraits_finetuned": "MegaPortraits fine-tuned",
}  # fmt: skip
METRICS = {
    "self_l1": False, "self_psnr_db": True, "self_perceptual": False, "cross_perceptual": False,
    "cross_parts_l1": False, "identity": True, "auc_z": False, "components_99": True,
}  # fmt: skip
"""Metric -> whether higher is better."""


@dataclass(frozen=True)
class Column:
    """A column of Table 4 and what stands for it here.

    Args:
        here: the metric.
        higher_is_better: of the paper's column.
        values: row -> what the paper printed.
    """

    here: str
    higher_is_better: bool
    values: dict[str, float]


PAPER = {
    "FID": Column("cross_perceptual", False, {
        "megaportraits_finetuned": 62.3, "no_cv": 61.4, "no_sdm": 61.8, "z512": 63.4, "full": 59.6,
        "megaportraits": 61.1,
    }),
    "CSIM": Column("identity", True, {
        "megaportraits_finetuned": 0.63, "no_cv": 0.67, "no_sdm": 0.59, "z512": 0.44, "full": 0.74,
        "megaportraits": 0.73,
    }),
    "UMTN": Column("cross_parts_l1", True, {
        "megaportraits_finetuned": 8.5, "no_cv": 9.2, "no_sdm": 11.3, "z512": 25.6, "full": 45.4,
    }),
    "AUC_z": Column("auc_z", False, {
        "megaportraits_finetuned": 0.89, "no_cv": 0.88, "no_sdm": 0.85, "z512": 0.77, "full": 0.80,
    }),
}  # fmt: skip
"""Table 4; MegaPortraits from Table 3, the part driven by MEAD as Table 4 is.

UMTN, votes for expression, is better when higher, as in Table 3, whatever the arrow in Table 4 says. Nothing stands for
UAPP, votes for appearance.
"""


def interval(values: list[float]) -> tuple[float, float]:
    """Mean of seeds and half the width of its t interval; infinite for one seed."""
    if len(values) < 2:
        return mean(values), float("inf")
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1)) * stdev(values) / len(values) ** 0.5
    return mean(values), reach


def verdict(column: Column, row: str, runs: Runs) -> tuple[str, float, float] | None:
    """Whether the full model is better than a row here where it is in the paper, by differences within seeds.

    Returns:
        "holds", "does not hold" or "within the noise"; the mean difference, full less row, and its half interval. None
        where no seed has both numbers.
    """
    full, other = (
        {seed: of[column.here] for seed, of in runs[name].items() if column.here in of} for name in ("full", row)
    )
    differences = [full[seed] - other[seed] for seed in sorted(full.keys() & other.keys())]
    if not differences:
        return None
    difference, reach = interval(differences)
    full_wins_there = (column.values["full"] > column.values[row]) == column.higher_is_better
    full_wins_here = (difference > 0) == METRICS[column.here]
    if abs(difference) <= reach:
        return "within the noise", difference, reach
    return ("holds" if full_wins_here == full_wins_there else "does not hold"), difference, reach


def complete(runs: Runs, rows: Sequence[str]) -> dict[str, dict[int, Mapping[str, float]]]:
    """The seeds of which all these rows are done, so that every row has the same ones."""
    seeds = set.intersection(*(set(runs.get(row, {})) for row in rows))
    return {row: {seed: runs[row][seed] for seed in sorted(seeds)} for row in rows if seeds}


def markdown(runs: Runs, unmoved: Mapping[str, float]) -> str:
    """The miniature beside the paper, and the orderings of the paper with what becomes of them here.

    Args:
        unmoved: numbers of the source as it is, which a model has to beat.
    """
    rows = [row for row in NAMES if runs.get(row)]
    lines = [f"| row | seeds | {' | '.join(METRICS)} | {' | '.join(f'{name} (paper)' for name in PAPER)} |"]
    lines.append("|" + "---|" * (2 + len(METRICS) + len(PAPER)))
    for row in rows:
        cells = [NAMES[row], str(len(runs[row]))]
        for metric in METRICS:
            cells.append(_cell([values[metric] for values in runs[row].values() if metric in values]))
        cells += [f"{column.values[row]:g}" if row in column.values else "-" for column in PAPER.values()]
        lines.append(f"| {' | '.join(cells)} |")
    cells = [_cell([unmoved[metric]] if metric in unmoved else []) for metric in METRICS]
    lines.append(f"| {' | '.join(['the source as it is', '-', *cells, *('-' for _ in PAPER)])} |")
    lines += ["", "| paper | here | ordering of the paper | here | full less row |", "|---|---|---|---|---|"]
    for name, column in PAPER.items():
        for row in rows:
            if row == "full" or "full" not in rows or row not in column.values:
                continue
            found = verdict(column, row, runs)
            if found is None:
                continue
            said, difference, reach = found
            better = (column.values["full"] > column.values[row]) == column.higher_is_better
            order = f"ours {'better' if better else 'worse'} than {NAMES[row]}"
            shown = f"{difference:+.3g}" + ("" if reach == float("inf") else f" ± {reach:.2g}")
            lines.append(f"| {name} | {column.here} | {order} | {said} | {shown} |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    """Empty where nothing was measured: of a z that is constant there is no AUC."""
    if not values:
        return "-"
    middle, reach = interval(values)
    return f"{middle:.4g}" if reach == float("inf") else f"{middle:.4g} ± {reach:.2g}"
