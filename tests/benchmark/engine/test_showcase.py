"""The best and the worst cases are those that the rows name, and their clips are the frames that were scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from benchmark.engine.clips import CLIP_FRAMES, CLIP_PX, load_clip
from benchmark.engine.predictions import PredictionPath
from benchmark.engine.showcase import (
    CURVE_POINTS,
    SHOWCASE_FILE,
    End,
    Reason,
    Showcase,
    ShownCase,
    choose,
    clip_place,
    curve_from,
    load_showcase,
    window_of,
)
from benchmark.engine.thumbnails import shrink
from benchmark.results.schema import Results
from feed_dataset.core.media.lossless import read_lossless
from tests.benchmark import harness

OURS = "keypoint-warp"
POSE = "pose_error_deg[mesh468]"
METRICS = ("csim[dlib]", "expression_transfer[mesh468]", "expression_error[mesh468]", POSE, "fd[dlib]")
PROTOCOL = harness.tiny_protocol().model_copy(update={"metrics": METRICS})


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def out(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A method, then another one in the same folder."""
    out = tmp_path_factory.mktemp("out")
    for method in (OURS, "copy-driver"):
        harness.run_plan(harness.make_plan(data, out, protocol=PROTOCOL, methods=(method,)))
    return out


@pytest.fixture(scope="module")
def results(out: Path) -> Results:
    return Results.load(out / "results.json")


@pytest.fixture(scope="module")
def shown(out: Path) -> tuple[ShownCase, ...]:
    assert load_showcase(out).method == OURS
    return load_showcase(out).cases


def test_worst_and_best_are_what_the_rows_say(results: Results, shown: tuple[ShownCase, ...]) -> None:
    reasons = {(reason.metric, reason.end): one.case_id for one in shown for reason in one.reasons}
    values = {row.case_id: row.value for row in results.case_rows(OURS, "csim[dlib]") if row.value is not None}
    assert values[reasons["csim[dlib]", "worst"]] == min(values.values())
    assert values[reasons["csim[dlib]", "best"]] == max(values.values())
    assert len({one.case_id for one in shown}) == len(shown), "each case once"


def test_lower_is_better_turns_both_ends(results: Results) -> None:
    upside_down = [a.model_copy(update={"higher_is_better": False}) for a in results.aggregates]
    found, turned = choose(results, OURS), choose(results.model_copy(update={"aggregates": upside_down}), OURS)

    def ends(chosen: dict[str, tuple[Reason, ...]]) -> dict[tuple[str, str], str]:
        return {(reason.metric, reason.end): case_id for case_id, all_of in chosen.items() for reason in all_of}

    assert ends(found)["csim[dlib]", "worst"] == ends(turned)["csim[dlib]", "best"]


def test_cases_that_are_all_alike_have_no_worst(results: Results) -> None:
    alike = [
        row.model_copy(update={"value": 1.0 + 2e-16 * (place % 2)})  # of a picture and itself
        for place, row in enumerate(results.rows)
        if row.value is not None
    ]
    assert choose(results.model_copy(update={"rows": alike}), OURS) == {}


def test_clips_are_the_frames_that_were_scored(out: Path, shown: tuple[ShownCase, ...]) -> None:
    for one in shown:
        scored = read_lossless(PredictionPath(out / "predictions" / OURS, one.case_id).video)
        clip = load_clip(out / (one.outputs[OURS] or ""))
        assert clip is not None
        assert np.array_equal(clip, np.stack([shrink(frame, CLIP_PX) for frame in scored]))


def test_a_method_that_is_added_later_has_clips_and_curves_too(out: Path, shown: tuple[ShownCase, ...]) -> None:
    for one in shown:
        assert set(one.outputs) == {OURS, "copy-driver"}
        assert {curve.method for curve in one.curves} == {OURS, "copy-driver"}
        places = [one.source, one.driver, *one.outputs.values()]
        assert all(place is not None and load_clip(out / place) is not None for place in places)


