"""Distances of landmarks as papers on talking heads print them: LMD, LMD-F and LMD-M, in pixels and of an eye distance.

They are Euclidean distances against the reference, averaged over points and frames. Papers differ in what they align:
nothing (LMD), or the mean of the points of each frame (of the face, LMD-F; of the mouth, LMD-M).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import PairedArrays, pair_landmarks
from benchmark.metrics.known_answers import error_answers
from benchmark.metrics.landmark_sets import LANDMARKS68, MESH468, LandmarkSet
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, mean_score
from benchmark.metrics.self_motion import AKD_FRAME_PX, reported_scale

SETS = (MESH468, LANDMARKS68)
_PERCENT = 100.0


def landmark_distances(
    output: np.ndarray,  # [T, N, 2 or 3] px
    reference: np.ndarray,  # [T, N, 2 or 3] px
    *,
    centred: bool,
) -> np.ndarray:
    """Mean Euclidean distance of the points in the picture, px [T]; `centred`: less their mean in each frame."""
    off = np.asarray(output, np.float64)[..., :2] - np.asarray(reference, np.float64)[..., :2]
    if centred:
        off = off - off.mean(axis=1, keepdims=True)
    distances: np.ndarray = np.linalg.norm(off, axis=-1).mean(axis=1)
    return distances


def eye_distances(
    landmarks_px: np.ndarray,  # [T, N, 2 or 3]
    landmark_set: LandmarkSet,
) -> np.ndarray:
    """Distance of the outer corners of the eyes in the picture, px [T]."""
    right, left = landmark_set.eye_corners
    points = np.asarray(landmarks_px, np.float64)[..., :2]
    distances: np.ndarray = np.linalg.norm(points[:, left] - points[:, right], axis=-1)
    return distances


def lmd(case: CaseFeatures, landmark_set: LandmarkSet, points: np.ndarray, *, centred: bool) -> CaseScore:
    """Mean distance to the reference's points, in pixels of frames 256 px high."""
    paired = pair_landmarks(case, landmark_set, against="reference")
    if isinstance(paired, CaseScore):
        return paired
    scale = reported_scale(case, paired)
    if isinstance(scale, CaseScore):
        return scale
    return mean_score(scale * _distances(paired, points, centred), paired.failures)


def nlmd(case: CaseFeatures, landmark_set: LandmarkSet, points: np.ndarray, *, centred: bool) -> CaseScore:
    """The same in percent of the reference's eye distance in each frame."""
    paired = pair_landmarks(case, landmark_set, against="reference")
    if isinstance(paired, CaseScore):
        return paired
    eyes_px = eye_distances(paired.other[paired.usable], landmark_set)
    return mean_score(_PERCENT * _distances(paired, points, centred) / eyes_px, paired.failures)


def _distances(paired: PairedArrays, points: np.ndarray, centred: bool) -> np.ndarray:
    output, reference = (rows[paired.usable][:, points] for rows in (paired.output, paired.other))
    return landmark_distances(output, reference, centred=centred)


_DETECTORS = {
    "mesh468": "468 landmarks of the followed face",
    "landmarks68": "insightface's 68-point net (192 px) in 1.5 times the mesh's box",
}
_EXACT = "Rank correlation with the same of exact landmarks, any two clips of rendered people who move differently:"
_VALIDATED = {
    "lmd": f"{_EXACT} 0.999.",
    "lmd_f": f"{_EXACT} 0.98.",
    "lmd_m": f"{_EXACT} 0.85 (of 1.5 px 1.3 are seen on average).",
}
_NOT_LOOKED_AT = "It was not held against exact landmarks, either."
_ALIGNED = {False: "nothing is aligned", True: "the mean of these points is taken off in each frame, on both sides"}


def _entries(landmark_set: LandmarkSet) -> tuple[CaseMetric, ...]:
    made = []
    for name, title, points, centred, what in (
        ("lmd", "LMD", landmark_set.face, False, "all points of the face"),
        ("lmd_f", "LMD-F", landmark_set.face, True, "all points of the face"),
        ("lmd_m", "LMD-M", landmark_set.mouth, True, "the points of the lips"),
    ):
        made.append(_entry(landmark_set, name, title, points, centred, what, lmd))
        made.append(_entry(landmark_set, f"n{name}", f"{title} %", points, centred, what, nlmd))
    return tuple(made)


def _entry(
    landmark_set: LandmarkSet,
    name: str,
    title: str,
    points: np.ndarray,
    centred: bool,
    what: str,
    function: Callable[..., CaseScore],
) -> CaseMetric:
    is_px, is_mesh = function is lmd, landmark_set is MESH468
    over = (
        f"times {AKD_FRAME_PX} / frame height"
        if is_px
        else "over the distance of the reference's outer eye corners in that frame, in percent"
    )
    card = MetricCard(
        id=f"{name}[{landmark_set.name}]",
        title=title if is_mesh else f"{title} {landmark_set.name}",
        unit=f"px at {AKD_FRAME_PX}" if is_px else "% of eye distance",
        higher_is_better=False,
        level="case",
        needs=frozenset({"reference"}),
        features=tuple(dict.fromkeys(("mesh468", landmark_set.name))),
        summary=f"Mean distance of {what} to the reference's; {_ALIGNED[centred]}.",
        definition=f"Mean over frames and {len(points)} points of `|p_out - p_ref|` (Euclidean, in the picture),"
        f" {over}; {_ALIGNED[centred]}. Rotation and scale are not undone.",
        value_range=(0.0, None),
        preprocessing=_DETECTORS[landmark_set.name],
        pitfalls=(
            "The names are not settled: papers leave out the alignment, the detector and the size of the frames. Those"
            " of 68 points are mostly of the face-alignment package: compare numbers of one detector only.",
            "The turn of the head counts as much as the face does; m_p and f_p look at the face alone.",
            f"Not validated against people. {_VALIDATED[name.removeprefix('n')] if is_mesh else _NOT_LOOKED_AT}",
        ),
        source="landmark distance (Chen et al. 2018 and 2019), F-LMD and M-LMD of later papers",
    )
    damages = (on.STILL, on.DELAYED, on.SHUFFLED)
    answers = error_answers(*damages, *(() if centred else (on.MIRRORED,)))
    return CaseMetric(card, partial(function, landmark_set=landmark_set, points=points, centred=centred), answers)


ENTRIES: tuple[CaseMetric, ...] = tuple(entry for one in SETS for entry in _entries(one))
