"""A picture that drives a picture, through the whole engine: one frame in, one frame out, absolute motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from baselines.registry import resolve
from benchmark.engine.inputs import frame_at
from benchmark.engine.plan import Plan
from benchmark.engine.plan_protocol import plan_protocol
from benchmark.metrics import cards_of
from benchmark.protocols.corpora import open_corpora
from benchmark.results.errors import MethodRefused
from feed_dataset.core.media.video import read_video
from tests.benchmark import harness
from tests.benchmark.protocols.copies import adults, tiny_pairs, write_ffhq, write_mead

METHODS = ("copy-source", "copy-driver")


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("copies")
    return {"ffhq": write_ffhq(root / "ffhq", adults(4)), "mead": write_mead(root / "mead")}


def plan(
    copies: dict[str, Path], out: Path, methods: tuple[str, ...] = METHODS, companions: tuple[str, ...] = ()
) -> tuple[Plan, list[str]]:
    protocol, said = tiny_pairs(), list[str]()
    made = plan_protocol(
        protocol,
        open_corpora(copies),
        [resolve(name) for name in methods],
        cards_of(protocol.metrics),
        lambda: harness.NETWORKS,
        out,
        announce=said.append,
        companions=companions,
    )
    return made, said


def test_every_pair_is_scored_once(copies: dict[str, Path], tmp_path: Path) -> None:
    planned, _ = plan(copies, tmp_path)
    results = harness.run_plan(planned).results
    assert len(results.protocol.case_ids) == 6 and results.failures == []
    for method in METHODS:
        assert results.aggregate(method, "csim[dlib]").cases_scored == 6
    rows = [row for row in results.rows if row.method == "copy-source" and row.metric == "csim[dlib]"]
    assert all(row.value == pytest.approx(1.0) and row.frames_expected == 1 for row in rows)
    assert results.data.name == "ffhq+mead" and not results.data.synthetic
    assert results.protocol.frames_per_case == 1


def test_a_second_run_finds_everything(copies: dict[str, Path], tmp_path: Path) -> None:
    first = harness.run_plan(plan(copies, tmp_path)[0]).results
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "predictions").rglob("*.mkv")}
    second = harness.run_plan(plan(copies, tmp_path)[0]).results
    assert second.rows == first.rows and len(made) == 12
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_the_data_has_a_digest_of_what_is_used(copies: dict[str, Path], tmp_path: Path) -> None:
    before = plan(copies, tmp_path)[0]
    write_ffhq(tmp_path / "ffhq", adults(4), side_px=80)
    after = plan(copies | {"ffhq": tmp_path / "ffhq"}, tmp_path)[0]
    assert before.protocol.case_list_sha256 == after.protocol.case_list_sha256
    assert before.data.digest != after.data.digest


def test_relative_motion_is_refused_by_name(copies: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(MethodRefused, match="keypoint-warp cannot run on .*: it has relative motion"):
        plan(copies, tmp_path, (*METHODS, "keypoint-warp"))


def test_a_companion_that_is_refused_is_left_out_and_said(copies: dict[str, Path], tmp_path: Path) -> None:
    planned, said = plan(copies, tmp_path, (*METHODS, "keypoint-warp"), companions=("keypoint-warp",))
    assert [method.name for method in planned.methods] == list(METHODS)
    assert any("keypoint-warp" in line and "left out" in line for line in said)


def test_a_place_in_a_video_is_a_frame(copies: dict[str, Path]) -> None:
    clip = copies["mead"] / "M003/video/front/angry/level_3/001.mp4"
    frames = read_video(clip).frames
    for place, number in ((0.0, 0), (0.5, len(frames) // 2), (1.0, len(frames) - 1)):
        assert np.array_equal(frame_at(clip, place), frames[number])
