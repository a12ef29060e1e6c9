"""Every shipped protocol keeps its promises: intervals hold the truth, equal methods are seldom called different."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmark.protocols import protocol
from scripts.bench_statistics import Effort, Row, rows_of
from scripts.validation.coverage import VARIANCES, Line, means
from scripts.validation.designs import Design, designs

DESIGNS = designs()
QUICK = 120
SLACK = 0.02
"""Of the mean over four sets of variances, 480 trials: the share of a test at 5 % has a standard error of 1 % then."""


def test_every_protocol_has_a_design() -> None:
    assert set(protocol.names()) < set(DESIGNS)


def test_protocols_too_small_for_a_comparison_are_named() -> None:
    """A paired test takes six drivers and six sources (benchmark/results/comparison.py)."""
    crossings = {name: DESIGNS[name].crossing for name in protocol.names()}
    small = {name for name, one in crossings.items() if min(one.n_drivers, one.n_sources) < 6}
    text = (Path(__file__).parents[2] / "docs" / "protocols.md").read_text(encoding="utf-8")
    (named,) = re.findall(r"A paired test of two methods takes six.*?in these ends", text, re.DOTALL)
    assert set(re.findall("`([^`]+)`", named)) == small


@pytest.mark.parametrize("name", [name for name, one in DESIGNS.items() if len(one.crossing.drivers) < 200])
def test_intervals_hold_and_equal_methods_are_not_called_different(name: str) -> None:
    crossing = DESIGNS[name].crossing
    found = [means(crossing, v, trials=QUICK, seed=seed) for seed, v in enumerate(VARIANCES.values())]
    assert np.mean([one.coverage for one in found]) >= 0.93 - SLACK
    assert np.mean([one.false_positives for one in found]) <= 0.06 + SLACK
    assert np.mean([one.better for one in found]) <= 0.06 + SLACK


def test_sets_of_a_small_protocol_hold_their_expected_value() -> None:
    small = DESIGNS["feed-mini-self"]
    rows = rows_of("small", small, Effort(means=20, sets=4))
    assert [row.what for row in rows] == ["mean", "fid", "kid", "precision", "recall", "auc_z"]
    for row in rows[1:]:
        assert min(one.coverage for one in row.lines) >= 0.75, row.what


def test_a_missed_floor_is_marked() -> None:
    crossing = DESIGNS["feed-mini-self"].crossing
    row = Row("x", crossing, "mean", [Line(0.95, 0.05, 0.0), Line(0.92, 0.05, 0.0), Line(0.95, 0.07, 0.0)])
    assert [cell.endswith("MISSED") for cell in row.cells[5:]] == [False, True, True]


def test_a_protocol_is_simulated_in_the_metrics_that_it_has() -> None:
    crossing = DESIGNS["feed-mini-self"].crossing
    rows = rows_of("x", Design(crossing, frozenset({"psnr", "kid[clean-fid]"})), Effort(means=2, sets=2))
    assert [row.what for row in rows] == ["mean", "kid"]
