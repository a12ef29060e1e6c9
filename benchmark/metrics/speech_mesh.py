"""M_P, M_V, F_P, F_V (paper section 6.2, Tables 5 and 6): error of landmark position and velocity.

The paper fixes the normalisation and the mean absolute error, not the detector. Each number here therefore carries its
detector's name: `m_p[mesh468]`, `m_p[landmarks68]`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import pair_landmarks
from benchmark.metrics.frontal import frontalise
from benchmark.metrics.known_answers import error_answers
from benchmark.metrics.landmark_sets import LANDMARK_SETS, MESH468, LandmarkSet
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, mean_score

_Errors = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def normalise_to_mouth(
    landmarks_px: np.ndarray,  # [T, N, 3], NaN where missing
    landmark_set: LandmarkSet = MESH468,
) -> np.ndarray:
    """Frontal landmarks with the mouth corners at (-1, 0) and (1, 0), float64 [T, N, 2]; NaN where missing.

    Per frame: frontalise, drop depth, then the in-plane similarity that puts the subject's right corner at
    (-1, 0) and the left one at (1, 0). One unit is half a mouth width of that frame.
    """
    plane = frontalise(landmarks_px, landmark_set)[..., :2]
    z = plane[..., 0] + 1j * plane[..., 1]  # a similarity of the plane is multiplication by a complex number
    right, left = (z[:, corner, None] for corner in landmark_set.mouth_corners)
    with np.errstate(invalid="ignore"):  # frames without a face stay NaN
        z = (z - (left + right) / 2) / ((left - right) / 2)
    return np.stack([z.real, z.imag], axis=-1)


def position_errors(
    output: np.ndarray,  # [T, N, 2] normalised
    reference: np.ndarray,  # [T, N, 2] normalised
    points: np.ndarray,  # indices
) -> np.ndarray:
    """Mean absolute error over points and coordinates, [T]."""
    error: np.ndarray = np.abs(output[:, points] - reference[:, points]).mean(axis=(1, 2))
    return error


def velocity_errors(
    output: np.ndarray,  # [T, N, 2] normalised
    reference: np.ndarray,  # [T, N, 2] normalised
    points: np.ndarray,  # indices
) -> np.ndarray:
    """Mean absolute error of the change since the previous frame, [T - 1]; NaN where one is missing."""
    difference = output[:, points] - reference[:, points]
    error: np.ndarray = np.abs(np.diff(difference, axis=0)).mean(axis=(1, 2))
    return error


def score_positions(case: CaseFeatures, landmark_set: LandmarkSet, points: np.ndarray) -> CaseScore:
    """Mean position error of some points against the reference, over frames."""
    paired = pair_landmarks(case, landmark_set, against="reference")
    if isinstance(paired, CaseScore):
        return paired
    errors = _errors(position_errors, paired.output, paired.other, landmark_set, points)
    return mean_score(errors[[reason is None for reason in paired.failures]], paired.failures)


def score_velocities(case: CaseFeatures, landmark_set: LandmarkSet, points: np.ndarray) -> CaseScore:
    """Mean velocity error of some points against the reference, over pairs of neighbouring frames."""
    paired = pair_landmarks(case, landmark_set, against="reference")
    if isinstance(paired, CaseScore):
        return paired
    # One value per pair of neighbours; a pair fails with its first failing frame.
    failures = [a or b for a, b in zip(paired.failures[:-1], paired.failures[1:], strict=True)]
    errors = _errors(velocity_errors, paired.output, paired.other, landmark_set, points)
    return mean_score(errors[[reason is None for reason in failures]], failures)


def _errors(
    function: _Errors, output: np.ndarray, other: np.ndarray, landmark_set: LandmarkSet, points: np.ndarray
) -> np.ndarray:
    return function(normalise_to_mouth(output, landmark_set), normalise_to_mouth(other, landmark_set), points)


_DETECTORS = {
    "mesh468": "MediaPipe's 468-point mesh (192 px), corners 61 and 291, 40 lip points",
    "mesh478": "MediaPipe's 478-point mesh (256 px), corners 61 and 291, 40 lip points, the irises left out",
    "landmarks68": "insightface's 68-point 3D net (192 px), corners 48 and 54, lip points 48-67",
}


def _entries(landmark_set: LandmarkSet) -> tuple[CaseMetric, ...]:
    name, mouth, face = landmark_set.name, landmark_set.mouth, landmark_set.face
    lips, all_points = f"{len(mouth)} lip landmarks", f"{len(face)} face landmarks"
    change = "the frame-to-frame change of "
    velocities = error_answers(on.FROZEN_MOUTH, on.STILL, on.DELAYED, on.SHUFFLED)
    positions = error_answers(on.FROZEN_MOUTH, on.STILL, on.DELAYED, on.SHUFFLED, on.MIRRORED)
    cards = (
        _card(f"m_p[{name}]", "M_P", lips, name),
        _card(f"m_v[{name}]", "M_V", change + lips, name),
        _card(f"f_p[{name}]", "F_P", all_points, name),
        _card(f"f_v[{name}]", "F_V", change + all_points, name),
    )
    return (
        CaseMetric(cards[0], partial(_positions, landmark_set, mouth), positions),
        CaseMetric(cards[1], partial(_velocities, landmark_set, mouth), velocities),
        CaseMetric(cards[2], partial(_positions, landmark_set, face), positions),
        CaseMetric(cards[3], partial(_velocities, landmark_set, face), velocities),
    )


def _positions(landmark_set: LandmarkSet, points: np.ndarray, case: CaseFeatures) -> CaseScore:
    return score_positions(case, landmark_set, points)


def _velocities(landmark_set: LandmarkSet, points: np.ndarray, case: CaseFeatures) -> CaseScore:
    return score_velocities(case, landmark_set, points)


def _card(metric_id: str, title: str, what: str, detector: str) -> MetricCard:
    return MetricCard(
        id=metric_id,
        title=title if detector == "mesh468" else f"{title} {detector}",
        unit="half mouth widths",
        higher_is_better=False,
        level="case",
        needs=frozenset({"reference"}),
        features=tuple(dict.fromkeys(("mesh468", detector))),
        summary=f"Mean absolute error of {what}, frontalised, mouth corners at (-1, 0) and (1, 0) in every frame.",
        definition=f"Mean over frames, points and both coordinates of `|x_out - x_ref|` of {what}. `x`: landmarks"
        " frontalised (rotation of the best similarity of the rigid points onto a canonical head, undone), depth"
        " dropped, then the in-plane similarity that puts the mouth corners at (-1, 0) and (1, 0): one unit is half a"
        " mouth width of that frame, scale factor 1. Velocities are differences of neighbouring frames, per frame, not"
        " per second; a pair needs both. Index sets: `benchmark.metrics.landmark_sets`.",
        value_range=(0.0, None),
        preprocessing=f"{_DETECTORS[detector]}; head pose undone by the rigid points (Umeyama 1991)",
        pitfalls=(
            "The paper states neither its landmark model nor its frontalisation nor the scale of its numbers (M_P"
            " 2.53): do not compare them with these.",
            "Other detectors place other points: compare numbers of one detector only.",
            "Mouth width is not measured, because the corners are at fixed places; a wrong width scales everything"
            " else (F_P most).",
            "Velocity depends on the frame rate and is dominated by detection noise on quiet clips.",
        ),
        source="EMOPortraits section 6.2, Tables 5 and 6 (after Gururani et al. 2022); the scale there is not stated:"
        " do not compare",
    )


ENTRIES: tuple[CaseMetric, ...] = tuple(entry for one in LANDMARK_SETS.values() for entry in _entries(one))
