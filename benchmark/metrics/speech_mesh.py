"""M_P, M_V, F_P, F_V (paper section 6.2, Tables 5 and 6): error of landmark position and velocity.

The paper fixes the normalisation and the mean absolute error, not the detector. Each number here therefore carries its
detector's name: `m_p[mesh468]`, `m_p[landmarks68]`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import pair_landmarks
from benchmark.metrics.frontal import frontalise
from benchmark.metrics.known_answers import EXACT, NO_FACE, Near, NoValue, Same, Worse, error_answers
from benchmark.metrics.landmark_sets import LANDMARK_SETS, MESH468, LandmarkSet
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.permuted import LEVEL, N_PERMUTED
from benchmark.metrics.scores import CaseScore, count_reasons, mean_score
from benchmark.metrics.velocity_lag import (
    BLOCK_FRAMES,
    MAX_LAG_FRAMES,
    MIN_PAIRS_OF_LAG,
    VelocityLag,
    find_velocity_lag,
)

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


def score_velocity_lag(
    case: CaseFeatures, landmark_set: LandmarkSet, points: np.ndarray, value: Callable[[VelocityLag], float | str]
) -> CaseScore:
    """One number of `find_velocity_lag` of some points, counted in pairs of neighbouring frames."""
    paired = pair_landmarks(case, landmark_set, against="reference")
    if isinstance(paired, CaseScore):
        return paired
    failures = [a or b for a, b in zip(paired.failures[:-1], paired.failures[1:], strict=True)]
    output, reference = (
        np.diff(normalise_to_mouth(rows, landmark_set)[:, points].reshape(len(rows), -1), axis=0)
        for rows in (paired.output, paired.other)
    )
    found = find_velocity_lag(output, reference)
    answer = found if isinstance(found, str) else value(found)
    if isinstance(answer, str):
        return CaseScore(None, len(failures), 0, count_reasons([failure or answer for failure in failures]))
    return CaseScore(answer, len(failures), sum(failure is None for failure in failures), count_reasons(failures))


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
    follow = (
        (lips, "m_v", "M_V", mouth),
        (all_points, "f_v", "F_V", face),
    )
    return (
        CaseMetric(cards[0], partial(_positions, landmark_set, mouth), positions),
        CaseMetric(cards[1], partial(_velocities, landmark_set, mouth), velocities),
        CaseMetric(cards[2], partial(_positions, landmark_set, face), positions),
        CaseMetric(cards[3], partial(_velocities, landmark_set, face), velocities),
        *(
            CaseMetric(
                card, partial(score_velocity_lag, landmark_set=landmark_set, points=points, value=value), answers
            )
            for what, metric, title, points in follow
            for card, value, answers in (
                (_correlation_card(metric, title, what, name), _correlation, _CORRELATION_ANSWERS),
                (_lag_card(metric, title, what, name), _lag, _LAG_ANSWERS),
            )
        ),
    )


def _positions(landmark_set: LandmarkSet, points: np.ndarray, case: CaseFeatures) -> CaseScore:
    return score_positions(case, landmark_set, points)


def _velocities(landmark_set: LandmarkSet, points: np.ndarray, case: CaseFeatures) -> CaseScore:
    return score_velocities(case, landmark_set, points)


def _correlation(found: VelocityLag) -> float:
    return found.correlation


def _lag(found: VelocityLag) -> float | str:
    return found.lag_frames


_CORRELATION_ANSWERS = (
    Near(on.TRUTH, 1.0, EXACT),
    Near(on.STILL, 0.0, EXACT),
    Worse(on.FROZEN_MOUTH),
    Worse(on.SHUFFLED),
    Same(on.DELAYED, tolerance=0.25),
    *NO_FACE,
)
_LAG_ANSWERS = (
    Near(on.TRUTH, 0.0, EXACT),
    Near(on.DELAYED, on.DELAY_FRAMES, 1.0),
    NoValue(on.STILL),
    *NO_FACE,
)
_FOLLOWS = (
    "`v`: differences of neighbouring frames of the landmarks that {velocity} compares, less their mean."
    " `r(k) = sum_t v_out(t + k) . v_ref(t) / sqrt(sum |v_out|^2 sum |v_ref|^2)` over the frames that both have, for"
    f" `k` up to {MAX_LAG_FRAMES} frames either way, at most a third of the clip. "
)


def _correlation_card(metric: str, title: str, what: str, detector: str) -> MetricCard:
    return replace(
        _card(f"{metric}_correlation[{detector}]", f"{title} correlation", what, detector),
        unit="",
        higher_is_better=True,
        summary=f"Correlation of the velocities of {what} with the reference's at the lag where it is greatest: 1 moves"
        " as the reference does, be it later; 0 does not move at all.",
        definition=_FOLLOWS.format(velocity=title) + "The greatest `r(k)`; 0 for an output that does not move.",
        value_range=(-1.0, 1.0),
        pitfalls=(
            "It does not see how large the motion is: half of every movement correlates as much as all of it.",
            f"Noise finds some lag, too: a few tenths on short clips. {metric}_lag says whether it stands out.",
            *_pitfalls(1, 2),
        ),
        source="this project",
    )


def _lag_card(metric: str, title: str, what: str, detector: str) -> MetricCard:
    return replace(
        _card(f"{metric}_lag[{detector}]", f"{title} lag", what, detector),
        unit="frames",
        higher_is_better=None,
        summary=f"By how many frames the motion of {what} comes later than the reference's. Best at 0.",
        definition=_FOLLOWS.format(velocity=title)
        + "The `k` of the greatest `r(k)`, moved to the vertex of the parabola through it and its neighbours. No value"
        f" where strangers' motion fits as well in more than {100 * LEVEL:g} %, at the end of the search, and of less"
        f" than {MIN_PAIRS_OF_LAG} pairs. Strangers are {N_PERMUTED} copies of the reference's velocities with blocks"
        f" of {BLOCK_FRAMES} frames in random order, and {N_PERMUTED} with the phases of their frequencies drawn anew;"
        " what has to stand out of both is the greatest `r(k) sqrt(1 - |k| / T)`.",
        value_range=(-float(MAX_LAG_FRAMES), float(MAX_LAG_FRAMES)),
        pitfalls=(
            "Motion that repeats itself fits at several lags.",
            "Of strangers' motion on real clips of 2 s 5.6 % (mouths) and 5.8 % (faces) stand out, of motion drawn at"
            " random 2 to 4 % (scripts/validate_nulls.py, docs/sound.md).",
            *_pitfalls(1),
        ),
        source="this project",
    )


def _pitfalls(*chosen: int) -> tuple[str, ...]:
    return tuple(_PITFALLS[place] for place in chosen)


_PITFALLS = (
    "The paper states neither its landmark model nor its frontalisation nor the scale of its numbers (M_P"
    " 2.53): do not compare them with these.",
    "Other detectors place other points: compare numbers of one detector only.",
    "Mouth width is not measured, because the corners are at fixed places; a wrong width scales everything"
    " else (F_P most).",
    "Velocity depends on the frame rate and is dominated by detection noise on quiet clips.",
)
_VELOCITY_PITFALL = (
    "It is the paper's definition, frame t against frame t: a frozen face is nearer to the truth than perfect motion"
    " that comes a few frames late. Read it with {metric}_correlation and {metric}_lag."
)


def _card(metric_id: str, title: str, what: str, detector: str) -> MetricCard:
    is_position = metric_id.partition("[")[0].endswith("_p")
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
        pitfalls=(*([] if is_position else [_VELOCITY_PITFALL.format(metric=metric_id.partition("[")[0])]), *_PITFALLS),
        source="EMOPortraits section 6.2, Tables 5 and 6 (after Gururani et al. 2022); the scale there is not stated:"
        " do not compare",
    )


ENTRIES: tuple[CaseMetric, ...] = tuple(entry for one in LANDMARK_SETS.values() for entry in _entries(one))
