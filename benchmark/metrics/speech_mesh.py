"""M_P, M_V, F_P, F_V (paper section 6.2, Tables 5 and 6): error of landmark position and velocity."""

from __future__ import annotations

import numpy as np

from benchmark.metrics.features import CaseFeatures
from benchmark.metrics.frontal import frontalise
from benchmark.metrics.mesh_indices import FACE, LEFT_MOUTH_CORNER, MOUTH, RIGHT_MOUTH_CORNER
from benchmark.metrics.scores import CaseScore, mean_score, pair_frames, unscored


def normalise_to_mouth(
    landmarks_px: np.ndarray,  # [T, 468, 3], NaN where missing
) -> np.ndarray:
    """Frontal landmarks with the mouth corners at (-1, 0) and (1, 0), float64 [T, 468, 2]; NaN where missing.

    Per frame: frontalise, drop depth, then the in-plane similarity that puts the subject's right corner at
    (-1, 0) and the left one at (1, 0). One unit is half a mouth width of that frame.
    """
    plane = frontalise(landmarks_px)[..., :2]
    z = plane[..., 0] + 1j * plane[..., 1]  # a similarity of the plane is multiplication by a complex number
    right, left = z[:, RIGHT_MOUTH_CORNER, None], z[:, LEFT_MOUTH_CORNER, None]
    with np.errstate(invalid="ignore"):  # frames without a face stay NaN
        z = (z - (left + right) / 2) / ((left - right) / 2)
    return np.stack([z.real, z.imag], axis=-1)


def position_errors(
    output: np.ndarray,  # [T, 468, 2] normalised
    reference: np.ndarray,  # [T, 468, 2] normalised
    points: np.ndarray,  # indices
) -> np.ndarray:
    """Mean absolute error over points and coordinates, [T]."""
    error: np.ndarray = np.abs(output[:, points] - reference[:, points]).mean(axis=(1, 2))
    return error


def velocity_errors(
    output: np.ndarray,  # [T, 468, 2] normalised
    reference: np.ndarray,  # [T, 468, 2] normalised
    points: np.ndarray,  # indices
) -> np.ndarray:
    """Mean absolute error of the change since the previous frame, [T - 1]; NaN where one is missing."""
    difference = output[:, points] - reference[:, points]
    error: np.ndarray = np.abs(np.diff(difference, axis=0)).mean(axis=(1, 2))
    return error


def m_p(case: CaseFeatures) -> CaseScore:
    """M_P: mouth positions."""
    return _score(case, MOUTH, velocity=False)


def m_v(case: CaseFeatures) -> CaseScore:
    """M_V: mouth velocities."""
    return _score(case, MOUTH, velocity=True)


def f_p(case: CaseFeatures) -> CaseScore:
    """F_P: positions of all 468 points."""
    return _score(case, FACE, velocity=False)


def f_v(case: CaseFeatures) -> CaseScore:
    """F_V: velocities of all 468 points."""
    return _score(case, FACE, velocity=True)


def _score(case: CaseFeatures, points: np.ndarray, *, velocity: bool) -> CaseScore:
    if case.reference is None:
        return unscored("no reference", len(case.driver))
    pairing = pair_frames((("reference", case.reference),), case.output)
    failures = list(pairing.failures)
    if velocity:  # one value per pair of neighbours; the pair fails with its first failing frame
        failures = [a or b for a, b in zip(failures[:-1], failures[1:], strict=True)]
    if all(failures):
        return mean_score(np.empty(0), failures)
    output = _padded(normalise_to_mouth(case.output.landmarks_px), len(pairing))
    reference = normalise_to_mouth(case.reference.landmarks_px)
    errors = (velocity_errors if velocity else position_errors)(output, reference, points)
    return mean_score(errors[[reason is None for reason in failures]], failures)


def _padded(points: np.ndarray, length: int) -> np.ndarray:
    """NaN frames at the end up to `length`."""
    missing = np.full((length - len(points), *points.shape[1:]), np.nan)
    return np.concatenate([points, missing])
