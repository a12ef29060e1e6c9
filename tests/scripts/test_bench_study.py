"""The table of a study's coverage: floors are held or named as missed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leaderboard.study.simulate import Coverage
from scripts.bench_study import DESIGNS, Row, false_alarms

GOOD = Coverage(0.95, 0.95, 0.95, 0.78, trials=100, left_out=0)


def test_a_row_within_the_floors_holds_whatever_independent_votes_would_give() -> None:
    row = Row("design", 1.0, GOOD, 0.05)
    assert row.holds and row.cells == ["design", "1", "95.0", "95.0", "95.0", "78.0", "5.0", "100"]


@pytest.mark.parametrize("part", ["shares", "ratings", "differences"])
def test_a_floor_that_is_missed_is_named(part: str) -> None:
    row = Row("design", 1.0, replace(GOOD, **{part: 0.92}), 0.05)
    assert not row.holds and row.cells[-1].endswith("MISSED")


def test_false_alarms_have_a_ceiling() -> None:
    assert not Row("design", 1.0, GOOD, 0.07).holds


def test_equal_methods_are_seldom_called_different() -> None:
    design = DESIGNS["3 methods, 12 questions, a third ties"]
    assert false_alarms(design, trials=30) <= 0.2
