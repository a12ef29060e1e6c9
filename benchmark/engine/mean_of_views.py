"""The row that a method on several cameras has to beat: the mean of what the other cameras saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmark.engine.inputs import Input
from benchmark.engine.outputs import CaseFailed, CaseInputs, Output
from benchmark.engine.tools import Tools
from benchmark.features.models import Track
from benchmark.features.types.sequence import FrameSequence


@dataclass(frozen=True)
class MeanOfViews:
    """The pixel mean of the other cameras' crops at each moment, faces brought over each other by a similarity.

    It sees every camera but the target, which no method does: an output that is worse than this adds nothing to a
    blend of photographs.

    Args:
        others: by case id what the other cameras saw.
    """

    others: Mapping[str, tuple[Input, ...]]
    is_reference: bool = False

    def find(self, inputs: CaseInputs) -> Output | None:
        return None  # two crops that are kept, and a mean

    def make(self, inputs: CaseInputs, tools: Tools) -> Output:
        views = [np.stack(list(one.load(tools.models).read())) for one in self.others[inputs.case_id]]
        labels = [one.label for one in self.others[inputs.case_id]]
        frames = mean_of_views(views, labels, tools.models.track)
        return Output(FrameSequence.from_frames(frames, inputs.driver.fps, inputs.driver.stamps_s), inputs.audio)


def mean_of_views(views: list[np.ndarray], labels: list[str], track: Track) -> np.ndarray:
    """Views uint8 [T, S, S, 3] of the same moments to their mean, uint8 [T, S, S, 3].

    Every frame is brought to the mean of the views' landmarks by the similarity that is nearest in the sense of least
    squares (Umeyama 1991).

    Raises:
        CaseFailed: a frame of a view has no face.
    """
    points = [_landmarks(frames, label, track) for frames, label in zip(views, labels, strict=True)]
    targets = np.mean(points, axis=0)
    aligned = [
        np.stack([_aligned(frame, p, target) for frame, p, target in zip(frames, of_view, targets, strict=True)])
        for frames, of_view in zip(views, points, strict=True)
    ]
    return np.rint(np.mean(aligned, axis=0)).astype(np.uint8)


def similarity(
    points: np.ndarray,  # float64 [N, 2]
    target: np.ndarray,  # float64 [N, 2]
) -> np.ndarray:
    """The scaling, rotation and shift that bring points nearest to others, float64 [2, 3]."""
    centre, goal = points.mean(axis=0), target.mean(axis=0)
    from_x, from_y = (points - centre).T
    to_x, to_y = (target - goal).T
    size = float((from_x**2 + from_y**2).sum())
    cosine = float((from_x * to_x + from_y * to_y).sum()) / size
    sine = float((from_x * to_y - from_y * to_x).sum()) / size
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, goal - turn @ centre])


def _landmarks(frames: np.ndarray, label: str, track: Track) -> np.ndarray:
    found = track(frames)
    if not found.valid.all():
        frame = int(np.argmin(found.valid))
        raise CaseFailed(f"{label}: no face in frame {frame} ({found.reasons[frame]})")
    points: np.ndarray = found.landmarks_px[..., :2].astype(np.float64)
    return points


def _aligned(frame: np.ndarray, points: np.ndarray, target: np.ndarray) -> np.ndarray:
    import cv2

    side = frame.shape[0]
    moved: np.ndarray = cv2.warpAffine(
        frame, similarity(points, target), (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return moved