def test_curves_are_the_values_behind_the_score(results: Results, shown: tuple[ShownCase, ...]) -> None:
    by_case = {row.case_id: row for row in results.case_rows(OURS, POSE)}
    curves = {
        one.case_id: curve for one in shown for curve in one.curves if (curve.method, curve.metric) == (OURS, POSE)
    }
    assert curves
    for case_id, curve in curves.items():
        known = [value for value in curve.values if value is not None]
        assert len(known) == by_case[case_id].frames_scored
        assert np.mean(known) == pytest.approx(by_case[case_id].value, rel=1e-4)


def test_nothing_is_made_twice(data: Path, out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (out / "clips").iterdir()}
    showcase = load_showcase(out)
    harness.run_plan(harness.make_plan(data, out, protocol=PROTOCOL, methods=(OURS,), overwrite="missing"))
    assert {path: path.stat().st_mtime_ns for path in (out / "clips").iterdir()} == before
    again = load_showcase(out)
    assert [one.reasons for one in again.cases] == [one.reasons for one in showcase.cases]
    assert [set(one.outputs) for one in again.cases] == [set(one.outputs) for one in showcase.cases]


def test_a_long_video_is_shown_where_it_is_worst() -> None:
    error = np.full(1000, 1.0)
    error[600:700] = 5.0
    curve = curve_from("m", POSE, error, 1)
    assert len(curve.values) <= CURVE_POINTS
    best, worst = (Reason(metric="pose_transfer[mesh468]", end=end, value=0.0) for end in get_args(End))
    assert window_of(worst, [curve], 1000) == pytest.approx(600, abs=curve.every)
    assert not 500 < window_of(best, [curve], 1000) < 700
    assert window_of(worst, [curve], CLIP_FRAMES) == 0
    assert window_of(worst, [], 1000) == 0


def test_short_curves_keep_every_value_and_holes() -> None:
    curve = curve_from("m", POSE, np.array([1.0, np.nan, 3.0]), 2)
    assert (curve.every, curve.values) == (2, (1.0, None, 3.0))
    assert curve_from("m", POSE, np.full(1001, np.nan), 1).values[0] is None


@pytest.mark.parametrize(
    "content", ["[", "5", "[5]", '{"cases": 5}', "[" * 9000, "many", "long", "infinite"], ids=lambda text: text[:9]
)
def test_a_file_of_another_kind_is_none(shown: tuple[ShownCase, ...], tmp_path: Path, content: str) -> None:
    one = {**shown[0].model_dump(), "reasons": [], "curves": []}
    curve = {"method": "m", "metric": POSE, "every": 1, "values": [1.0] * (CURVE_POINTS + 1)}
    cases = {"many": [one] * 9, "long": [{**one, "curves": [curve]}], "infinite": [{**one, "fps": float("inf")}]}.get(
        content
    )
    text = content if cases is None else json.dumps({"method": "m", "cases": cases})
    (tmp_path / SHOWCASE_FILE).write_text(text)
    assert load_showcase(tmp_path) == Showcase()
    (tmp_path / SHOWCASE_FILE).write_text(json.dumps({"method": "m", "cases": [one]}))
    assert len(load_showcase(tmp_path).cases) == 1


def test_no_clip_from_outside_of_the_run(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "link.mkv").symlink_to(tmp_path / "private.mkv")
    for place in ("../private.mkv", str(tmp_path / "private.mkv"), "link.mkv", None, ""):
        assert clip_place(run, place) is None
    assert clip_place(run, "clips/a.mkv") == run / "clips" / "a.mkv"


def test_another_video_is_no_clip(out: Path, tmp_path: Path) -> None:
    (tmp_path / "text.mkv").write_text("no video")
    assert load_clip(tmp_path / "text.mkv") is None and load_clip(tmp_path / "absent.mkv") is None
    prediction = next((out / "predictions").rglob("*.mkv"))
    assert load_clip(prediction) is None, "expected frames of another size to be refused"
