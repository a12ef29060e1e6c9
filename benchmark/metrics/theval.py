"""Three of THEval's measures of naturalness, as its code has them and without its defects (Newbyl/THEval 3603338).

Each is a number of one video; a method's score is how near the mean over its videos is to that of the true ones:
`1 - |m - m_true| / m_true`. THEval reads landmarks with MediaPipe's old tracker, whose state goes from clip to clip,
and the head with FaceXFormer; here the landmarks are those of the other metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.known_answers import EXACT, NO_FACE, Near, Worse
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.scores import Extra, SetScore
from benchmark.metrics.self_motion import AKD_FRAME_PX
from feed_dataset.core.faces.mesh_indices import LEFT_EYE_OUTER, MOUTH, RIGHT_EYE_OUTER

RIGHT_BROW = (46, 52, 53, 55, 63, 65, 66, 70, 105, 107)
LEFT_BROW = (276, 282, 283, 285, 293, 295, 296, 300, 334, 336)
RIGHT_EYE = (7, 33, 133, 144, 145, 153, 154, 155, 157, 158, 159, 160, 161, 163, 173, 246)
LEFT_EYE = (249, 263, 362, 373, 374, 380, 381, 382, 384, 385, 386, 387, 388, 390, 398, 466)
FIRST_FRAMES = 500
"""THEval reads no more of the lips."""

Measure = Callable[[FaceFeatures], float | None]


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


def score_of(cases: Sequence[CaseFeatures], measure: Measure) -> SetScore:
    """How near the mean of outputs is to that of references."""
    if not cases or any(case.reference is None for case in cases):
        return SetScore(None, 0, "no reference" if cases else "no cases")
    pairs = [(measure(case.output), measure(case.reference)) for case in cases if case.reference is not None]
    known = np.array([pair for pair in pairs if pair[0] is not None and pair[1] is not None], np.float64)
    if not len(known):
        return SetScore(None, 0, "no case has enough frames with a face")
    made, true = known.mean(axis=0)
    if true == 0.0:
        return SetScore(None, len(known), "the true videos do not move")
    extra: dict[str, Extra] = {"mean": float(made), "mean_true": float(true), "n_lost": float(len(pairs) - len(known))}
    return SetScore(float(1.0 - abs(made - true) / true), len(known), None, extra)


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


def _entries(name: str, what: str, measure: Callable[..., float | None], formula: str, *ways: str) -> list[SetMetric]:
    made = []
    for mode, way, other in zip(("theval", "corrected"), ways, ways[::-1], strict=True):
        card = MetricCard(
            id=f"{name}[{mode}]",
            title=f"THEval {what}" if mode == "theval" else f"THEval {what} corrected",
            unit="",
            higher_is_better=True,
            level="set",
            needs=frozenset({"reference"}),
            features=("mesh468",),
            summary=f"Whether the {what} move as much as in the true videos, after THEval, {mode}: 1 is as much.",
            definition=f"m: {formula}; {way}. The value is `1 - |m - m_true| / m_true` of the means over cases; both"
            " are beside it (`mean`, `mean_true`).",
            value_range=(None, 1.0),
            preprocessing="468 landmarks of the followed face (THEval: MediaPipe's old tracker, FaceXFormer)",
            pitfalls=(
                f"The other mode of this id differs: {other}.",
                "THEval gives 0 to a clip without a face, or leaves it out; here such a case is left out and counted"
                " (`n_lost`).",
                "How much moves, not what or when: noise of the right size is as good. No total: five of THEval's eight"
                " parts need networks or a voice detector that are not here.",
                "Not validated against people by us; THEval reports a rank correlation of its total of 0.87.",
            ),
            source="THEval (CVPR 2026 Findings), code at 3603338",
        )
        score = partial(score_of, measure=partial(measure, corrected=mode == "corrected"))
        made.append(SetMetric(card, score, (Near(on.TRUTH, 1.0, EXACT), Worse(on.STILL), *NO_FACE)))
    return made


ENTRIES: tuple[SetMetric, ...] = tuple(entry for one in _MEASURES for entry in _entries(*one))
