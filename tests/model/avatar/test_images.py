"""Pasting back and green backgrounds."""

from __future__ import annotations

import numpy as np
import torch

from feed_dataset.core.faces.crop import CropBox, apply_crop
from model.avatar.images import PasteBack, from_model, green_matte, replace_green, resize_square, to_model


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_what_was_cut_out_and_pasted_back_changes_nothing() -> None:
    photo, box = noise(90, 120, 3), CropBox(20, 10, 64)
    assert np.array_equal(PasteBack(photo, box)(apply_crop(photo[None], box, 64)[0]), photo)


def test_a_pasted_square_shows_inside_and_fades_at_its_edges() -> None:
    photo, white = np.zeros((100, 100, 3), np.uint8), np.full((50, 50, 3), 255, np.uint8)
    made = PasteBack(photo, CropBox(25, 25, 50))(white)
    assert (made[40:60, 40:60] == 255).all() and (made[:25] == 0).all()
    edge = made[50, 25:31, 0].astype(int)
    assert edge[0] < 10 and (np.diff(edge) >= 0).all() and edge[-1] > 240


def test_a_square_that_leaves_the_photo_reaches_its_border_without_fading() -> None:
    photo, white = np.zeros((60, 60, 3), np.uint8), np.full((40, 40, 3), 255, np.uint8)
    made = PasteBack(photo, CropBox(-10, 10, 40))(white)
    assert (made[25:35, 0] == 255).all() and made.shape == photo.shape


def test_pure_green_is_background_and_the_head_is_not() -> None:
    head, green = np.array([180, 120, 100], np.uint8), np.array([0, 255, 0], np.uint8)
    picture = np.stack([np.tile(head, (4, 1)), np.tile(green, (4, 1))])
    assert green_matte(picture)[..., 0].tolist() == [[1.0] * 4, [0.0] * 4]
    made = replace_green(picture, np.full_like(picture, 77))
    assert (made[0] == head).all() and (made[1] == 77).all()


def test_a_half_covered_pixel_gets_half_of_the_new_background_and_no_green() -> None:
    head, green, new = np.array([100.0, 100.0, 100.0]), np.array([0.0, 255.0, 0.0]), 200
    painted = np.rint((head + green) / 2).astype(np.uint8).reshape(1, 1, 3)
    made = replace_green(painted, np.full((1, 1, 3), new, np.uint8))[0, 0]
    assert np.abs(made.astype(int) - (100 + new) / 2).max() <= 1


def test_eight_bit_pictures_survive_the_way_to_the_model_and_back() -> None:
    crops = noise(2, 16, 16, 3)
    assert np.array_equal(from_model(to_model(crops, 16, torch.zeros(1))), crops)


def test_resizing_keeps_means() -> None:
    picture = np.repeat(np.repeat(noise(16, 16, 3), 16, axis=0), 16, axis=1)
    assert abs(float(resize_square(picture, 128).mean()) - float(picture.mean())) < 1
    assert resize_square(picture, 256) is picture
