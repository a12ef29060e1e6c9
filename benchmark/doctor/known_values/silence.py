"""Known values of mouths in silence: openings that are chosen, and a voice that is silent for chosen times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmark.doctor.known_values.heads import EYE_CORNERS_468, LIP_PAIRS, case, template, video
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, INDEPENDENT, KnownValue, of_case, of_function
from benchmark.features.types.case import FaceFeatures

_METRIC = "silence_opening[mesh468]"
# Loud, silent for 0.4 s, loud, silent for 0.29 s (too short), loud, silent for 0.3 s to the end.
_LEVELS = np.array([0.9] * 50 + [0.24] * 40 + [0.26] * 30 + [0.1] * 29 + [0.7] * 21 + [0.0] * 30, np.float32)
_SILENT = ((0.6, 0.8), (1.8, 1.9))  # less 0.1 s at both ends


def known_values() -> tuple[KnownValue, ...]:
    """Frames at 25 per second; one of the silent ones has no face, the last is missing."""
    random = np.random.default_rng(71)
    times = 0.0 + np.arange(50) / 25
    truth, output = random.uniform(0, 0.3, 50), random.uniform(0, 0.4, 50)
    silent = [t for t in range(50) if any(a - 1e-6 <= times[t] <= b + 1e-6 for a, b in _SILENT)]
    lost = silent[2]
    sides = [_speaking(output[:-3], (lost,)), _speaking(truth)]
    sides = [replace(one, times_s=times[: len(one)]) for one in sides]
    where = case(*sides, reference=sides[1], sound={"speech-envelope": _LEVELS})
    kept = [t for t in silent if t != lost and t < 47]
    openings = [(max(_opening(sides[0].landmarks_px[t]) - _opening(sides[1].landmarks_px[t]), 0.0)) for t in kept]
    name, expected = "openings drawn at random, three silences", 100 * sum(openings) / len(openings)
    found = [of_case(_METRIC, name, INDEPENDENT, where, expected, scored=len(kept), due=len(silent), tolerance=1e-3)]
    loud = replace(where, sound={"speech-envelope": np.full(200, 0.25, np.float32)})
    found.append(of_case(_METRIC, "a voice that is never silent", EXACTLY, loud, None))
    for place, (begin, end) in enumerate(_SILENT):
        for side, value in ((0, begin), (1, end)):
            text = f"{'end' if side else 'beginning'} of silence {place}"
            found.append(of_function(_METRIC, text, CLOSED_FORM, _edge(place, side), value, tolerance=1e-9))
    return tuple(found)


def _edge(place: int, side: int) -> Callable[[], float]:
    def ask() -> float:
        from benchmark.metrics.silence import silences_s

        return float(silences_s(_LEVELS)[place, side])

    return ask


def _speaking(openings: np.ndarray, missing: tuple[int, ...] = ()) -> FaceFeatures:
    """Faces whose inner lips are so far apart, of an eye distance; sizes differ."""
    head = template()[0] * [1.0, -1.0, -1.0]
    eyes = float(np.linalg.norm(head[EYE_CORNERS_468[0]] - head[EYE_CORNERS_468[1]]))
    shots = []
    for t, opening in enumerate(openings):
        face = head.copy()
        for upper, lower in LIP_PAIRS:
            face[lower] = face[upper] + [0.0, opening * eyes, 0.0]
        shots.append(face * (70 + t % 5) + 130)
    return video(np.stack(shots), missing)


def _opening(points: np.ndarray) -> float:
    eyes = float(np.linalg.norm(points[EYE_CORNERS_468[0]].astype(float) - points[EYE_CORNERS_468[1]]))
    return sum(float(np.linalg.norm(points[a].astype(float) - points[b])) for a, b in LIP_PAIRS) / 7 / eyes
