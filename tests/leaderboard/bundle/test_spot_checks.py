"""Intervals of large sets: values are computed again, and of those without a group a few that nobody foresees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmark.metrics.jackknife import interval_of
from benchmark.results.crossed import Replicates
from leaderboard.bundle import spot_checks
from leaderboard.bundle.check import check_bundle
from leaderboard.rules.known import KnownProtocol
from tests.leaderboard.bundle.forge import edited_results, members_of, written
from tests.leaderboard.forging import Document, aggregate, put

Known = Mapping[str, KnownProtocol]
WARP, FD = "keypoint-warp", "fd[dlib]"


@pytest.fixture(autouse=True)
def every_set_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spot_checks, "MOST_NUMBERS", 0)


def narrower(d: Document, count: int) -> None:
    """The first values without a group nearer to the mean, with the interval that follows from them."""
    a = aggregate(d, FD, WARP)
    for name in Replicates.NAMES:
        values = a["extra"][name]
        mean = sum(values) / len(values)
        a["extra"][name] = [mean + 0.3 * (one - mean) if n < count else one for n, one in enumerate(values)]
    replicates = Replicates.of(a["extra"])
    assert replicates is not None
    interval = interval_of(replicates, a["value"], lowest=0.0)
    put(a, ci_low=interval.low, ci_high=interval.high)
    a["extra"]["standard_error"] = interval.standard_error


def test_an_honest_interval_is_accepted_and_named(cross_bundle: Path, known: Known) -> None:
    checked = check_bundle(cross_bundle, known=known)
    assert checked.problems == () and checked.verdict == "recomputed"
    assert checked.spot_checked == (FD,)
    assert check_bundle(cross_bundle, known=known, is_thorough=True).spot_checked == ()


def test_a_narrower_interval_is_refused(cross_bundle: Path, known: Known, tmp_path: Path) -> None:
    members = members_of(cross_bundle)
    edited_results(members, lambda d: narrower(d, 100), tmp_path)
    (problem, *_) = check_bundle(written(tmp_path, members), known=known).problems
    assert problem.place == f"{WARP}/{FD}" and "without group" in problem.message


def test_one_wrong_value_is_found_sooner_or_later_and_by_a_thorough_check_at_once(
    cross_bundle: Path, known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spot_checks, "SPOTS", 1)
    members = members_of(cross_bundle)
    edited_results(members, lambda d: narrower(d, 1), tmp_path)
    path = written(tmp_path, members)
    found = [bool(check_bundle(path, known=known, seed=seed).problems) for seed in range(12)]
    assert any(found) and not all(found), "which values are computed again depends on the seed"
    assert check_bundle(path, known=known, is_thorough=True).problems


def test_the_value_itself_is_always_computed_again(cross_bundle: Path, known: Known, tmp_path: Path) -> None:
    members = members_of(cross_bundle)
    document = json.loads(members["results.json"])
    want = aggregate(document, FD, WARP)["value"]

    def edit(d: Document) -> None:
        put(aggregate(d, FD, WARP), value=want * 0.99)
        narrower(d, 0)

    edited_results(members, edit, tmp_path)
    lines = [str(one) for one in check_bundle(written(tmp_path, members), known=known).problems]
    assert any(line.startswith(f"{WARP}/{FD}: expected value {want!r}"[:40]) for line in lines)
