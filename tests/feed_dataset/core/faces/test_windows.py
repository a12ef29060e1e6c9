from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.core.faces.windows import Window, sample_window, transform_points


def ramp(height: int, width: int) -> np.ndarray:
    """x in the first channel, y in the second (both at most 250)."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns * 250 / width, rows * 250 / height, 0 * rows], axis=-1).round().astype(np.uint8)


def test_the_whole_image_is_itself() -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(sample_window(image, Window((15.5, 15.5), 32), 32), image)


@pytest.mark.parametrize("angle_rad", [0.0, 0.4, -1.2, 3.0])
@pytest.mark.parametrize("side_px", [60.0, 150.0, 500.0])  # 500 at 48 px takes the area-averaged path
def test_pixels_show_what_the_map_says(side_px: float, angle_rad: float) -> None:
    image = ramp(800, 900)
    window = Window((430.3, 410.8), side_px, angle_rad)
    pixels = sample_window(image, window, 48).astype(float)
    places = transform_points(window.to_image(48), np.stack(np.mgrid[:48, :48][::-1], axis=-1).astype(float))
    inside = np.all((places > 8) & (places < [890, 790]), axis=-1)
    assert inside.mean() > 0.95
    np.testing.assert_allclose(pixels[inside][:, 0], places[inside][:, 0] * 250 / 900, atol=1.6)
    np.testing.assert_allclose(pixels[inside][:, 1], places[inside][:, 1] * 250 / 800, atol=1.6)


def test_outside_is_black() -> None:
    image = np.full((50, 50, 3), 200, np.uint8)
    for side_px in (40.0, 400.0):
        assert not sample_window(image, Window((-400.0, 25.0), side_px), 20).any()
    partly = sample_window(image, Window((0.0, 24.5), 40.0), 20)
    assert not partly[:, :9].any() and (partly[1:-1, 12:] == 200).all()


def test_reduction_averages_instead_of_skipping() -> None:
    """A one-pixel checkerboard becomes grey, not a moire of black and white."""
    board = (np.indices((512, 512)).sum(axis=0) % 2 * 255).astype(np.uint8)
    pixels = sample_window(np.repeat(board[..., None], 3, axis=2), Window((255.5, 255.5), 512), 64)
    assert np.abs(pixels.astype(int) - 127).max() <= 2
