"""The landmark warp: known motions must come out as known motions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from baselines.interface.errors import DriveError
from baselines.interface.frames import chunks_of, gathered
from baselines.interface.method import Driver
from baselines.warp.keypoint_warp import (
    CONTROL_POINTS,
    KeypointWarp,
    border_anchors,
    relative_motion,
    similarity_matrix,
)
from feed_dataset.core.faces.track import FaceTrack
from feed_dataset.core.jobs.errors import NoFaceError

SIDE = 96
FACE = np.random.default_rng(0).uniform(0.3, 0.7, (468, 2)) * SIDE


def picture() -> np.ndarray:
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    return (np.stack([x, y, 0.5 + 0.5 * np.sin(12 * x) * np.cos(9 * y)], -1) * 255).astype(np.uint8)


def tracks(points: list[np.ndarray | None]):  # type: ignore[no-untyped-def]
    """A tracker that gives these landmarks, whatever it sees; one image gives FACE."""

    def track(frames: np.ndarray) -> FaceTrack:
        given = points if len(frames) > 1 else [FACE]
        landmarks = np.full((len(given), 468, 3), np.nan, np.float32)
        for index, one in enumerate(given):
            if one is not None:
                landmarks[index, :, :2], landmarks[index, :, 2] = one, 0
        return FaceTrack(landmarks, tuple("no face detected" if p is None else None for p in given))

    return track


def drive(points: list[np.ndarray | None]) -> np.ndarray:
    method = KeypointWarp(tracks(points))
    frames = np.zeros((len(points), SIDE, SIDE, 3), np.uint8)
    driver = Driver(frames, Fraction(25))
    return gathered(chunks_of(method.drive(method.prepare(picture()), driver), driver)).frames


def test_frames_come_one_at_a_time() -> None:
    method = KeypointWarp(tracks([FACE, FACE, FACE]))
    chunks = method.drive(method.prepare(picture()), Driver(np.zeros((3, SIDE, SIDE, 3), np.uint8), Fraction(25)))
    assert len(next(chunks).frames) == 1


def test_withheld_frames_are_an_error() -> None:
    method = KeypointWarp(tracks([FACE]))
    with pytest.raises(DriveError, match="the protocol withholds them"):
        list(method.drive(method.prepare(picture()), Driver(None, Fraction(25), frame_count=3, size_px=SIDE)))


def test_a_still_driver_leaves_the_source_still() -> None:
    out = drive([FACE, FACE, FACE])
    assert np.abs(out.astype(int) - picture().astype(int)).max() <= 1


def test_a_moving_driver_moves_the_face_as_far() -> None:
    shift = np.array([4.0, -3.0])
    moved = drive([FACE, FACE + shift])[1]
    points = FACE[list(CONTROL_POINTS)].round().astype(int)
    inside = points[np.abs(points - SIDE / 2).max(axis=1) < 10]
    for x, y in inside:
        expected = picture()[y, x].astype(int)
        assert np.abs(moved[y - 3, x + 4].astype(int) - expected).max() <= 16
    assert np.abs(moved[0].astype(int) - picture()[0].astype(int)).max() <= 12  # the frame stays


def test_motion_is_scaled_and_turned_to_the_source() -> None:
    turn = np.array([[0.0, -2.0], [2.0, 0.0]])  # twice as large, a quarter turn
    driver = (FACE - 48) @ turn.T + 10
    step = np.random.default_rng(2).normal(size=FACE.shape)
    moved = relative_motion(FACE, np.stack([driver, driver + step @ turn.T]), np.array([True, True]))
    assert np.allclose(moved[0], FACE)
    assert np.allclose(moved[1], FACE + step)
    assert np.allclose(similarity_matrix(driver, FACE) @ turn, np.eye(2), atol=1e-9)


def test_a_lost_face_holds_the_last_warp() -> None:
    out = drive([FACE, FACE + 3, None, FACE])
    assert np.array_equal(out[2], out[1])
    assert np.array_equal(out[3], out[0])


def test_motion_counts_from_the_first_frame_with_a_face() -> None:
    out = drive([None, FACE + 7, FACE + 7])
    assert np.array_equal(out[0], out[1])
    assert np.array_equal(out[0], out[2])


def test_no_face_is_an_error() -> None:
    with pytest.raises(NoFaceError, match="in the driver"):
        drive([None, None])
    method = KeypointWarp(lambda frames: FaceTrack(np.full((1, 468, 3), np.nan, np.float32), ("no face detected",)))
    with pytest.raises(NoFaceError, match="in the source image"):
        method.prepare(picture())


def test_anchors_lie_on_the_frame_once() -> None:
    anchors = border_anchors(SIDE)
    assert len(np.unique(anchors.round(6), axis=0)) == len(anchors)
    assert ((anchors == 0) | (anchors == SIDE - 1)).any(axis=1).all()
