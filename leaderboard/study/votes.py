"""Votes of one question kind as arrays: who saw which two methods on which item, and what was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from benchmark.results.crossed import Crossing

Kind = Literal["umtn", "uapp"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""UMTN: which output moves more like the driver. UAPP: which looks more like the source (the paper, section 6.1)."""
Choice = Literal["left", "right", "same"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
_OUTCOMES = {"left": 1.0, "right": 0.0, "same": 0.5}


@dataclass(frozen=True)
class Vote:
    """One answer.

    Args:
        rater: opaque id.
        item: the case whose clips were shown; answers about one item are not independent.
        left, right: methods, as they were placed.
        choice: "same" is "no difference".
    """

    rater: str
    item: str
    left: str
    right: str
    choice: Choice


@dataclass(frozen=True, eq=False)
class Votes:
    """Many votes about the same kind of question.

    Args:
        methods: names, in the order in which arrays number them.
        left, right: int64 [n], numbers of methods.
        outcome: float64 [n]: 1 where left was chosen, 0 right, 0.5 no difference.
        raters, items: int64 [n], numbered from 0 without gaps.

    Raises:
        ValueError: arrays of different lengths, a method against itself, or another outcome.
    """

    methods: tuple[str, ...]
    left: np.ndarray
    right: np.ndarray
    outcome: np.ndarray
    raters: np.ndarray
    items: np.ndarray

    def __post_init__(self) -> None:
        lengths = {len(one) for one in (self.left, self.right, self.outcome, self.raters, self.items)}
        if len(lengths) != 1:
            raise ValueError(f"expected arrays of one length but got {sorted(lengths)}")
        if (self.left == self.right).any():
            raise ValueError("expected two different methods in every vote but one stands against itself")
        if not np.isin(self.outcome, (0.0, 0.5, 1.0)).all():
            raise ValueError("expected outcomes 1 (left), 0 (right) or 0.5 (no difference)")

    @classmethod
    def of(cls, votes: Iterable[Vote], methods: Sequence[str]) -> Votes:
        """From single votes; every method of a vote must be in `methods`."""
        listed = list(votes)
        number = {name: place for place, name in enumerate(methods)}
        return cls(
            tuple(methods),
            np.array([number[one.left] for one in listed], np.int64),
            np.array([number[one.right] for one in listed], np.int64),
            np.array([_OUTCOMES[one.choice] for one in listed], np.float64),
            _numbered([one.rater for one in listed]),
            _numbered([one.item for one in listed]),
        )

    def __len__(self) -> int:
        return len(self.left)

    @property
    def n_raters(self) -> int:
        return len(np.unique(self.raters))

    @property
    def n_items(self) -> int:
        return len(np.unique(self.items))

    @property
    def n_ties(self) -> int:
        return int((self.outcome == 0.5).sum())

    @cached_property
    def crossing(self) -> Crossing:
        """Raters and items in the places of drivers and sources: both are clusters that cross."""
        return Crossing.of(self.raters.tolist(), self.items.tolist())

    @property
    def pairs(self) -> np.ndarray:
        """int64 [n]: which two methods a vote is about, whatever their sides."""
        first, second = np.minimum(self.left, self.right), np.maximum(self.left, self.right)
        found: np.ndarray = first * len(self.methods) + second
        return found

    def where(self, mask: np.ndarray) -> Votes:
        """Only those where `mask` (bool [n]) is true."""
        raters, items = (_numbered(one[mask].tolist()) for one in (self.raters, self.items))
        return Votes(self.methods, self.left[mask], self.right[mask], self.outcome[mask], raters, items)

    def has(self, method: int) -> np.ndarray:
        """bool [n]: votes in which a method stands."""
        found: np.ndarray = (self.left == method) | (self.right == method)
        return found

    def won(self, method: int) -> np.ndarray:
        """float64 [n]: 1 where a method was chosen, 0.5 where it was in a vote without difference, else 0."""
        return np.where(self.left == method, self.outcome, np.where(self.right == method, 1 - self.outcome, 0.0))

    def wins(self) -> np.ndarray:
        """int64 [m, m]: how often the method of the line was chosen over that of the column."""
        return self._counted(self.outcome == 1, self.left, self.right) + self._counted(
            self.outcome == 0, self.right, self.left
        )

    def ties(self) -> np.ndarray:
        """int64 [m, m], symmetric: how often there was no difference."""
        once = self._counted(self.outcome == 0.5, self.left, self.right)
        return once + once.T

    def _counted(self, mask: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        m = len(self.methods)
        return np.bincount(first[mask] * m + second[mask], minlength=m * m).reshape(m, m)


def _numbered(names: Sequence[object]) -> np.ndarray:
    order: dict[object, int] = {}
    return np.array([order.setdefault(name, len(order)) for name in names], np.int64)
