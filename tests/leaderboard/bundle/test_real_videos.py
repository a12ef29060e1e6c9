"""Features of drivers and sources that are not those of the real videos are found, however well numbers fit them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.results.schema import RESULTS_FILE, Results
from leaderboard.bundle.check import check_bundle, features_of
from leaderboard.bundle.real_videos import STANDINS, WHOLE, values_of
from leaderboard.rules import bounds
from leaderboard.rules.bounds import bound_problems, known_values
from leaderboard.rules.known import KnownProtocol, known_protocols
from tests.leaderboard.bundle.forge import Members, edited_array, edited_index, members_of, written

Known = Mapping[str, KnownProtocol]
WARP = "keypoint-warp"


@pytest.fixture
def values(cross_bundle: Path, cross_run: Path, known: Known, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The real videos of these runs become known ones."""
    results = Results.load(cross_run / RESULTS_FILE)
    found = values_of(features_of(cross_bundle, known), results)
    about = {"version": results.protocol.version, "data_digest": results.data.digest}
    monkeypatch.setattr(bounds, "known_values", lambda: {results.protocol.name: {**about, "values": found}})
    return found


def test_every_stand_in_is_scored_by_metrics_of_videos(values: dict[str, Any]) -> None:
    assert set(values) == set(STANDINS)
    assert {"csim[dlib]", "expression_transfer[mesh468]", "pose_error_deg[mesh468]"} <= values["copy-driver"].keys()
    assert len(values["copy-driver"]["csim[dlib]"]) == 3 and len(values["next-driver"]["csim[dlib]"]) == 2
    assert list(values["copy-source"]["csim[dlib]"].values()) == pytest.approx([1.0] * 3)


def test_the_real_videos_are_accepted(values: dict[str, Any], cross_bundle: Path, known: Known) -> None:
    assert check_bundle(cross_bundle, known=known).problems == ()


def drivers_as_outputs(array: np.ndarray, index: dict[str, Any]) -> np.ndarray:
    """The forger's drivers move exactly as his outputs do."""
    ends = np.cumsum([0, *index["arrays"]["mesh468"]["rows"]])
    for item in index["cases"][WARP]:
        output, driver = (slice(ends[item[one]], ends[item[one] + 1]) for one in ("output", "driver"))
        array[driver] = array[output]
    return array


FORGERIES: dict[str, Callable[[np.ndarray, dict[str, Any]], np.ndarray]] = {
    "drivers that move as the outputs": drivers_as_outputs,
    "drivers that move less": lambda array, index: array + np.float32(0.1) * (array[:1] - array),
    "drivers without a face": lambda array, index: np.full_like(array, np.nan),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_other_drivers_are_refused_with_metric_and_case(
    name: str, values: dict[str, Any], cross_bundle: Path, known: Known, tmp_path: Path
) -> None:
    members = members_of(cross_bundle)
    index = json.loads(members["features/index.json"])
    edited_array(members, "mesh468", lambda array: FORGERIES[name](array, index))
    lines = places_of(members, known, tmp_path)
    assert any(line.startswith("features of real videos: ") and "next-driver, as is known" in line for line in lines)


def test_a_driver_has_one_set_of_features(cross_bundle: Path, known: Known, tmp_path: Path) -> None:
    """A second, better driver of the same content id, for one's own method alone."""
    members = members_of(cross_bundle)
    index = json.loads(members["features/index.json"])
    counts = {name: index["arrays"][name]["rows"][index["cases"][WARP][0]["driver"]] for name in index["arrays"]}

    def edit(document: dict[str, Any]) -> None:
        driver = document["cases"][WARP][0]["driver"]
        document["videos"].append(document["videos"][driver])
        document["sizes"]["videos"] += 1
        for name, array in document["arrays"].items():
            array["rows"].append(counts[name])
        document["cases"][WARP][0]["driver"] = len(document["videos"]) - 1

    edited_index(members, edit)
    assert any("expected the same features of a driver" in line for line in places_of(members, known, tmp_path))


def test_rows_of_a_bound_equal_what_is_known(values: dict[str, Any], cross_run: Path) -> None:
    results = Results.load(cross_run / RESULTS_FILE)
    assert list(bound_problems(results)) == []
    row = next(one for one in results.rows if (one.method, one.metric) == ("copy-driver", "csim[dlib]"))
    wrong = row.model_copy(update={"value": (row.value or 0.0) + 0.002})
    changed = results.model_copy(update={"rows": [wrong if one is row else one for one in results.rows]})
    (problem,) = bound_problems(changed)
    assert problem.startswith(f"copy-driver/csim[dlib]/{row.case_id}: expected") and "known of this bound" in problem


def test_what_ships_is_of_the_shipped_protocols() -> None:
    shipped = {name: one for name, one in known_protocols().items() if one.cases is not None}
    assert set(known_values()) == set(shipped)
    for name, entry in known_values().items():
        cases = shipped[name].cases
        assert cases is not None
        assert (entry["version"], entry["data_digest"]) == (shipped[name].version, cases.data_digest)
        ids = {*(case.id for case in cases.cases), WHOLE}
        assert all(set(by_case) <= ids for one in entry["values"].values() for by_case in one.values())
    assert (files("leaderboard") / "data" / bounds.DATA).is_file()


def places_of(members: Members, known: Known, folder: Path) -> list[str]:
    checked = check_bundle(written(folder, members), known=known)
    assert checked.verdict == "rejected"
    return [str(problem) for problem in checked.problems]
