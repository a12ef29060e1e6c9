"""A bundle that says something else than its features is refused with the place, though every hash in it fits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leaderboard.bundle.check import Checked, check_bundle
from leaderboard.rules.known import KnownProtocol
from tests.leaderboard.bundle.forge import (
    Members,
    edited_array,
    edited_index,
    edited_results,
    members_of,
    written,
)
from tests.leaderboard.forging import Document, aggregate, moved, put, rederived, rows, scaled

Known = Mapping[str, KnownProtocol]
WARP, CSIM, FD, TRANSFER = "keypoint-warp", "csim[dlib]", "fd[dlib]", "expression_transfer[mesh468]"


def better_row(d: Document) -> None:
    """A better value in one case, with the mean and the interval that follow."""
    row = rows(d, TRANSFER, WARP)[0]
    put(row, value=min(0.99, row["value"] + 0.001))
    rederived(d, TRANSFER, WARP)


def swapped_methods(d: Document) -> None:
    """The numbers of one method under the name of another."""
    names = {WARP: "copy-driver", "copy-driver": WARP}
    for part in ("rows", "aggregates"):
        for one in d[part]:
            one["method"] = names.get(one["method"], one["method"])
    order = [method["name"] for method in d["methods"]]
    for part in ("rows", "aggregates"):
        d[part].sort(key=lambda one: order.index(one["method"]))


def better_set(d: Document) -> None:
    """A better Frechet distance with everything beside it."""
    a = aggregate(d, FD, WARP)
    factor = 0.9
    for key in ("value", "ci_low", "ci_high"):
        a[key] = None if a[key] is None else a[key] * factor
    for key, value in a["extra"].items():
        if key.startswith("without_"):
            a["extra"][key] = [factor * one for one in value]
        elif key == "standard_error":
            a["extra"][key] = factor * value


RESULTS: dict[str, tuple[Callable[[Document], object], str]] = {
    "an aggregate": (lambda d: put(aggregate(d, CSIM, WARP), value=0.999), f"results.json: {WARP}/{CSIM}"),
    "a row, and its mean": (better_row, f"{WARP}/{TRANSFER}/"),
    "a scale slip of 100": (lambda d: scaled(d, "pose_error_deg[mesh468]", 0.01, WARP), f"{WARP}/pose_error_deg"),
    "a swapped method": (swapped_methods, "by its features, but got"),
    "a whole set's value": (better_set, f"{WARP}/{FD}: expected"),
    "frames that were lost": (
        lambda d: [put(one, frames_scored=2, failures=[{"reason": "x", "count": 1}]) for one in rows(d, CSIM, WARP)],
        "frames",
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_changed_results_are_refused(name: str, cross_bundle: Path, known: Known, tmp_path: Path) -> None:
    edit, expected = RESULTS[name]
    members = members_of(cross_bundle)
    edited_results(members, edit, tmp_path)
    assert expected in refused(members, known, tmp_path)


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(literal: str, cross_bundle: Path, known: Known, tmp_path: Path) -> None:
    members = members_of(cross_bundle)
    value = json.loads(members["results.json"])["rows"][0]["value"]
    text = members["results.json"].decode()
    members["results.json"] = text.replace(f'"value": {value!r}', f'"value": {literal}').encode()
    assert members["results.json"].decode() != text
    assert refused(members, known, tmp_path).startswith("results.json: ")


def half(array: np.ndarray) -> np.ndarray:
    return array * np.float32(0.5)


def shuffled(array: np.ndarray) -> np.ndarray:
    return array[::-1]


def nan(array: np.ndarray) -> np.ndarray:
    array[0] = np.nan
    return array


def infinite(array: np.ndarray) -> np.ndarray:
    array.reshape(-1)[5] = np.inf
    return array


ARRAYS: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray], str]] = {
    "a scale": ("dlib", half, "id_l2[dlib]"),
    "an order": ("mesh468", shuffled, "by its features"),
    "NaN": ("dlib", nan, "by its features"),
    "an infinity": ("dlib", infinite, "expected finite numbers"),
    "rows left out": ("dlib", lambda array: array[:-1], "features/dlib.safetensors: expected"),
    "fewer numbers": ("dlib", lambda array: array[:, :64], "fd[dlib]"),
    "fewer points": ("mesh468", lambda array: array[:, :100], "expected rows of [468, 3]"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_changed_features_are_refused(name: str, cross_bundle: Path, known: Known, tmp_path: Path) -> None:
    feature, edit, expected = ARRAYS[name]
    members = members_of(cross_bundle)
    edited_array(members, feature, edit)
    assert expected in refused(members, known, tmp_path)


def other_source(d: dict[str, Any]) -> None:
    """The output compared with itself instead of with its source."""
    for one in d["cases"][WARP]:
        one["source"] = one["output"]


INDEX: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another source": (other_source, "expected the source that the results name"),
    "a case less": (lambda d: d["cases"][WARP].pop(), "expected features of every case"),
    "cases in another order": (lambda d: d["cases"][WARP].reverse(), "in their order"),
    "a method less": (lambda d: d["cases"].pop(WARP), "expected cases of"),
    "a place that is not there": (lambda d: put(d["cases"][WARP][0], pairs=7), "expected a place among the pairs"),
    "another stride": (lambda d: put(d, stride=1), "expected descriptors of every 2. frame"),
    "more frames": (lambda d: put(d["videos"][0], frames=9), "expected a reason"),
    "people of another case": (lambda d: put(d["cases"][WARP][0], cluster="ID_9"), "to drive"),
    "no times": (lambda d: d["arrays"].pop("times"), "expected the times of frames"),
    "a billion frames": (
        lambda d: put(d["videos"][0], frames=10**9, reasons=[[None, 10**9]]),
        "expected at most 4000000 frames",
    ),
    "nothing to compare with": (lambda d: put(d["cases"][WARP][0], has_reference=True), "expected has_reference False"),
    "another rate": (lambda d: put(d["cases"][WARP][0], fps=10.0), "frames a second of this driver"),
    "another group": (lambda d: put(d["arrays"]["dlib"], group="pairs"), "expected rows of 0 pairs"),
    "another feature": (
        lambda d: d["arrays"].update(arcface=d["arrays"].pop("dlib")),
        "features/arcface",
    ),
    "words": (lambda d: put(d["cases"][WARP][0], no_source=7), "expected an index of features"),
}


@pytest.mark.parametrize("name", INDEX)
def test_a_changed_index_is_refused(name: str, cross_bundle: Path, known: Known, tmp_path: Path) -> None:
    edit, expected = INDEX[name]
    members = members_of(cross_bundle)
    edited_index(members, edit)
    assert expected in refused(members, known, tmp_path)


def test_features_of_another_protocol_are_refused(
    cross_bundle: Path, self_bundle: Path, known: Known, tmp_path: Path
) -> None:
    members, others = members_of(cross_bundle), members_of(self_bundle)
    for name in [one for one in members if one.startswith("features/")]:
        del members[name]
    members |= {name: one for name, one in others.items() if name.startswith("features/")}
    assert "features/index.json" in refused(members, known, tmp_path)


def test_a_table_of_other_rows_is_refused(cross_bundle: Path, self_bundle: Path, known: Known, tmp_path: Path) -> None:
    members = members_of(cross_bundle)
    members["rows.parquet"] = members_of(self_bundle)["rows.parquet"]
    assert refused(members, known, tmp_path).startswith("rows.parquet: expected")


def test_all_problems_come_at_once(cross_bundle: Path, known: Known, tmp_path: Path) -> None:
    members = members_of(cross_bundle)
    edited_results(members, lambda d: [better_row(d), scaled(d, "pose_error_deg[mesh468]", 0.01, WARP)], tmp_path)
    problems = checked_of(members, known, tmp_path).problems
    assert len(problems) == 4 and len({one.place for one in problems}) == 4


def test_what_is_shown_of_a_set_is_what_was_computed_here(cross_bundle: Path, known: Known, tmp_path: Path) -> None:
    """A forger who stays within the tolerance gains nothing."""
    members = members_of(cross_bundle)
    before = json.loads(members["results.json"])
    edited_results(members, lambda d: moved(aggregate(d, FD, WARP), "value", -5e-6), tmp_path)
    checked = checked_of(members, known, tmp_path)
    if checked.submission is not None:  # the rules of a set may have seen it before
        shown = next(a for a in checked.submission.aggregates if (a.method, a.metric) == (WARP, FD))
        assert shown.value == pytest.approx(aggregate(before, FD, WARP)["value"], abs=1e-12)


def checked_of(members: Members, known: Known, folder: Path) -> Checked:
    return check_bundle(written(folder, members), known=known)


def refused(members: Members, known: Known, folder: Path) -> str:
    checked = checked_of(members, known, folder)
    assert checked.verdict == "rejected" and checked.submission is None and checked.problems
    lines = [str(problem) for problem in checked.problems]
    assert all(line.isprintable() for line in lines)
    return "\n".join(lines)
