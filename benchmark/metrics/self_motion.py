"""Distances of keypoints, expression and pose that the field calls AKD, AED and APD; each id names its definition.

The field has several of each. First Order Motion Model (Siarohin et al. 2019) takes the mean absolute difference of 68
two-dimensional keypoints in pixels of 256 px frames for AKD, and a distance of identity descriptors for AED. Later
papers (PIRenderer, StyleHEAT, OTAvatar, GAGAvatar) mean by AED and APD differences of expression and pose coefficients
of a 3D face model; whether they sum or average, and whether pose includes translation, differs between them.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import PairedArrays, pair_arrays, pair_landmarks
from benchmark.metrics.known_answers import error_answers
from benchmark.metrics.landmark_sets import LANDMARK_SETS, MESH468, LandmarkSet
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.pose import angle_difference_deg, head_turns
from benchmark.metrics.scores import CaseScore, mean_score, unscored

AKD_FRAME_PX = 256
"""Distances are given in pixels of frames of this height, the size at which the field reports them."""


def keypoint_distances(
    output: np.ndarray,  # [T, N, 2 or 3] px
    reference: np.ndarray,  # [T, N, 2 or 3] px
) -> np.ndarray:
    """Mean absolute difference of x and y over the points, px [T]."""
    difference = np.asarray(output, np.float64)[..., :2] - np.asarray(reference, np.float64)[..., :2]
    distances: np.ndarray = np.abs(difference).mean(axis=(1, 2))
    return distances


def expression_distances(
    output: np.ndarray,  # [T, 52] blendshape coefficients, the first of them "neutral"
    driver: np.ndarray,  # [T, 52]
) -> np.ndarray:
    """Mean absolute difference of the 51 coefficients after "neutral", [T]."""
    difference = np.asarray(output, np.float64)[:, 1:] - np.asarray(driver, np.float64)[:, 1:]
    distances: np.ndarray = np.abs(difference).mean(axis=1)
    return distances


def pose_distances_deg(
    output: np.ndarray,  # [T, 3, 3] rotations
    driver: np.ndarray,  # [T, 3, 3] rotations
) -> np.ndarray:
    """Mean absolute difference of yaw, pitch and roll, degrees [T]."""
    from feed_dataset.core.faces.geometry import euler_deg

    distances: np.ndarray = np.abs(angle_difference_deg(euler_deg(output), euler_deg(driver))).mean(axis=1)
    return distances


def akd(case: CaseFeatures, landmark_set: LandmarkSet) -> CaseScore:
    """Mean keypoint distance to the reference."""
    paired = pair_landmarks(case, landmark_set, against="reference")
    if isinstance(paired, CaseScore):
        return paired
    scale = reported_scale(case, paired)
    if isinstance(scale, CaseScore):
        return scale
    return mean_score(scale * keypoint_distances(paired.output, paired.other)[paired.usable], paired.failures)


def reported_scale(case: CaseFeatures, paired: PairedArrays) -> float | CaseScore:
    """What turns pixels of this case into those of frames of `AKD_FRAME_PX`; a score without a value if unknown."""
    if case.frame_hw is None:
        return unscored("the frames' size is not known", len(paired.failures))
    if case.reference is not None and case.reference.frame_hw != case.frame_hw:
        return unscored("output and reference have frames of different sizes", len(paired.failures))
    return AKD_FRAME_PX / case.frame_hw[0]


def aed(case: CaseFeatures) -> CaseScore:
    """Mean distance of blendshape coefficients to the driver's."""
    paired = pair_arrays(case, "blendshapes", against="driver", what="blendshape coefficients")
    if isinstance(paired, CaseScore):
        return paired
    return mean_score(expression_distances(paired.output, paired.other)[paired.usable], paired.failures)


def apd_deg(case: CaseFeatures, landmark_set: LandmarkSet = MESH468) -> CaseScore:
    """Mean distance of yaw, pitch and roll to the driver's."""
    paired = pair_landmarks(case, landmark_set, against="driver")
    if isinstance(paired, CaseScore):
        return paired
    keep = paired.usable
    output, driver = (head_turns(rows[keep], landmark_set) for rows in (paired.output, paired.other))
    distances = pose_distances_deg(output, driver)
    return mean_score(distances, paired.failures)


_ANSWERS = error_answers(on.STILL, on.FROZEN_MOUTH, on.MIRRORED, on.DELAYED, on.SHUFFLED, on.STRANGER)


