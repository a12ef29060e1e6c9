"""Known values of JOD: chosen differences of frames, pooled by the published formula. The package is not run."""

from __future__ import annotations

from math import sqrt

import numpy as np

from benchmark.doctor.known_values.heads import case, video
from benchmark.doctor.known_values.value import CLOSED_FORM, INDEPENDENT, KnownValue, of_case
from benchmark.features.types.case import CaseFeatures

_METRIC, _FEATURE = "jod[standard_4k]", "visible-difference[standard_4k]"
# jod_a, jod_exp, image_int of the published parameters
_A, _EXPONENT, _IMAGE = 0.0439569391310215, 0.9302042722702026, 0.577918291091919


def known_values() -> tuple[KnownValue, ...]:
    """Large and small differences: below a tenth the scale is a line."""
    many = [0.7, 2.5, 0.01, 4.0]
    mean_square = sum(q * q for q in many) / len(many)
    small = [0.03, 0.05, 0.04]
    little = sum((q + 1e-5) ** 2 - 1e-10 for q in small) / len(small)
    q = sqrt(little + 1e-5) - sqrt(1e-5)
    line = 10 - _A * 0.1 ** (_EXPONENT - 1) * q
    found = [
        of_case(
            _METRIC,
            "four frames, a fifth is missing",
            INDEPENDENT,
            _seen(many, 5),
            10 - _A * sqrt(mean_square) ** _EXPONENT,
            scored=4,
            due=5,
            tolerance=3e-4,
        ),
        of_case(_METRIC, "differences that are hardly seen", INDEPENDENT, _seen(small, 3), line, tolerance=1e-7),
        of_case(
            _METRIC,
            "a picture that should be a video",
            CLOSED_FORM,
            _seen([2.0], 3),
            10 - _A * (2 * _IMAGE) ** _EXPONENT,
            scored=1,
            due=3,
        ),
        of_case(_METRIC, "one picture", CLOSED_FORM, _seen([2.0], 1), 10 - _A * (2 * _IMAGE) ** _EXPONENT),
        of_case(_METRIC, "one frame of a video", CLOSED_FORM, _seen([0.0], 1), 10.0),
    ]
    # At the end of the line, and just beyond it.
    for difference in (0.1, 0.1001):
        value = 10 - _A * difference**_EXPONENT
        where = _seen([difference / _IMAGE], 1)
        found.append(of_case(_METRIC, f"a picture at {difference:g}", CLOSED_FORM, where, value, tolerance=1e-8))
    return tuple(found)


def _seen(differences: list[float], frames: int) -> CaseFeatures:
    truth = video(None, frames=frames)
    pairs = {_FEATURE: np.array(differences, np.float32)}
    return case(video(None, frames=len(differences)), truth, reference=truth, pairs=pairs)
