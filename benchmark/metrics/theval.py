"""Three of THEval's measures of naturalness, as its code has them and without its defects (Newbyl/THEval 3603338).

THEval reads landmarks with MediaPipe's old tracker, whose state goes from clip to clip, and the head with FaceXFormer;
here the landmarks are those of the other metrics.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.features.types.case import FaceFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.known_answers import EXACT, NO_FACE, Near, Worse
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.self_motion import AKD_FRAME_PX
from benchmark.metrics.theval_score import PLANTED, Measure, both_ways, theval_entry
from feed_dataset.core.faces.mesh_indices import LEFT_EYE_OUTER, MOUTH, RIGHT_EYE_OUTER

RIGHT_BROW = (46, 52, 53, 55, 63, 65, 66, 70, 105, 107)
LEFT_BROW = (276, 282, 283, 285, 293, 295, 296, 300, 334, 336)
RIGHT_EYE = (7, 33, 133, 144, 145, 153, 154, 155, 157, 158, 159, 160, 161, 163, 173, 246)
LEFT_EYE = (249, 263, 362, 373, 374, 380, 381, 382, 384, 385, 386, 387, 388, 390, 398, 466)
FIRST_FRAMES = 500
"""THEval reads no more of the lips."""


def lip_dynamics(video: FaceFeatures, *, corrected: bool) -> float | None:
    """Mean variance over time of the distances of any two lip points, in outer eye corner distances."""
    seen = video.valid if corrected else video.valid[:FIRST_FRAMES]
    points = video.landmarks_px[: len(seen)][seen][..., :2].astype(np.float64)
    if not len(points):
        return None
    eyes = np.linalg.norm(points[:, RIGHT_EYE_OUTER] - points[:, LEFT_EYE_OUTER], axis=-1)
    lips = points[:, MOUTH] / eyes[:, None, None]
    one, other = np.triu_indices(len(MOUTH), 1)
    return float(np.linalg.norm(lips[:, one] - lips[:, other], axis=-1).var(axis=0).mean())


def brow_dynamics(video: FaceFeatures, *, corrected: bool) -> float | None:
    """Mean change from frame to frame of the distance of a brow from its eye, in distances of the eyes."""
    places = np.flatnonzero(video.valid)
    points = video.landmarks_px[places][..., :2].astype(np.float64)
    right_brow, left_brow, right_eye, left_eye = (
        points[:, group].mean(axis=1) for group in (RIGHT_BROW, LEFT_BROW, RIGHT_EYE, LEFT_EYE)
    )
    eyes = np.linalg.norm(left_eye - right_eye, axis=-1)
    raised = np.stack(
        [np.linalg.norm(right_brow - right_eye, axis=-1), np.linalg.norm(left_brow - left_eye, axis=-1)], axis=1
    )
    changes = np.abs(np.diff(raised / eyes[:, None], axis=0))[_counts(places, corrected)]
    return float(changes.mean()) if len(changes) else None


def head_dynamics(video: FaceFeatures, *, corrected: bool) -> float | None:
    """Root of: mean deviation of the angles times mean variance of their changes, plus that of the place in px."""
    from benchmark.metrics.landmark_sets import MESH468
    from benchmark.metrics.pose import head_turns
    from feed_dataset.core.faces.geometry import euler_deg

    places = np.flatnonzero(video.valid)
    if len(places) < 2 or video.frame_hw is None:
        return None
    points = video.landmarks_px[places].astype(np.float64)
    angles = np.unwrap(euler_deg(head_turns(points, MESH468)), axis=0, period=360.0)
    changes = np.diff(angles, axis=0)[_counts(places, corrected)]
    if not len(changes):
        return None
    centres = (points[..., :2].min(axis=1) + points[..., :2].max(axis=1)) / 2
    if corrected:
        centres = centres * (AKD_FRAME_PX / video.frame_hw[0])
    turning = angles.std(axis=0).mean() * changes.var(axis=0).mean()
    return float(np.sqrt(turning + centres.var(axis=0).mean()))


def _counts(places: np.ndarray, corrected: bool) -> np.ndarray:
    """Which changes between frames that are seen count, bool [K - 1]: without the defect those of neighbours."""
    neighbours: np.ndarray = np.diff(places) == 1
    return neighbours if corrected else np.ones_like(neighbours)


_MEASURES: tuple[tuple[str, str, Callable[..., float | None], str, str, str], ...] = (
    (
        "theval_lips",
        "lips",
        lip_dynamics,
        "mean over any two of 40 lip points of the variance over time of their distance, in outer eye corner distances",
        f"only the first {FIRST_FRAMES} frames count",
        "all frames count",
    ),
    (
        "theval_brows",
        "brows",
        brow_dynamics,
        "mean over both sides and frames of `|h(t) - h(t-1)|`, h the distance of the middles of brow and eye over"
        " that of the middles of both eyes",
        "where frames without a face lie between, the change over the gap counts as one of neighbours",
        "only changes between neighbours count",
    ),
    (
        "theval_head",
        "head",
        head_dynamics,
        "`sqrt(s v + p)`: s mean deviation of yaw, pitch, roll, v mean variance of their changes from frame to frame"
        " (degrees), p mean variance of the x and y of the face's box (px)",
        "px are those of the frame, so that a larger picture moves more, and changes over gaps count",
        "px are those of frames 256 px high, and only changes between neighbours count",
    ),
)


_VALIDATED = {
    "theval_lips": "1.000 in one person, 0.782 over all; where brows and head move differently, too, 0.601 (on exact"
    " landmarks 0.901). Lips that do not move get 0.46.",
    "theval_brows": "0.975 in one person, 0.948 over all; where lips and head move differently, too, 0.828 (on exact"
    " landmarks 0.981). Brows that do not move get 0.53.",
    "theval_head": "1.000 in one person, 0.985 over all; where lips and brows move differently, too, 0.981.",
}


def _of_video(measure: Callable[..., float | None], *, corrected: bool) -> Measure:
    return lambda case, video: measure(video, corrected=corrected)


def _entries(
    name: str, what: str, measure: Callable[..., float | None], formula: str, theval: str, corrected: str
) -> list[SetMetric]:
    return [
        theval_entry(
            way.id,
            way.title,
            _of_video(measure, corrected=way.mode == "corrected"),
            summary=f"Whether the {what} move as much as in the true videos, after THEval, {way.mode}: 1 is as much.",
            formula=f"{formula}; {way.what}",
            features=("mesh468",),
            preprocessing="468 landmarks of the followed face (THEval: MediaPipe's old tracker, FaceXFormer)",
            pitfalls=(
                way.pitfall,
                "How much moves, not what or when: noise of the right size is as good.",
                f"{PLANTED} {_VALIDATED[name]}",
            ),
            answers=(Near(on.TRUTH, 1.0, EXACT), Worse(on.STILL), *NO_FACE),
        )
        for way in both_ways(name, what, theval, corrected)
    ]


ENTRIES: tuple[SetMetric, ...] = tuple(entry for one in _MEASURES for entry in _entries(*one))
