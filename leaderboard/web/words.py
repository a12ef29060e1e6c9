"""Sentences of the pages."""

from __future__ import annotations

from benchmark.results.comparison import ALPHA
from leaderboard.tiers import Tiers
from leaderboard.web.board import SPEED, Board, Head

REPORTED = (
    "Tables 3 to 6 of the EMOPortraits paper, value by value as printed. Other protocols, crops and networks than those"
    " of measured rows: not comparable with them."
)
STATED = "As stated by the submitter: a speed, or a value of the whole set that no features in the submission lead to."


def tiers_sentence(head: Head | None, tiers: Tiers, n_methods: int) -> str:
    """What the tiers of a column say, and what they cannot say."""
    if head is None:
        return "No column has a direction, so no method is better than another here."
    name = f"{head.title}{f' [{head.network}]' if head.network else ''}"
    if head.id == SPEED:
        return f"{name}: as stated, on the machine of each run; there are no tiers."
    if head.higher_is_better is None:
        return f"{name} has no direction: neither more nor less is better, so there are no tiers."
    if tiers.is_of_set:
        return f"{name} is one value of the whole set, without cases to compare: the order says nothing more."
    if not tiers.groups:
        return f"{name}: fewer than two methods have a value, so there are no tiers."
    if not tiers.n_tested:
        return f"{name}: this table has too few drivers or sources to tell any two methods apart."
    left = f" Only the best {n_methods - tiers.n_left_out} were compared." if tiers.n_left_out else ""
    n = len(tiers.groups)
    found = "all methods are in one tier: none can be told from all others" if n == 1 else f"{n} tiers"
    return (
        f"{name}: {found}. A method of a tier is really better than each of all later tiers (p ≤ {ALPHA:g}, two-way"
        f" clustered, Holm-corrected for {tiers.n_tested} comparisons); inside a tier not all can be told apart.{left}"
    )


def board_summary(board: Board, summary: str) -> str:
    """What the protocol is, in one sentence."""
    return summary or f"Results of {board.group.protocol} on {board.group.data_name}."


def missing_lines(board: Board) -> list[str]:
    """Why cells are empty, each reason once."""
    found: dict[str, None] = {}
    for head in board.heads:
        for row in (*board.methods, *board.references):
            cell = row.cells.get(head.id)
            if cell is not None and cell.note:
                found[f"{head.id}: {cell.note}"] = None
    return list(found)


def told(n_shown: int, n_all: int) -> str:
    """How many rows passed the filter; `static/board.js` says the same."""
    return "" if n_shown == n_all else f"{n_shown} of {n_all} methods"
