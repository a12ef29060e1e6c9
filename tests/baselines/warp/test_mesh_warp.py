"""The mesh warp: faces drawn from the source's own pixels, mouths filled, frames without a face bridged."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from baselines.interface.errors import DriveError
from baselines.interface.frames import chunks_of, gathered
from baselines.interface.method import Driver
from baselines.registry import load
from baselines.warp.mesh_warp import MeshWarp, MeshWarpAbsolute
from baselines.warp.mouth import fill_mouth
from feed_dataset.core.faces.geometry import rotation_from_euler_deg
from feed_dataset.core.faces.mesh_indices import LIPS_INNER
from feed_dataset.core.faces.track import FaceTrack
from feed_dataset.core.jobs.errors import NoFaceError
from tests.baselines.warp.test_face_motion import face

SIDE = 128
FACE = face(40, (64, 60))
SKIN, TEETH = (200, 150, 120), (230, 230, 220)


def picture() -> np.ndarray:
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    return (np.stack([x, y, 0.5 + 0.5 * np.sin(9 * x) * np.cos(7 * y)], -1) * 255).astype(np.uint8)


def method_on(points: list[np.ndarray | None], kind: type[MeshWarp] = MeshWarp) -> MeshWarp:
    """A method that sees these landmarks in a driver, and FACE in a source."""

    def track(frames: np.ndarray) -> FaceTrack:
        given = points if len(frames) > 1 else [FACE]
        landmarks = np.stack([np.full((468, 3), np.nan) if one is None else one for one in given])
        return FaceTrack(landmarks.astype(np.float32), tuple("no face detected" if p is None else None for p in given))

    return kind(track)


def drive(points: list[np.ndarray | None], kind: type[MeshWarp] = MeshWarp) -> np.ndarray:
    driver = Driver(np.zeros((len(points), SIDE, SIDE, 3), np.uint8), Fraction(25))
    method = method_on(points, kind)
    return gathered(chunks_of(method.drive(method.prepare(picture()), driver), driver)).frames


def test_a_still_driver_leaves_the_source_still() -> None:
    for frame in drive([FACE, FACE]):
        assert np.abs(frame.astype(int) - picture().astype(int)).max() <= 3


def test_a_shifted_driver_shifts_the_face_and_not_the_border() -> None:
    moved = drive([FACE, FACE + [5, -4, 0]])[1].astype(int)
    nose = FACE[4, :2].round().astype(int)
    assert np.abs(moved[nose[1] - 4, nose[0] + 5] - picture()[nose[1], nose[0]]).max() <= 8
    assert np.abs(moved[0] - picture()[0]).max() <= 3 and np.abs(moved[:, -1] - picture()[:, -1]).max() <= 3


def test_absolute_motion_is_at_the_drivers_landmarks_from_the_first_frame_on() -> None:
    elsewhere = face(30, (70, 64))
    assert np.abs(drive([elsewhere, elsewhere])[0].astype(int) - picture()).max() <= 3, "relative: nothing moves"
    placed = drive([elsewhere, elsewhere], MeshWarpAbsolute)[0].astype(int)
    nose, at = FACE[4, :2].round().astype(int), elsewhere[4, :2].round().astype(int)
    assert np.abs(placed[at[1], at[0]] - picture()[nose[1], nose[0]]).max() <= 12


def test_a_frame_without_a_face_shows_the_one_before() -> None:
    frames = drive([FACE, FACE + [5, 0, 0], None, FACE])
    assert np.array_equal(frames[2], frames[1]) and not np.array_equal(frames[1], frames[0])
    assert np.abs(drive([None, FACE])[0].astype(int) - picture()).max() == 0, "before the first face: the source"


def test_what_cannot_be_driven_is_an_error() -> None:
    method = method_on([FACE, FACE])
    with pytest.raises(DriveError, match="the protocol withholds them"):
        list(method.drive(method.prepare(picture()), Driver(None, Fraction(25), frame_count=3, size_px=SIDE)))
    with pytest.raises(NoFaceError, match="in the driver"):
        drive([None, None])


def opened(by_px: float) -> np.ndarray:  # float64 [468, 2]
    """FACE with the lower lips, the half of the inner ring after the first corner, moved down."""
    points = FACE[:, :2].copy()
    points[list(LIPS_INNER[1:10]), 1] += by_px
    return points


def filled(source: np.ndarray, driver: np.ndarray, target: np.ndarray) -> np.ndarray:  # uint8 [3]
    """Colour in the middle of the target's mouth; the source is skin all over, the driver has teeth."""
    skin = np.full((SIDE, SIDE, 3), SKIN, np.uint8)
    smile = skin.copy()
    x, y = driver[list(LIPS_INNER)].mean(axis=0).round().astype(int)
    smile[y - 3 : y + 4, x - 6 : x + 7] = TEETH
    canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
    fill_mouth(canvas, target, (skin, source), (smile, driver))
    x, y = target[list(LIPS_INNER)].mean(axis=0).round().astype(int)
    return canvas[y, x]


def test_an_opened_mouth_shows_the_drivers_teeth() -> None:
    assert np.abs(filled(opened(0), opened(12), opened(12)).astype(int) - TEETH).max() <= 12


def test_a_mouth_that_is_open_in_the_source_is_the_sources() -> None:
    assert tuple(filled(opened(12), opened(12), opened(12))) == SKIN


def test_where_nobody_shows_a_mouth_it_is_dark() -> None:
    assert 0 < filled(opened(0), opened(0), opened(12)).max() < 40


def test_a_shut_mouth_is_not_drawn() -> None:
    assert not filled(opened(0), opened(12), opened(0)).any()


def test_a_given_pose_turns_the_head() -> None:
    """The nose goes to where the pose has it, though the driver's head stays as it is."""
    pose = rotation_from_euler_deg(np.array([(0, 0, 0), (30, 0, 0)]))
    driver = Driver(np.zeros((2, SIDE, SIDE, 3), np.uint8), Fraction(25), pose=pose)
    method = method_on([FACE, FACE])
    straight, turned = gathered(chunks_of(method.drive(method.prepare(picture()), driver), driver)).frames.astype(int)
    assert np.abs(straight - picture()).max() <= 3
    nose, at = FACE[4, :2].round().astype(int), face(40, (64, 60), (30, 0, 0))[4, :2].round().astype(int)
    assert abs(at[0] - nose[0]) >= 5
    assert np.abs(turned[at[1], at[0]] - picture()[nose[1], nose[0]]).max() <= 12


def test_cards_say_what_drives_and_which_motion() -> None:
    assert load("mesh-warp").capabilities.drives == {"image", "pose"}
    assert load("mesh-warp").capabilities.requires == {"image"}, "a pose alone has no expression"
    assert load("mesh-warp-absolute").capabilities.drives == {"image"}
    assert load("mesh-warp").capabilities.motion == "relative"
    assert load("mesh-warp-absolute").capabilities.motion == "absolute"
