"""Drivers with and without their frames."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from baselines.interface.driver import Driver
from baselines.interface.errors import DriveError
from feed_dataset.core.media.types import Audio

FRAMES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
AUDIO = Audio(np.zeros(1600, np.float32), 16000)
POSE = np.repeat(np.eye(3)[None], 4, axis=0)
FPS = Fraction(25)


def test_frames_alone_say_the_rest() -> None:
    driver = Driver(FRAMES, FPS)
    assert (driver.frame_count, driver.size_px, driver.audio, driver.pose) == (4, 32, None, None)
    assert driver.first_frame is not None
    assert np.array_equal(driver.first_frame, FRAMES[0])


def test_a_driver_without_frames_says_how_many_must_come_back() -> None:
    driver = Driver(None, FPS, AUDIO, first_frame=FRAMES[0], frame_count=50)
    assert (driver.frame_count, driver.size_px) == (50, 32)
    assert Driver(None, FPS, frame_count=50, size_px=64).first_frame is None
    assert repr(driver) == "Driver(50 frames of 32 px at 25 fps, frames withheld, Audio(0.100 s at 16000 Hz))"


def test_what_is_withheld_is_gone_and_the_rest_stays() -> None:
    whole = Driver(FRAMES, FPS, AUDIO, POSE)
    speech = whole.limited_to({"audio"})
    assert speech.frames is None
    assert speech.pose is None
    assert speech.audio is AUDIO
    assert (speech.frame_count, speech.size_px, speech.fps) == (4, 32, FPS)
    assert np.array_equal(speech.first_frame, FRAMES[0])
    images = whole.limited_to({"image", "pose"})
    assert images.frames is FRAMES
    assert images.pose is POSE
    assert images.audio is None


def test_no_view_leads_from_the_first_frame_to_the_withheld_ones() -> None:
    withheld = Driver(FRAMES, FPS, AUDIO).limited_to({"audio"})
    given = Driver(None, FPS, AUDIO, first_frame=FRAMES[0], frame_count=4)
    for driver in (withheld, given):
        assert driver.first_frame is not None and driver.first_frame.base is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"frames": None}, "expected frame_count and size_px of a driver without frames but got 0 frames of 0 px"),
        ({"frames": None, "first_frame": FRAMES[0]}, "got 0 frames of 32 px"),
        ({"frames": None, "frame_count": 3}, "got 3 frames of 0 px"),
        ({"frame_count": 5}, "expected frame_count 4 as the frames say but got 5"),
        ({"size_px": 64}, "expected size_px 32 as the frames say but got 64"),
        ({"first_frame": FRAMES[1]}, "expected first_frame to be the first of the frames"),
        ({"pose": POSE[:3]}, r"expected poses \[4, 3, 3\] but got \[3, 3, 3\]"),
        ({"fps": Fraction(0)}, "expected a positive frame rate but got 0"),
    ],
)
def test_contradictions_are_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(DriveError, match=reason):
        Driver(**{"frames": FRAMES, "fps": FPS, **fields})
