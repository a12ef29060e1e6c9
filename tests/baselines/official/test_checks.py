"""The picture itself: what is refused as no result, and what must not be."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from baselines.interface.errors import OutputFault
from baselines.official.checks import FrameWatch, check_size, small_grey
from tests.baselines.official.batches import clip, head

SOURCE, DRIVER = head(0), clip(1, 8)


def watch(frames: Iterable[np.ndarray], drivers: np.ndarray | None = DRIVER, **options: bool) -> FrameWatch:
    found = FrameWatch(SOURCE, **options)
    for number, frame in enumerate(frames):
        found.add(frame, None if drivers is None else small_grey(drivers[number]))
    return found


def test_a_face_that_moves_is_a_result() -> None:
    made = watch(clip(0, 8))
    made.check()
    assert made.remarks() == []


@pytest.mark.parametrize("gain", [0.7, 1.25])
def test_other_light_is_told_and_is_a_result(gain: float) -> None:
    made = watch(np.clip(clip(0, 8) * gain, 0, 255).astype(np.uint8))
    made.check()
    assert "against the source" in made.remarks()[0]


def test_a_blurred_or_coarse_face_is_a_bad_result_and_not_refused() -> None:
    coarse = clip(0, 8)[:, ::8, ::8].repeat(8, axis=1).repeat(8, axis=2)
    watch(coarse).check()


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        (np.zeros_like(DRIVER), "brightness|contrast"),
        (np.full_like(DRIVER, 255), "brightness"),
        (np.full_like(DRIVER, 90), "contrast"),
        (np.random.default_rng(0).integers(0, 256, DRIVER.shape, np.uint8), "noise"),
        (np.repeat(SOURCE[None], 8, axis=0), "stand still"),
        (DRIVER, "the frames are the driver's own"),
    ],
)
def test_what_is_no_result(frames: np.ndarray, reason: str) -> None:
    with pytest.raises(OutputFault, match=reason):
        watch(frames).check()


def test_what_moves_little_moves() -> None:
    """A hundredth of the driver's motion is a method that hardly follows: its own result."""
    frames = np.repeat(SOURCE[None], 8, axis=0).astype(float)
    frames[:, 30:40, 20:44] += np.linspace(0, 60, 8)[:, None, None, None]
    watch(np.clip(frames, 0, 255).astype(np.uint8)).check()


def test_a_still_driver_asks_for_no_motion_and_speech_always_does() -> None:
    still = np.repeat(SOURCE[None], 8, axis=0)
    watch(still, np.repeat(DRIVER[:1], 8, axis=0)).check()
    with pytest.raises(OutputFault, match="stand still"):
        watch(still, None, by_audio=True).check()


def test_a_perfect_result_of_ones_own_clip_is_not_taken_for_the_driver() -> None:
    own = clip(0, 8)
    found = FrameWatch(own[0])
    for frame in own:
        found.add(frame, small_grey(frame))
    found.check()


def test_a_panel_is_told_by_its_shape() -> None:
    check_size(np.zeros((64, 64, 3)), 64)
    check_size(np.zeros((63, 65, 3)), 64, tolerance_px=1)
    with pytest.raises(OutputFault, match="64x64 px but got 192x64: a panel of 3 pictures"):
        check_size(np.zeros((64, 192, 3)), 64)
    with pytest.raises(OutputFault, match="got 65x63$"):
        check_size(np.zeros((63, 65, 3)), 64)
