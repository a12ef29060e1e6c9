"""Triangles come to lie where they should, near ones over far ones."""

from __future__ import annotations

import numpy as np

from baselines.warp.pieces import draw, face_triangles, facing, fan, signed_areas, with_middle
from feed_dataset.core.faces.geometry import template
from feed_dataset.core.faces.mesh_indices import LIPS_INNER

SIDE = 64
SQUARE = np.array([[8.0, 8.0], [40.0, 8.0], [40.0, 40.0], [8.0, 40.0]])
HALVES = np.array([[0, 1, 2], [0, 2, 3]])


def picture() -> np.ndarray:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    return np.stack([4 * x, 4 * y, 2 * (x + y)], -1).astype(np.uint8)


def test_what_stays_in_place_is_the_image() -> None:
    canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
    draw(canvas, picture(), SQUARE, SQUARE, HALVES)
    assert np.array_equal(canvas[8:41, 8:41], picture()[8:41, 8:41])
    assert not canvas[:7].any() and not canvas[:, 42:].any(), "nothing is drawn outside"


def test_a_shift_and_a_stretch_are_exact_where_colours_are_linear() -> None:
    canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
    target = np.array([10.0, 20.0]) + (SQUARE - 8) * np.array([1.5, 0.5])
    draw(canvas, picture(), SQUARE, target, HALVES)
    x, y = 40, 30  # from x = 8 + 30 / 1.5, y = 8 + 10 / 0.5
    assert np.abs(canvas[y, x].astype(int) - [4 * 28, 4 * 28, 2 * 56]).max() <= 1


def test_the_nearer_triangle_covers_the_farther_one() -> None:
    points = np.array([[8.0, 8, 5], [40, 8, 5], [8, 40, 5], [8, 8, -5], [40, 8, -5], [8, 40, -5]])
    both = np.array([[3, 4, 5], [0, 1, 2]])
    assert facing(points, points, both).tolist() == [[0, 1, 2], [3, 4, 5]], "the far one is drawn first"


def test_what_turns_its_back_is_not_drawn() -> None:
    points = np.array([[8.0, 8, 0], [40, 8, 0], [8, 40, 0]])
    turned = points * [-1, 1, 1]
    assert len(facing(points, turned, np.array([[0, 1, 2]]))) == 0


def test_flat_triangles_draw_nothing() -> None:
    canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
    draw(canvas, picture(), SQUARE, np.full((4, 2), 20.0), HALVES)
    assert not canvas.any()


def test_a_fan_covers_its_polygon() -> None:
    areas = signed_areas(with_middle(SQUARE), fan(4))
    assert (areas > 0).all() and areas.sum() / 2 == 32 * 32


def test_the_face_has_a_hole_at_the_mouth_only() -> None:
    """Every landmark is a corner; no triangle spans the inside of the lips; all show the same side."""
    triangles, (points, _) = face_triangles(), template()
    assert set(triangles.ravel().tolist()) == set(range(468))
    assert not np.isin(triangles, LIPS_INNER).all(axis=1).any()
    areas = signed_areas(points, triangles)
    assert (areas > 0).mean() > 0.97, "counterclockwise in the neutral face, too, but for folds"
