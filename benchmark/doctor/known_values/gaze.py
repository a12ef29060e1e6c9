"""Known values of the gaze error: eyes drawn by the model of an eyeball, looking in chosen directions."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.heads import TO_CAMERA, case, photograph, rotation, template, video
from benchmark.doctor.known_values.value import EXACTLY, KnownValue, of_case

_EYES = ((33, 133), (362, 263))  # corners, right and left
_OPEN, _SHUT = 0.1315, 0.1285  # of the eye's width; 0.13 is the least of an open eye
_TURNS_DEG = ((0, 0, 0), (25, -10, 12), (-20, 15, -30), (10, 5, 5), (0, 10, 3), (-8, 0, 0), (12, 12, 12))
_DRIVER = np.array([[0, 0, 1], [0.3, 0.1, 1], [-0.2, 0.3, 1], [0.1, -0.2, 1], [0.2, 0.2, 1], [0, 0, 1], [0.1, 0, 1]])
_OUTPUT = np.array([[0.1, 0, 1], [0.1, 0.3, 1], [-0.4, 0, 1], [0.3, 0.1, 1], [-0.1, 0, 1], [0.5, 0, 1], [0, 0, 1]])
_ONE_SHUT, _BOTH_SHUT, _BEYOND = 3, 4, 5


def known_values() -> tuple[KnownValue, ...]:
    """The angle between the chosen directions; a shut eye does not count, an iris off the eyeball is at its rim."""
    driver, output = (_unit(one) for one in (_DRIVER, _OUTPUT))
    sides = [_eyes(driver, seed=1), _eyes(output, seed=2)]
    drawn = output.copy()
    # Frame 5, no turn about two axes: found beyond the eyeball, its sine is cut to 0.95 in the camera's plane.
    turn = rotation(*_TURNS_DEG[_BEYOND])
    drawn[_BEYOND] = turn.T @ np.array([0.95, 0.0, np.sqrt(1 - 0.95**2)])
    kept = [0, 1, 2, 3, 5]  # both eyes are shut in 4, the output's last frame has no face
    cosines = (driver * drawn).sum(axis=1)[kept]
    expected = float(np.degrees(np.arccos(cosines)).mean())
    seen = [
        video(landmarks, missing, {"iris": irises})
        for (landmarks, irises), missing in zip(sides, ((), (6,)), strict=True)
    ]
    name = "eyeballs that look in chosen directions"
    where = case(seen[1], seen[0])
    return (of_case("gaze_error_deg[iris]", name, EXACTLY, where, expected, scored=5, due=7, tolerance=1e-3),)


def _eyes(directions: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks [T, 468, 3] and the iris net's points [T, 2, 76, 3] of heads whose eyes look in these directions."""
    random, heads, irises = np.random.default_rng(seed), [], []
    for frame, (turn_deg, direction) in enumerate(zip(_TURNS_DEG, directions, strict=True)):
        turn = rotation(*turn_deg)
        landmarks = photograph(template()[0], turn, 100.0 + frame)
        apart = float(np.linalg.norm(landmarks[263] - landmarks[33]))
        points = random.uniform(0, 300, (2, 76, 3))  # whatever is not drawn below must not matter
        for eye, corners in enumerate(_EYES):
            ends = landmarks[list(corners)] * TO_CAMERA
            centre = ends.mean(axis=0) - 7 / 91 * apart * turn[:, 2]
            look = turn @ direction
            reach = 10 / 91 * apart
            if frame == _BEYOND and seed == 2:
                look, reach = np.array([1.0, 0.0, 0.0]), 2 * reach
            elif frame == _ONE_SHUT and eye == 1:
                look = np.array([-0.5, 0.5, 0.5])
            points[eye, 0] = (centre + reach * look) * TO_CAMERA
            is_shut = frame == _BOTH_SHUT or (frame == _ONE_SHUT and eye == 1)
            _draw_lids(points[eye], (_SHUT if is_shut else _OPEN) * (1 if eye else -1))
        heads.append(landmarks)
        irises.append(points)
    return np.stack(heads), np.stack(irises)


def _draw_lids(
    points: np.ndarray,  # [76, 3], written to
    opening: float,
) -> None:
    """Corners 5 and 13, lower lid between them, upper lid 14 to 20: mean height `opening` times the width.

    Below the corners or, with a minus, above: the side does not matter.
    """
    points[5, :2], points[13, :2] = (100.0, 50.0), (124.0, 57.0)
    along = points[13, :2] - points[5, :2]
    across = np.array([-along[1], along[0]])
    for place, share in enumerate((0.2, 0.8, 1.0, 1.4, 1.6, 1.2, 0.8)):  # mean 1
        middle = points[5, :2] + along * (place + 1) / 8
        points[6 + place, :2] = middle + 0.7 * opening * share * across
        points[14 + place, :2] = middle - 0.3 * opening * share * across


def _unit(directions: np.ndarray) -> np.ndarray:
    return np.asarray(directions / np.linalg.norm(directions, axis=1, keepdims=True))
