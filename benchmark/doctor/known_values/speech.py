"""Known values of M_P, M_V, F_P and F_V: random faces, normalised to the corners of the mouth a second time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.doctor.known_values.heads import (
    EYE_CORNERS_68,
    EYE_CORNERS_468,
    RIGID_68,
    RIGID_468,
    case,
    people,
    seen_by,
    template,
    upright,
    video,
)
from benchmark.doctor.known_values.value import EXACTLY, INDEPENDENT, KnownValue, of_case
from benchmark.doctor.known_values.velocities import by_lag

_FRAMES, _WITHOUT_FACE = 8, 3  # the output has one frame fewer
_LONGER, _LATER_WITHOUT_FACE = 26, 9
_KEPT = (0, 1, 2, 4, 5, 6)
_STEPS = ((0, 1), (1, 2), (4, 5), (5, 6))  # neighbours that both sides have
_LIPS_468 = (
    0, 13, 14, 17, 37, 39, 40, 61, 78, 80, 81, 82, 84, 87, 88, 91, 95, 146, 178, 181, 185, 191, 267, 269, 270, 291, 308,
    310, 311, 312, 314, 317, 318, 321, 324, 375, 402, 405, 409, 415,
)  # fmt: skip


def known_values() -> tuple[KnownValue, ...]:
    """Of each detector: errors of positions and of velocities, and the lag of motion, of the lips and of the face."""
    sets = (("mesh468", _LIPS_468, 468), ("mesh478", _LIPS_468, 468), ("landmarks68", range(48, 68), 68))
    return tuple(one for detector in sets for one in (*_of(*detector), *_lagging(*detector)))


def _of(detector: str, lips: Sequence[int], count: int) -> list[KnownValue]:
    canonical = _canonical(count)
    reference_px, output_px = people(canonical, seed=11, frames=_FRAMES)
    apart = _normalised(output_px, canonical) - _normalised(reference_px, canonical)
    change = np.stack([apart[after] - apart[before] for before, after in _STEPS])
    apart = apart[list(_KEPT)]
    output, reference = seen_by(detector, output_px[:-1], (_WITHOUT_FACE,)), seen_by(detector, reference_px, ())
    unlike = video(np.random.default_rng(0).uniform(0, 99, (_FRAMES, 468, 3)))  # the driver does not matter
    where = case(output, unlike, reference=reference)
    found = []
    for metric, errors, points in (
        ("m_p", apart, lips),
        ("f_p", apart, range(count)),
        ("m_v", change, lips),
        ("f_v", change, range(count)),
    ):
        expected = sum(np.abs(errors[:, point]).sum() for point in points) / (2 * len(points) * len(errors))
        name, basis = "two people in random expressions and poses", INDEPENDENT
        found.append(
            of_case(
                f"{metric}[{detector}]",
                name,
                basis,
                where,
                float(expected),
                scored=len(errors),
                due=_FRAMES - (metric[2] == "v"),
                tolerance=2e-5,
            )
        )
    return found


def _lagging(detector: str, lips: Sequence[int], count: int) -> list[KnownValue]:
    """The output moves two frames late; one of its frames has no face."""
    canonical = _canonical(count)
    reference_px, output_px = people(canonical, seed=12, frames=_LONGER, mirrored=None)
    output_px = np.concatenate([output_px[:1], output_px[:1], output_px[:-2]])
    where = case(
        seen_by(detector, output_px, (_LATER_WITHOUT_FACE,)),
        video(np.random.default_rng(0).uniform(0, 99, (_LONGER, 468, 3))),
        reference=seen_by(detector, reference_px, ()),
    )
    unrelated_px = people(canonical, seed=13, frames=_LONGER)[1]
    unrelated = case(seen_by(detector, unrelated_px, ()), where.driver, reference=where.reference)
    steps = [t for t in range(_LONGER - 1) if _LATER_WITHOUT_FACE not in (t, t + 1)]
    found = []
    for letter, points in (("m", lips), ("f", range(count))):
        moved, truth = (
            np.diff(_normalised(px, canonical)[:, list(points)], axis=0).reshape(_LONGER - 1, -1)
            for px in (output_px, reference_px)
        )
        values = by_lag(moved, truth, steps, len(steps) // 3)
        best = int(np.argmax(values))
        second, first, _ = np.polyfit([-1.0, 0.0, 1.0], values[best - 1 : best + 2], 2)
        expected = {"correlation": values[best], "lag": best - len(steps) // 3 - first / (2 * second)}
        found += [
            of_case(
                f"{letter}_v_{key}[{detector}]",
                "motion that comes two frames late",
                INDEPENDENT,
                where,
                float(value),
                scored=len(steps),
                tolerance=1e-4,
            )
            for key, value in expected.items()
        ]
        found.append(of_case(f"{letter}_v_lag[{detector}]", "unrelated motion", EXACTLY, unrelated, None))
    return found


def _canonical(count: int) -> np.ndarray:
    canonical = template()[0]
    if count != 68:
        return canonical
    from feed_dataset.synthetic.rig.landmarks import MESH_TO_68

    return np.asarray(canonical[list(MESH_TO_68)])


def _normalised(landmarks_px: np.ndarray, canonical: np.ndarray) -> np.ndarray:
    """x and y of every frame in half mouth widths, [T, N, 2]."""
    rigid: tuple[int, ...] = RIGID_468
    eyes, corners = EYE_CORNERS_468, (61, 291)
    if len(canonical) == 68:
        rigid, eyes, corners = RIGID_68, EYE_CORNERS_68, (48, 54)
    return np.stack([_on_corners(upright(one.astype(float), canonical, rigid, eyes), corners) for one in landmarks_px])


def _on_corners(head: np.ndarray, corners: tuple[int, int]) -> np.ndarray:
    """x and y in half mouth widths from the middle of the mouth, along the line of its corners, [N, 2]."""
    right, left = head[corners[0], :2], head[corners[1], :2]
    along = (left - right) / 2
    squared = float(along @ along)
    from_middle = head[:, :2] - (left + right) / 2
    return np.stack([from_middle @ along, from_middle @ np.array([-along[1], along[0]])], axis=1) / squared
