"""Several cameras: driven by what one saw, turned as another saw it, judged by what that other saw then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from baselines.interface.errors import BatchError
from baselines.interface.method import Capabilities, Driver, Method
from baselines.interface.own_card import OWN_CARD
from baselines.registry import resolve
from benchmark.cli import main
from benchmark.engine.batch import stage
from benchmark.engine.case_files import load_index
from benchmark.engine.mean_of_views import mean_of_views, similarity
from benchmark.engine.moments import Moments, frames_at
from benchmark.engine.outputs import CaseFailed
from benchmark.engine.plan import Plan
from benchmark.engine.plan_protocol import plan_protocol
from benchmark.metrics import cards_of
from benchmark.protocols.cases import build_cases
from benchmark.protocols.protocol import Protocol, load
from benchmark.report.page import render
from benchmark.results.errors import MethodRefused
from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.jobs.progress import Progress
from feed_dataset.core.media.video import read_video, write_video
from tests.benchmark import harness

LEVELS = {"C": 40, "L": 60, "R": 80}
"""Brightness of the first frame of each camera; each further frame is 6 brighter."""


class PoseTaker(Method):
    """Shows what it saw; draws nothing of its own. Fails where it saw the target or had no poses."""

    name = "pose-taker"
    capabilities: Capabilities = replace(OWN_CARD, drives=frozenset({"image", "pose"}))

    def prepare(self, source: np.ndarray) -> np.ndarray:
        return source

    def drive(self, prepared: np.ndarray, driver: Driver) -> Iterator[np.ndarray]:
        assert driver.frames is not None and driver.pose is not None and len(driver.pose) == driver.frame_count
        yield from driver.frames


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("feed")
    for number in (1, 2):
        for camera, level in LEVELS.items():
            for stem in ("random", "FF"):
                harness.write_clip(root / f"ID_{number}" / f"{stem}_{camera}.mp4", level=level)
    harness.write_clip(root / "ID_3" / "random_C.mp4", level=40)
    return root


def protocol(cases: int = 4) -> Protocol:
    content = load("feed-multiview").model_dump()
    content["views"] |= {"cases": cases, "clock": "files"}
    metrics = ("psnr", "csim[dlib]", "pose_error_deg[mesh468]")
    return Protocol.model_validate(content | {"size_px": 64, "frames_per_case": 4, "metrics": metrics})


def plan(feed: Path, out: Path, *methods: str) -> Plan:
    one, specs = protocol(), [resolve(name) for name in methods]
    return plan_protocol(one, open_catalog(feed), specs, cards_of(one.metrics), lambda: harness.NETWORKS, out)


def test_no_camera_is_used_twice(feed: Path) -> None:
    cases = build_cases(protocol(8), open_catalog(feed)).cases
    assert len(cases) == 8 and {case.cluster for case in cases} == {"ID_1", "ID_2"}, "ID_3 has one camera"
    for case in cases:
        assert case.views is not None
        target, source = case.driver_path.stem[-1], case.source.path.stem[-1]
        assert {target, source} == {"L", "R"}
        assert [path.stem[-1] for path in case.views.others] == ["C", source]
        assert case.views.seen == case.views.others[0]
        assert case.drives_id == f"{case.cluster}/{case.views.seen.stem}" and case.views.seen.stem.endswith("_C")
        assert case.judged_id == f"{case.cluster}/{case.driver_path.stem}" == case.driver_id
        assert case.id.startswith(f"{case.cluster}-") and case.source_cluster == case.cluster and case.has_reference
    assert [case.cluster for case in cases[:2]] != [cases[0].cluster] * 2, "people take turns"


def test_a_method_sees_the_centre_and_is_judged_by_the_target(feed: Path, tmp_path: Path) -> None:
    results = harness.run_plan(plan(feed, tmp_path, "copy-source", f"{__name__}:PoseTaker")).results
    assert results.failures == []
    assert [method.name for method in results.methods] == ["copy-source", "pose-taker", "mean-of-views", "reference"]
    values = {row.method: row.value for row in results.rows if row.metric == "psnr" and row.case_id == "ID_1-random_L"}
    # Target 60, seen 40: 20 levels off. The mean of the others, 40 and 80, is the target's brightness.
    assert values["pose-taker"] == pytest.approx(20 * np.log10(255 / 20), abs=1.5)
    assert values["mean-of-views"] > values["pose-taker"] + 6
    second = harness.run_plan(plan(feed, tmp_path, "copy-source", f"{__name__}:PoseTaker")).results
    assert second.rows == results.rows


def test_reports_say_what_drives_and_what_is_judged(feed: Path, tmp_path: Path) -> None:
    results = harness.run_plan(plan(feed, tmp_path, "copy-source", f"{__name__}:PoseTaker")).results
    found = load_index(tmp_path)["ID_1-random_L"]
    assert (found.driver_id, found.source_id, found.judged_id) == ("ID_1/random_C", "ID_1/random_R@0", "ID_1/random_L")
    text = " ".join(re.sub("<[^>]*>", "", render(results, tmp_path, ours="pose-taker")).split())
    assert "ID_1/random_C drives ID_1/random_R@0, judged against ID_1/random_L" in text
    assert "random_L drives" not in text and "random_R drives" not in text


def test_commands_say_what_drives_and_what_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "S06-FF_NR_R: S06/FF_NR_C drives S06/FF_NR_L@0, judged against S06/FF_NR_R"
    assert main(["show", "feed-mini-multiview", "--cases"]) == 0
    shown = capsys.readouterr().out
    assert line in shown and "every frame of the central camera, head rotations of the target" in shown
    run = ["run", "--protocol", "feed-mini-multiview", "--method", "mesh-warp", "--out", str(tmp_path / "run")]
    assert main([*run, "--dry-run"]) == 0
    assert line in capsys.readouterr().out


def test_methods_that_take_no_pose_are_refused_by_name(feed: Path, tmp_path: Path) -> None:
    with pytest.raises(MethodRefused, match="copy-driver cannot run on feed-multiview: it is not driven by head poses"):
        plan(feed, tmp_path, "copy-driver")


def test_poses_are_not_staged(feed: Path, tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="feed-multiview hands over head poses"):
        stage(
            plan(feed, tmp_path, "copy-source"),
            tmp_path / "staged",
            SerialExecutor(harness.tools),
            Progress(Console(quiet=True)),
        )


class TestMoments:
    """Cameras that do not begin together, and such that share nothing."""

    def test_frames_of_one_time(self, tmp_path: Path) -> None:
        slow = tmp_path / "slow.mp4"
        write_video(slow, np.stack([harness.picture(100)] * 4), Fraction(25, 2))
        harness.write_clip(tmp_path / "fast.mp4", level=40)
        seen, plan = frames_at(tmp_path / "fast.mp4", Moments(slow, (tmp_path / "fast.mp4",), False), 100)
        whole = read_video(tmp_path / "fast.mp4").frames
        assert plan.times_s == pytest.approx((0.0, 0.08, 0.16, 0.24))
        assert np.array_equal(np.stack(list(seen)), whole[[0, 2, 4, 6]])
        late, _ = frames_at(tmp_path / "fast.mp4", Moments(slow, (tmp_path / "fast.mp4",), False), 100, delay=1)
        assert np.array_equal(np.stack(list(late)), whole[[0, 1, 3, 5]])

    def test_clips_that_share_no_moment(self, tmp_path: Path) -> None:
        harness.write_clip(tmp_path / "a.mp4", level=40, frames=9)
        times_s = np.array([0.0, 5.0, 5.04])
        write_video(tmp_path / "b.mp4", np.stack([harness.picture(50)] * 3), Fraction(25), times_s=times_s)
        with pytest.raises(FeedError, match="expected two moments that all cameras saw but they share 1"):
            Moments(tmp_path / "b.mp4", (tmp_path / "a.mp4",), False).plan(10)

    def test_an_uncertain_clock_is_no_clock(self, tmp_path: Path) -> None:
        for name in "ab":
            write_video(tmp_path / f"{name}.mp4", np.stack([harness.picture(50)] * 9), Fraction(25))
        with pytest.raises(FeedError):
            Moments(tmp_path / "a.mp4", (tmp_path / "b.mp4",), True).plan(10)


class TestMeanOfViews:
    """Faces are brought over each other before pixels are averaged."""

    def test_a_similarity_is_found(self) -> None:
        points = np.random.default_rng(0).normal(0, 10, (20, 2))
        angle, scale, shift = 0.3, 1.7, np.array([4.0, -2.0])
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        found = similarity(points, points @ turn.T + shift)
        assert np.allclose(found, np.column_stack([turn, shift]))

    def test_equal_views_are_their_own_mean(self) -> None:
        frames = np.stack([harness.picture(60), harness.picture(90)])
        assert np.abs(mean_of_views([frames, frames], ["a", "b"], harness.track).astype(int) - frames).max() <= 1

    def test_a_view_without_a_face_is_named(self) -> None:
        frames = np.stack([harness.picture(60)] * 2)
        with pytest.raises(CaseFailed, match="view b: no face in frame 0"):
            mean_of_views([frames, np.zeros_like(frames)], ["view a", "view b"], harness.track)