_DETECTORS = {
    "mesh468": "468 landmarks of the followed face",
    "mesh478": "MediaPipe's 478-point mesh in a 256 px region around the followed face",
    "landmarks68": "insightface's 68-point net (192 px) in 1.5 times the mesh's box",
}


def _akd_entry(landmark_set: LandmarkSet) -> CaseMetric:
    card = MetricCard(
        id=f"akd[{landmark_set.name}]",
        title="AKD" if landmark_set is MESH468 else f"AKD {landmark_set.name}",
        unit=f"px at {AKD_FRAME_PX}",
        higher_is_better=False,
        level="case",
        needs=frozenset({"reference"}),
        features=tuple(dict.fromkeys(("mesh468", landmark_set.name))),
        summary=f"Mean absolute difference of {landmark_set.count} facial keypoints to the reference's, in pixels of"
        f" {AKD_FRAME_PX} px frames: shape, expression and pose together.",
        definition=f"Mean over frames, {landmark_set.count} points and both image coordinates of `|p_out - p_ref|`,"
        f" times {AKD_FRAME_PX} / frame height. Not the Euclidean distance (which is about 1.4 times as large).",
        value_range=(0.0, None),
        preprocessing=_DETECTORS[landmark_set.name],
        pitfalls=(
            "The formula is First Order Motion Model's; its keypoints are those of the face-alignment package, ours"
            " are not: compare numbers of one detector only.",
            "It counts where the face is in the frame: another crop of output and reference shows as error.",
        ),
        source="Siarohin et al. 2019, First Order Motion Model, section 4 (AKD)",
    )
    return CaseMetric(card, partial(akd, landmark_set=landmark_set), _ANSWERS)


_AED = MetricCard(
    id="aed[blendshapes52]",
    title="AED",
    unit="",
    higher_is_better=False,
    level="case",
    needs=frozenset(),
    features=("mesh468", "blendshapes"),
    summary="Mean absolute difference of the blendshape coefficients of output and driver.",
    definition='Mean over frames and the 51 coefficients other than "neutral" of `|b_out - b_drv|`, each in [0, 1]'
    " (mean, not sum; L1, not L2).",
    value_range=(0.0, 1.0),
    preprocessing="MediaPipe FaceLandmarker: 478 points at 256 px, 146 of them to the blendshape net",
    pitfalls=(
        "First Order Motion Model's AED is another thing: a distance of identity descriptors. Papers that use 3D face"
        " models take other coefficients, and some sum instead of averaging: no published AED compares with this one.",
        "Faces at rest differ between people, so a cross-reenactment never reaches zero; copy-driver does. Most"
        " coefficients are near zero most of the time: values are small. Read it with the expression transfer.",
    ),
    source="expression distance as in PIRenderer (Ren et al. 2021), on MediaPipe's coefficients",
)


def _apd_entry(landmark_set: LandmarkSet) -> CaseMetric:
    name = landmark_set.name
    card = MetricCard(
        id=f"apd_deg[{name}]",
        title="APD" if landmark_set is MESH468 else f"APD {name}",
        unit="deg",
        higher_is_better=False,
        level="case",
        needs=frozenset(),
        features=tuple(dict.fromkeys(("mesh468", name))),
        summary="Mean absolute difference of yaw, pitch and roll of output and driver.",
        definition="Mean over frames and the three angles of `|e_out - e_drv|` in degrees, wrapped to [-180, 180);"
        " rotation of the head by a similarity fit to a template, as that of `pose_error_deg`, angles as Y(yaw)"
        " X(pitch) Z(-roll). No translation.",
        value_range=(0.0, 180.0),
        preprocessing=_DETECTORS[name],
        pitfalls=(
            "Papers differ: radians or degrees, sum or mean, with translation or without. About 0.6 times"
            " pose_error_deg, the angle of the rotation between both heads, when all three angles are wrong alike.",
            "The measured pitch of two people in one pose differs by up to 10 degrees.",
        ),
        source="pose distance as in PIRenderer (Ren et al. 2021), of angles alone",
    )
    answers = error_answers(on.STILL, on.MIRRORED, on.DELAYED, on.SHUFFLED, tolerance=1e-3)
    return CaseMetric(card, partial(apd_deg, landmark_set=landmark_set), answers)


ENTRIES: tuple[CaseMetric, ...] = (
    *(_akd_entry(one) for one in LANDMARK_SETS.values()),
    CaseMetric(_AED, aed, _ANSWERS),
    *(_apd_entry(one) for one in LANDMARK_SETS.values()),
)
