"""Inputs: thinned, cropped once, kept, and refused with a reason."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.engine.inputs import Crop, Input, crop_to_face
from feed_dataset.core.jobs.errors import FeedError, NoFaceError, VideoDecodeError
from feed_dataset.core.media.thinning import plan_frames, read_planned, spread
from tests.benchmark import harness


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "ID_1" / "random_C.mp4"
    harness.write_clip(path, level=40)
    return path


@pytest.fixture
def cropped(clip: Path, tmp_path: Path) -> Input:
    return Input("driver", clip, "clip", Crop(tmp_path / "inputs", 64, 1.0, 5, (("face-detector", "a" * 64),)))


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
    assert plan_frames(clip, 100, every=3).indices == (0, 3, 6)


def test_a_truncated_video_is_named(clip: Path) -> None:
    content = clip.read_bytes()
    clip.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(VideoDecodeError, match="random_C.mp4"):
        list(read_planned(plan_frames(clip, 5)))


def test_a_crop_is_made_once_and_found_again(cropped: Input, tmp_path: Path) -> None:
    assert cropped.find() is None
    made = cropped.load(harness.models())
    frames = np.stack(list(made.read()))
    assert frames.shape == (5, 64, 64, 3)
    assert (made.frame_count, made.fps, made.is_whole) == (5, Fraction(25, 2), False)
    (file,) = (tmp_path / "inputs").iterdir()
    written = file.stat().st_mtime_ns
    found = cropped.find()
    assert found is not None
    assert found.content_id == made.content_id
    assert np.array_equal(np.stack(list(found.read())), frames)
    assert np.array_equal(np.stack(list(cropped.load(harness.models()).read())), frames)
    assert file.stat().st_mtime_ns == written


def test_a_damaged_crop_is_made_again(cropped: Input, tmp_path: Path) -> None:
    made = cropped.load(harness.models())
    (file,) = (tmp_path / "inputs").iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    assert cropped.find() is None
    assert cropped.load(harness.models()).content_id == made.content_id
    assert cropped.find() is not None


@pytest.mark.parametrize("change", [{"size_px": 32}, {"frame_budget": 4}, {"networks": (("face-detector", "f" * 64),)}])
def test_other_settings_are_another_file(cropped: Input, tmp_path: Path, change: dict[str, Any]) -> None:
    assert cropped.crop is not None
    cropped.load(harness.models())
    replace(cropped, crop=replace(cropped.crop, **change)).load(harness.models())
    assert len(list((tmp_path / "inputs").iterdir())) == 2


def test_a_late_driver_shows_the_frames_before_in_the_same_square(clip: Path, tmp_path: Path) -> None:
    crop = Crop(tmp_path / "inputs", 64, 1.0, 9, (("face-detector", "a" * 64),))
    whole = np.stack(list(Input("driver", clip, "clip", crop).load(harness.models()).read()))
    late = np.stack(list(Input("driver", clip, "clip", crop, delay=1).load(harness.models()).read()))
    np.testing.assert_array_equal(late, whole[[0, 0, 1, 2, 3, 4, 5, 6, 7]])
    thinned = replace(crop, frame_budget=5)
    late = np.stack(list(Input("driver", clip, "clip", thinned, delay=1).load(harness.models()).read()))
    np.testing.assert_array_equal(late, whole[[0, 1, 3, 5, 7]], "of the file, not of the thinned frames")


def test_a_photograph_must_be_the_recorded_one(cropped: Input) -> None:
    with pytest.raises(FeedError, match="random_C.mp4 with sha256"):
        replace(cropped, expected_sha256="0" * 64).load(harness.models())


def test_no_face_is_a_reason() -> None:
    with pytest.raises(NoFaceError, match="any of 3 frames"):
        crop_to_face(iter(np.zeros((3, 96, 96, 3), np.uint8)), harness.track, 64, 1.0)


def test_the_crop_comes_from_the_first_frame_with_a_face() -> None:
    frames = np.stack([np.zeros((96, 96, 3), np.uint8), harness.picture(60), harness.picture(90)])
    made = crop_to_face(iter(frames), harness.track, 64, 1.0)
    assert made.shape == (3, 64, 64, 3)
    assert made[0].max() == 0
