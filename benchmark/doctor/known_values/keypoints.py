"""Known values of LMD in all its forms: every point of every frame off by its own distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.doctor.known_values.heads import EYE_CORNERS_68, EYE_CORNERS_468, FRAME_HW, case, video
from benchmark.doctor.known_values.value import INDEPENDENT, KnownValue, of_case

# MediaPipe's lips, written out again: the outer and the inner ring.
LIPS_468 = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
)  # fmt: skip
_T, _GONE, _KEPT = 6, 2, (0, 1, 3, 4)


def known_values() -> tuple[KnownValue, ...]:
    """Depth does not count; a frame has no face, and the last is missing."""
    random, found = np.random.default_rng(81), []
    for name, count, lips, eyes in (
        ("mesh468", 468, LIPS_468, EYE_CORNERS_468),
        ("landmarks68", 68, tuple(range(48, 68)), EYE_CORNERS_68),
    ):
        reference = random.uniform(0, 240, (_T, count, 3)).astype(np.float32)
        off = random.normal([3, -2, 9], np.arange(1, _T + 1)[:, None, None], reference.shape)
        output = (reference + off).astype(np.float32)
        sides = [
            video(px, gone) if name == "mesh468" else video(None, gone, {name: px}, frames=len(px))
            for px, gone in ((output[:-1], (_GONE,)), (reference, ()))
        ]
        where = case(sides[0], video(random.uniform(0, 99, (_T, 468, 3))), reference=sides[1])
        for metric, points, centred in (
            ("lmd", range(count), False),
            ("lmd_f", range(count), True),
            ("lmd_m", lips, True),
        ):
            apart = [_apart(output[t].tolist(), reference[t].tolist(), points, centred) for t in _KEPT]
            eye = [
                float(np.hypot(*(reference[t, eyes[0], :2].astype(float) - reference[t, eyes[1], :2]))) for t in _KEPT
            ]
            text = "random points, each off by its own distance"
            px = sum(apart) / len(apart) * 256 / FRAME_HW[0]
            share = 100 * sum(a / b for a, b in zip(apart, eye, strict=True)) / len(apart)
            for one, value in ((f"{metric}[{name}]", px), (f"n{metric}[{name}]", share)):
                found.append(
                    of_case(one, text, INDEPENDENT, where, value, scored=len(_KEPT), due=_T, tolerance=1e-5 * value)
                )
    return tuple(found)


def _apart(output: list[list[float]], reference: list[list[float]], points: Sequence[int], centred: bool) -> float:
    off = [(output[i][0] - reference[i][0], output[i][1] - reference[i][1]) for i in points]
    middle = [sum(one[axis] for one in off) / len(off) if centred else 0.0 for axis in range(2)]
    return sum(((x - middle[0]) ** 2 + (y - middle[1]) ** 2) ** 0.5 for x, y in off) / len(off)
