"""Staging of inputs and generation of predictions: what is kept, what is made again, what fails and how."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from baselines.bounds.copy_source import CopySource
from baselines.interface.method import Driver, Generated, Method
from benchmark.engine.generate import GenerateJob
from benchmark.engine.inputs import StageJob, crop_to_face, load_staged
from benchmark.engine.predictions import (
    PredictionPath,
    load_latents,
    load_record,
    read_lossless,
    save,
    write_lossless,
)
from benchmark.features.toolbox import Loaders, Toolbox
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.errors import NoFaceError, VideoDecodeError
from feed_dataset.core.media.thinning import plan_frames, read_planned, spread
from tests.benchmark import harness


def stage(path: Path, folder: Path, kind: str = "clip", **changes: Any) -> StageJob:
    job = StageJob(kind, path, folder, 64, 1.0, 5, (("face-detector", "a" * 64),))
    return replace(job, **changes)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "ID_1" / "random_C.mp4"
    harness.write_clip(path, level=40)
    return path


def test_spread_includes_both_ends_and_never_repeats() -> None:
    assert spread(50, 25)[0] == 0
    assert spread(50, 25)[-1] == 49
    assert len(set(spread(50, 25))) == 25
    assert spread(3, 25) == (0, 1, 2)


def test_planned_frames_are_those_of_a_whole_decode(clip: Path) -> None:
    from feed_dataset.core.media.video import read_video

    plan = plan_frames(clip, 5)
    whole = read_video(clip).frames
    assert plan.indices == (0, 2, 4, 6, 8)
    assert plan.fps == Fraction(25, 2)
    assert np.array_equal(np.stack(list(read_planned(plan))), whole[list(plan.indices)])


def test_a_truncated_video_is_named(clip: Path) -> None:
    content = clip.read_bytes()
    clip.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(VideoDecodeError, match="random_C.mp4"):
        list(read_planned(plan_frames(clip, 5)))


def test_staging_crops_once_and_keeps_the_file(clip: Path, tmp_path: Path) -> None:
    job = stage(clip, tmp_path / "inputs")
    first = job.run(harness.toolbox())
    assert first.path is not None
    staged = load_staged(first.path)
    assert staged is not None
    assert staged.frames.shape == (5, 64, 64, 3)
    assert staged.fps == Fraction(25, 2)
    written = first.path.stat().st_mtime_ns
    assert job.run(harness.toolbox()) == first
    assert first.path.stat().st_mtime_ns == written


def test_a_damaged_staged_file_is_made_again(clip: Path, tmp_path: Path) -> None:
    job = stage(clip, tmp_path / "inputs")
    first = job.run(harness.toolbox())
    assert first.path is not None
    first.path.write_bytes(first.path.read_bytes()[:-100])
    assert load_staged(first.path) is None
    assert job.run(harness.toolbox()) == first
    assert load_staged(first.path) is not None


@pytest.mark.parametrize("change", [{"size_px": 32}, {"frame_budget": 4}, {"networks": (("face-detector", "f" * 64),)}])
def test_other_settings_are_another_file(clip: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    job = stage(clip, tmp_path / "inputs")
    assert replace(job, **change).run(harness.toolbox()).path != job.run(harness.toolbox()).path


def test_a_photograph_must_be_the_recorded_one(clip: Path, tmp_path: Path) -> None:
    staged = stage(clip, tmp_path / "inputs", expected_sha256="0" * 64).run(harness.toolbox())
    assert staged.path is None
    assert staged.reason is not None
    assert "expected random_C.mp4 with sha256" in staged.reason
    assert str(tmp_path) not in staged.reason


def test_no_face_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(NoFaceError, match="any of 3 frames"):
        crop_to_face(iter(np.zeros((3, 96, 96, 3), np.uint8)), harness.track, 64, 1.0)


def test_the_crop_comes_from_the_first_frame_with_a_face() -> None:
    frames = np.stack([np.zeros((96, 96, 3), np.uint8), harness.picture(60), harness.picture(90)])
    cropped = crop_to_face(iter(frames), harness.track, 64, 1.0)
    assert cropped.shape == (3, 64, 64, 3)
    assert cropped[0].max() == 0


def test_video_is_lossless_and_deterministic(tmp_path: Path) -> None:
    frames = np.random.default_rng(1).integers(0, 256, (4, 48, 48, 3), dtype=np.uint8)
    for name in ("a.mkv", "b.mkv"):
        write_lossless(tmp_path / name, frames, Fraction(25))
    assert np.array_equal(read_lossless(tmp_path / "a.mkv"), frames)
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_predictions_round_trip(tmp_path: Path) -> None:
    frames = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    z = np.random.default_rng(2).normal(size=(3, 7)).astype(np.float32)
    at = PredictionPath(tmp_path, "case")
    record = save(at, Generated(frames, z), Fraction(25), input_hash="h", seconds=0.1)
    assert load_record(at) == record
    latents = load_latents(at, record)
    assert latents is not None
    assert np.array_equal(latents, z)


@pytest.mark.parametrize("name", ["video", "latents", "record"])
@pytest.mark.parametrize("damage", ["delete", "truncate"])
def test_incomplete_predictions_are_none(tmp_path: Path, name: str, damage: str) -> None:
    at = PredictionPath(tmp_path, "case")
    frames = np.zeros((2, 32, 32, 3), np.uint8)
    save(at, Generated(frames, np.zeros((2, 3), np.float32)), Fraction(25), input_hash="h", seconds=0.1)
    path: Path = getattr(at, name)
    if damage == "delete":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-9])
    assert load_record(at) is None


class Counting(CopySource):
    """copy-source that counts its calls."""

    calls: ClassVar[int] = 0

    def drive(self, prepared: np.ndarray, driver: Driver) -> Generated:
        type(self).calls += 1
        return super().drive(prepared, driver)


class Broken(CopySource):
    """Fails as foreign code does."""

    def drive(self, prepared: np.ndarray, driver: Driver) -> Generated:
        raise KeyError("lips")


class Short(CopySource):
    """Loses a frame without a word."""

    def drive(self, prepared: np.ndarray, driver: Driver) -> Generated:
        return Generated(driver.frames[:-1])


def tools(method: Method) -> Toolbox:
    return Toolbox(Loaders(follower=lambda: harness.Follower, extractor=harness.extractor, method=lambda name: method))


@pytest.fixture
def job(clip: Path, tmp_path: Path) -> GenerateJob:
    staged = stage(clip, tmp_path / "inputs").run(harness.toolbox()).path
    assert staged is not None
    Counting.calls = 0
    return GenerateJob("copy-source", "case", staged, staged, tmp_path / "out", "missing", None)


def test_a_second_run_keeps_what_is_there(job: GenerateJob) -> None:
    toolbox = tools(Counting())
    first, second = job.run(toolbox), job.run(toolbox)
    assert (first.reused, second.reused) == (False, True)
    assert second.record == first.record
    assert Counting.calls == 1
    assert replace(job, overwrite="always").run(toolbox).reused is False
    assert Counting.calls == 2


def test_other_weights_make_it_again_unless_never(job: GenerateJob, monkeypatch: pytest.MonkeyPatch) -> None:
    toolbox = tools(Counting())
    job.run(toolbox)
    monkeypatch.setattr(Counting, "weights_sha256", property(lambda self: "f" * 64))
    with pytest.raises(BenchmarkError, match="weights of copy-source to stay"):
        job.run(toolbox)
    changed = replace(job, weights_sha256="f" * 64)
    with pytest.raises(BenchmarkError, match="--overwrite missing"):
        replace(changed, overwrite="never").run(toolbox)
    assert changed.run(toolbox).reused is False


def test_never_still_makes_what_is_absent(job: GenerateJob) -> None:
    assert replace(job, overwrite="never").run(tools(Counting())).record is not None


@pytest.mark.parametrize(
    ("method", "reason"),
    [(Broken(), "KeyError in test_generate.py"), (Short(), r"expected generated frames \[5, 64, 64, 3\]")],
)
def test_a_failing_method_fails_its_case_and_says_why(job: GenerateJob, method: Method, reason: str) -> None:
    prediction = job.run(tools(method))
    assert prediction.record is None
    assert prediction.reason is not None
    assert re.search(reason, prediction.reason)
    assert not job.at.record.exists()
