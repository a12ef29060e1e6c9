"""Where crops are over time: pure geometry, no networks."""

from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.core.faces.crop import crop_box
from feed_dataset.core.faces.geometry import template
from feed_dataset.core.faces.mesh import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from feed_dataset.core.jobs.errors import NoFaceError
from feed_dataset.prepare.crop_path import inside, plan_crops, smoothed
from feed_dataset.prepare.masks import crop_labels, face_oval
from feed_dataset.prepare.settings import PrepareSettings

HW = (720, 1280)


def faces(
    centers: list[tuple[float, float]], *, roll_deg: float = 0.0, px_per_dm: float = 100.0
) -> np.ndarray:  # float32 [T, 468, 3]
    points, _ = template()
    upright = points * np.array([1, -1, -1]) * px_per_dm
    angle = np.radians(roll_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    turned = (upright - upright.mean(axis=0)) @ turn.T
    return np.stack([turned + np.array([x, y, 0]) for x, y in centers]).astype(np.float32)


def missing(track: np.ndarray, *frames: int) -> np.ndarray:
    out = track.copy()
    out[list(frames)] = np.nan
    return out


def test_fixed_crop_is_that_of_the_first_face() -> None:
    track = missing(faces([(300, 300), (400, 310), (500, 320)]), 0)
    path = plan_crops(track, HW, 25.0, PrepareSettings())
    assert path.box == crop_box(track[1], HW, 1.0)
    assert np.ptp(path.center_px, axis=0).max() == 0
    assert np.ptp(path.side_px) == 0


def test_moving_crop_without_smoothing_centres_every_face() -> None:
    track = faces([(300, 300), (420, 310), (380, 350)])
    path = plan_crops(track, HW, 25.0, PrepareSettings(follow="moving", smooth_s=0))
    cropped = path.to_crop(track, 512)[..., :2]
    middle = (cropped.min(axis=1) + cropped.max(axis=1)) / 2
    np.testing.assert_allclose(middle, 255.5, atol=0.01)
    extent = (cropped.max(axis=1) - cropped.min(axis=1)).sum(axis=1)
    np.testing.assert_allclose(extent, 512, atol=0.05)  # side = width + height of the face
    assert inside(path.to_crop(track, 512), 512).all()


def test_frames_without_a_face_lie_between_their_neighbours() -> None:
    track = missing(faces([(300, 300), (0, 0), (400, 320), (0, 0)]), 1, 3)
    path = plan_crops(track, HW, 25.0, PrepareSettings(follow="moving", smooth_s=0))
    np.testing.assert_allclose(path.center_px[1], (path.center_px[0] + path.center_px[2]) / 2)
    np.testing.assert_allclose(path.center_px[3], path.center_px[2])
    assert not inside(path.to_crop(track, 512), 512)[[1, 3]].any()


def test_aligned_crop_levels_the_eyes() -> None:
    track = faces([(400, 300), (420, 300)], roll_deg=30)
    for follow in ("fixed", "moving"):
        settings = PrepareSettings(follow=follow, align=True, smooth_s=0)
        cropped = plan_crops(track, HW, 25.0, settings).to_crop(track, 512)
        eyes = cropped[:, LEFT_EYE_OUTER] - cropped[:, RIGHT_EYE_OUTER]
        np.testing.assert_allclose(eyes[:, 1], 0, atol=0.01)
        assert (eyes[:, 0] > 0).all()


def test_smoothing_keeps_constants_and_has_no_lag() -> None:
    steady = np.full((50, 2), 7.0)
    np.testing.assert_allclose(smoothed(steady, 5), steady)
    ramp = np.arange(100.0)[:, None]
    np.testing.assert_allclose(smoothed(ramp, 3)[20:80], ramp[20:80])
    jitter = np.tile([[1.0], [-1.0]], (50, 1))
    assert np.abs(smoothed(jitter, 3)[15:-15]).max() < 0.01


def test_a_face_that_leaves_is_not_inside() -> None:
    track = faces([(400, 300), (900, 300)])
    path = plan_crops(track, HW, 25.0, PrepareSettings())
    assert inside(path.to_crop(track, 512), 512).tolist() == [True, False]


def test_the_share_of_repeated_border() -> None:
    track = faces([(640, 360), (640, 360)])
    assert plan_crops(track, HW, 25.0, PrepareSettings()).padded_share(HW) == 0
    side = plan_crops(track, HW, 25.0, PrepareSettings()).side_px[0]
    at_the_edge = faces([(0, 360)])
    path = plan_crops(at_the_edge, HW, 25.0, PrepareSettings())
    left_of_it = (side / 2 - path.center_px[0, 0]) / side
    assert path.padded_share(HW) == pytest.approx(left_of_it, abs=0.04)
    turned = plan_crops(faces([(0, 360)], roll_deg=30), HW, 25.0, PrepareSettings(align=True))
    assert 0.3 < turned.padded_share(HW) < 0.6


def test_without_any_face_there_is_no_crop() -> None:
    with pytest.raises(NoFaceError, match="one of 2 frames"):
        plan_crops(missing(faces([(1, 1), (2, 2)]), 0, 1), HW, 25.0, PrepareSettings())


def test_face_oval_holds_the_landmarks_and_nothing_without_them() -> None:
    track = faces([(400, 300)])
    cropped = plan_crops(track, HW, 25.0, PrepareSettings()).to_crop(track, 512)[0]
    mask = face_oval(cropped, 512)
    x, y = np.rint(cropped[:, :2]).astype(int).T
    assert (mask[y, x] == 255).mean() > 0.97  # but for rounding at the edge
    assert 0.1 < (mask > 0).mean() < 0.3
    assert not face_oval(np.full((468, 3), np.nan), 512).any()


def test_labels_are_cropped_at_their_sample_points() -> None:
    labels = np.arange(16, dtype=np.uint8).reshape(4, 4)  # of a 16 x 16 picture: taken at pixels 2, 6, 10, 14
    whole = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    cropped = crop_labels(labels, (16, 16), whole, 16)
    np.testing.assert_array_equal(cropped[2::4, 2::4], labels)
    shifted = crop_labels(labels, (16, 16), np.array([[1.0, 0, 4], [0, 1.0, 0]]), 16)
    assert shifted[2, 2] == labels[0, 1]
    assert shifted[2, 15] == labels[0, 3]  # past the border its labels repeat


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size_px": 511}, "even size"),
        ({"size_px": 0}, "even size"),
        ({"scale": float("nan")}, "scale"),
        ({"scale": 10.0}, "scale"),
        ({"follow": "fast"}, "fixed, moving"),
        ({"smooth_s": -1.0}, "smoothing"),
        ({"output": "gif"}, "mp4, png, webp"),
        ({"crf": 60}, "rate factor"),
    ],
)
def test_settings_are_checked(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PrepareSettings(**wrong)
