from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.core.faces.crop import CropBox, apply_crop, crop_box, sample_crop, to_crop, window_of
from feed_dataset.core.faces.windows import Window
from feed_dataset.core.jobs.errors import NoFaceError


def test_centre_and_side_of_the_protocol() -> None:
    assert crop_box(np.array([100.0, 50.0, 140.0, 110.0]), (400, 400)) == CropBox(70, 30, 100)
    assert crop_box(np.array([100.0, 50.0, 140.0, 110.0]), (400, 400), scale=1.5).side == 150


def test_landmarks_and_their_box_give_the_same_crop() -> None:
    points = np.random.default_rng(0).uniform(100, 200, size=(468, 3))
    box = np.concatenate([points[:, :2].min(0), points[:, :2].max(0)])
    assert crop_box(points, (400, 400)) == crop_box(box, (400, 400))


def test_the_square_is_never_shrunk_and_the_border_is_repeated() -> None:
    frames = np.arange(10 * 10 * 3, dtype=np.uint8).reshape(1, 10, 10, 3)
    out = apply_crop(frames, CropBox(-4, -4, 12), 12)[0]
    np.testing.assert_array_equal(out[4:, 4:], frames[0, :8, :8])
    np.testing.assert_array_equal(out[:5, :5], np.broadcast_to(frames[0, 0, 0], (5, 5, 3)))


@pytest.mark.parametrize("size_px", [16, 40, 64])
def test_points_move_with_the_pixels(size_px: int) -> None:
    """A bright spot lies where the mapped landmark says."""
    frame = np.zeros((80, 80, 3), np.uint8)
    frame[41:44, 28:31] = 255  # centre (29, 42)
    box = CropBox(10, 20, 40)
    crop = apply_crop(frame[None], box, size_px)[0, :, :, 0].astype(float)
    rows, columns = np.mgrid[:size_px, :size_px]
    found = np.array([(crop * columns).sum(), (crop * rows).sum()]) / crop.sum()
    landmark = np.zeros((468, 3), np.float32)
    landmark[:] = (29, 42, 8)
    mapped = to_crop(landmark, box, size_px)[0]
    np.testing.assert_allclose(found, mapped[:2], atol=0.15)
    assert mapped[2] == pytest.approx(8 * size_px / 40)


def test_flat_images_stay_flat_at_every_size() -> None:
    frames = np.full((2, 30, 40, 3), 137, np.uint8)
    for size_px in (7, 20, 33, 128):
        assert np.unique(apply_crop(frames, CropBox(-3, 5, 33), size_px)).tolist() == [137]


@pytest.mark.parametrize(
    "landmarks",
    [
        np.full((468, 3), np.nan),
        np.array([500.0, 10.0, 550.0, 60.0]),
        np.array([10.0, -80.0, 50.0, -10.0]),
        np.array([50.0, 50.0, 50.0, 50.0]),
    ],
)
def test_no_face_is_an_error_not_a_crop(landmarks: np.ndarray) -> None:
    with pytest.raises(NoFaceError):
        crop_box(landmarks, (400, 400))


def test_frames_must_be_frames() -> None:
    with pytest.raises(ValueError, match="expected frames"):
        apply_crop(np.zeros((10, 10, 3), np.uint8), CropBox(0, 0, 5), 5)


def test_squares_at_any_place_repeat_the_nearest_pixels() -> None:
    generator = np.random.default_rng(1)
    frame = generator.integers(0, 256, (13, 21, 3), dtype=np.uint8)
    for _ in range(300):
        x0, y0, side = (int(value) for value in generator.integers((-40, -40, 1), (40, 40, 50)))
        rows = np.clip(np.arange(y0, y0 + side), 0, 12)
        columns = np.clip(np.arange(x0, x0 + side), 0, 20)
        out = apply_crop(frame[None], CropBox(x0, y0, side), side)[0]
        np.testing.assert_array_equal(out, frame[rows[:, None], columns[None, :]])


@pytest.mark.parametrize("size_px", [20, 40, 90])
def test_a_sampled_crop_shows_the_same_as_a_whole_one(size_px: int) -> None:
    y, x = np.mgrid[:80, :80]
    frame = np.stack([2 * x + 20, 2 * y + 30, x + y + 40], axis=-1).astype(np.uint8)
    box = CropBox(10, 20, 40)
    whole = apply_crop(frame[None], box, size_px)[0].astype(int)
    sampled = sample_crop(frame, window_of(box), size_px).astype(int)
    assert np.abs(whole - sampled)[2:-2, 2:-2].max() <= 2


def test_a_turned_crop_turns_the_picture_back() -> None:
    frame = np.zeros((80, 80, 3), np.uint8)
    frame[39:42, 10:70] = 255  # a level bar
    turned = sample_crop(frame, Window((39.5, 40.0), 40.0, np.pi / 2), 40)
    assert turned[:, 18:22].mean() > 150  # upright now
    assert turned[:, :15].max() == 0


def test_past_the_border_a_sampled_crop_repeats_it() -> None:
    frame = np.full((30, 30, 3), 77, np.uint8)
    assert np.unique(sample_crop(frame, Window((0.0, 0.0), 50.0, 0.3), 24)).tolist() == [77]
