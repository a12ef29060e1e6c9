"""Chips of faces: known transforms come out where they should. tests/oracles compares pixels with insightface."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.features.networks.alignment import (
    ARCFACE_POINTS,
    FIVE_POINTS,
    arcface_affine,
    arcface_chip,
    five_points,
    vggface2_chip,
)
from tests.benchmark.metrics.faces import person, rotation, shoot

HEAD = shoot(person())


def test_the_five_points_are_eyes_nose_and_mouth() -> None:
    right_eye, left_eye, nose, right_mouth, left_mouth = five_points(HEAD)
    assert right_eye[0] < nose[0] < left_eye[0] and right_mouth[0] < nose[0] < left_mouth[0]  # an unmirrored picture
    assert right_eye[1] < nose[1] < right_mouth[1]
    assert abs(right_eye[1] - left_eye[1]) < 1 and abs(right_mouth[1] - left_mouth[1]) < 1
    assert [len(indices) for indices in FIVE_POINTS] == [4, 4, 2, 1, 1]


@pytest.mark.parametrize("roll_deg", [0.0, 30.0, -75.0])
@pytest.mark.parametrize("scale_px", [20.0, 100.0])
def test_alignment_undoes_place_size_and_roll(roll_deg: float, scale_px: float) -> None:
    upright = five_points(HEAD)
    seen = five_points(shoot(person(), rotation(0, 0, roll_deg), scale_px, (70.0, 91.0)))

    def aligned(points: np.ndarray) -> np.ndarray:
        to = arcface_affine(points)
        return points @ to[:, :2].T + to[:, 2]

    np.testing.assert_allclose(aligned(seen), aligned(upright), atol=1e-9)
    assert np.abs(aligned(seen) - ARCFACE_POINTS).max() < 8  # a face is roughly the template


def test_the_map_is_the_best_similarity() -> None:
    """Gradient-free check: no small change of scale, angle or offset comes nearer to the template."""
    points = five_points(HEAD) + np.random.default_rng(0).normal(0, 4, (5, 2))
    best = arcface_affine(points)

    def error(to: np.ndarray) -> float:
        return float(((points @ to[:, :2].T + to[:, 2] - ARCFACE_POINTS) ** 2).sum())

    for step in (1e-3, -1e-3):
        turn = np.array([[np.cos(step), -np.sin(step)], [np.sin(step), np.cos(step)]])
        for changed in (best * [[1, 1, 1 + step]], np.concatenate([turn @ best[:, :2], best[:, 2:]], axis=1),
                        np.concatenate([(1 + step) * best[:, :2], best[:, 2:]], axis=1)):  # fmt: skip
            assert error(changed) > error(best)


def test_the_chip_shows_the_face_and_black_outside() -> None:
    image = np.full((256, 256, 3), 200, np.uint8)
    right_eye = five_points(HEAD)[0]
    y, x = np.mgrid[:256, :256]
    image[(x - right_eye[0]) ** 2 + (y - right_eye[1]) ** 2 < 9] = (255, 0, 0)
    chip = arcface_chip(image, five_points(HEAD))
    assert chip.shape == (112, 112, 3) and chip.dtype == np.uint8
    rows, columns = np.nonzero((chip[..., 0] > 200) & (chip[..., 1] < 60))
    np.testing.assert_allclose([columns.mean(), rows.mean()], ARCFACE_POINTS[0], atol=4)
    outside = arcface_chip(image, five_points(HEAD) - [250, 0])
    assert (outside[:, :20] == 0).all()


def test_vggface2_chips_are_upright_squares_around_the_box() -> None:
    """A mark in the middle of the box stays in the middle; the box's shorter side fills 224 / 1.1375 of the chip."""
    xy = HEAD[:, :2]
    low, high = xy.min(axis=0), xy.max(axis=0)
    low[1] -= 0.12 * (high[0] - low[0])
    image = np.zeros((256, 256, 3), np.uint8)
    x0, y0, x1, y1 = np.rint([*low, *high]).astype(int)
    image[y0 : y1 + 1, x0 : x1 + 1] = 255
    chip = vggface2_chip(image, HEAD)
    assert chip.shape == (224, 224, 3)
    inside = chip[..., 0] > 127
    rows, columns = np.nonzero(inside)
    np.testing.assert_allclose([columns.mean(), rows.mean()], [111.5, 111.5], atol=1.5)
    shorter = min(np.ptp(rows), np.ptp(columns))
    assert shorter == pytest.approx(224 * 256 / (1.3 * 224), abs=3)
