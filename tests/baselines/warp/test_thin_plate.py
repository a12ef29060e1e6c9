"""The warp against known maps, and against a spline solved here as Bookstein wrote it down."""

from __future__ import annotations

import cv2
import numpy as np

from baselines.warp.thin_plate import spline_on_grid, warp_image

SIDE = 96
POINTS = np.stack(np.meshgrid(*[np.linspace(10, SIDE - 10, 4)] * 2), axis=-1).reshape(-1, 2)


def picture() -> np.ndarray:
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    return (np.stack([x, y, 0.5 + 0.5 * np.sin(12 * x) * np.cos(9 * y)], -1) * 255).astype(np.uint8)


def bookstein(at: np.ndarray, points: np.ndarray, values: np.ndarray, smoothness: float) -> np.ndarray:
    """Values at `at` of the spline with f(points) ~ values: r^2 log r between points, plus an affine part."""

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        distance = np.linalg.norm(a[:, None] - b[None], axis=-1)
        return distance**2 * np.log(np.maximum(distance, 1e-15))

    count = len(points)
    affine = np.column_stack([np.ones(count), points])
    system = np.block([[kernel(points, points) + smoothness * np.eye(count), affine], [affine.T, np.zeros((3, 3))]])
    weights = np.linalg.solve(system, np.vstack([values, np.zeros((3, 2))]))
    return kernel(at, points) @ weights[:count] + np.column_stack([np.ones(len(at)), at]) @ weights[count:]


def test_the_spline_is_booksteins() -> None:
    target = POINTS + np.random.default_rng(2).normal(size=POINTS.shape) * 3
    pixels = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2)
    where = SIDE * bookstein(pixels / SIDE, target / SIDE, POINTS / SIDE, 1e-2)
    x, y = where.reshape(SIDE, SIDE, 2).transpose(2, 0, 1).astype(np.float32)
    expected = cv2.remap(picture(), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    assert np.abs(warp_image(picture(), POINTS, target, 1e-2).astype(int) - expected).max() <= 3
    assert np.abs(picture().astype(int) - expected).max() > 40  # the warp is not a small one


def test_the_spline_is_scipys() -> None:
    from scipy.interpolate import RBFInterpolator

    moved = POINTS / SIDE + np.random.default_rng(3).normal(size=POINTS.shape) * 0.03
    at = np.concatenate([moved, moved[:2]])  # two points twice
    values, axis = np.concatenate([POINTS, POINTS[:2]]) / SIDE, np.linspace(0, 1, 25)
    theirs = RBFInterpolator(at, values, smoothing=1e-4, kernel="thin_plate_spline", degree=1)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    ours = spline_on_grid(at, values, 1e-4, axis)
    assert np.allclose(ours, theirs(grid.reshape(-1, 2)).reshape(ours.shape), rtol=0, atol=1e-10)


def test_points_that_stay_leave_the_image() -> None:
    assert np.abs(warp_image(picture(), POINTS, POINTS).astype(int) - picture()).max() <= 1


def test_an_affine_motion_of_the_points_is_that_motion_of_the_image() -> None:
    warped = warp_image(picture(), POINTS, POINTS + [8, -4])
    assert np.abs(warped[:-4, 8:].astype(int) - picture()[4:, :-8]).max() <= 1
    assert np.array_equal(warped[:, :8], np.repeat(warped[:, 8:9], 8, axis=1))  # the border repeats


def test_points_that_fall_together_give_a_whole_image() -> None:
    folded = POINTS.copy()
    folded[::2] = folded[1::2]
    warped = warp_image(picture(), POINTS, folded)
    assert warped.shape == picture().shape and warped.std() > 10
