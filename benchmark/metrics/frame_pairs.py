"""Output and another video frame by frame: which frames can be compared, and why not where they cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.landmark_sets import LandmarkSet
from benchmark.metrics.scores import CaseScore, unscored

Other = Literal["reference", "driver"]


@dataclass(frozen=True)
class UsableFrames:
    """Which frames of an output can be compared with another video, frame by frame."""

    usable: np.ndarray  # bool [T], T frames of the other video
    failures: tuple[str | None, ...]  # per frame, None where usable

    def __len__(self) -> int:
        return len(self.usable)


def pair_frames(others: Sequence[tuple[str, FaceFeatures]], output: FaceFeatures) -> UsableFrames:
    """Pair output frame t with frame t of the first of `others` ((name, features), all of the same length).

    A frame that the output lacks counts as a failure: whatever cannot be paired has its reason.
    """
    expected = len(others[0][1])
    if len(output) > expected:
        why = f"output has more frames ({len(output)}) than {others[0][0]} ({expected})"
        return UsableFrames(np.zeros(expected, dtype=bool), (why,) * expected)
    reasons: list[str | None] = [None] * expected
    for name, features in (*others, ("output", output)):
        valid = features.valid
        for frame in range(expected):
            if reasons[frame] is not None:
                continue
            if frame >= len(features):
                reasons[frame] = f"{name}: frame missing"
            elif not valid[frame]:
                reasons[frame] = f"{name}: {features.why_not(frame)}"
    return UsableFrames(np.array([reason is None for reason in reasons], dtype=bool), tuple(reasons))


@dataclass(frozen=True)
class PairedArrays:
    """Two arrays of the same length T, one row per frame of the other video; NaN rows where a frame is missing."""

    output: np.ndarray  # [T, ...]
    other: np.ndarray  # [T, ...]
    failures: tuple[str | None, ...]  # per frame, None where both can be used

    @property
    def usable(self) -> np.ndarray:
        """bool [T]."""
        return np.array([reason is None for reason in self.failures], dtype=bool)


def pair_landmarks(case: CaseFeatures, landmark_set: LandmarkSet, *, against: Other) -> PairedArrays | CaseScore:
    """Landmarks [T, N, 3] of output and reference or driver; a score without a value where they cannot be compared."""
    other = case.reference if against == "reference" else case.driver
    if other is None:
        return unscored(f"no {against}", len(case.driver))
    return _pair(case.output, other, landmark_set.of(case.output), landmark_set.of(other), against, "landmarks")


def pair_arrays(case: CaseFeatures, extractor_id: str, *, against: Other, what: str) -> PairedArrays | CaseScore:
    """A feature of output and reference or driver, row t of frame t.

    Args:
        what: plain name of it for reasons: "gaze" gives "output: no gaze".
    """
    other = case.reference if against == "reference" else case.driver
    if other is None:
        return unscored(f"no {against}", len(case.driver))
    return _pair(case.output, other, case.output.array(extractor_id), other.array(extractor_id), against, what)


def rows_of_output(
    case: CaseFeatures, extractor_id: str, *, what: str, first: int = 0
) -> tuple[np.ndarray, list[str | None]] | CaseScore:
    """A feature of the output alone: the rows [K, ...] that are known, and per frame of the driver why not, None in
    those K; or a score without a value.

    Args:
        first: the frame with which they begin.
    """
    expected, rows = len(case.driver), case.output.array(extractor_id)
    if rows is None:
        return unscored(f"output: {what} not computed", expected)
    if len(rows) > expected:
        return unscored(f"output has more frames ({len(rows)}) than driver ({expected})", expected)
    known = np.isfinite(rows).all(axis=1)
    failures = [None if ok else f"output: {why or f'no {what}'}"
                for ok, why in zip(known, case.output.reasons, strict=True)]  # fmt: skip
    failures += ["output: frame missing"] * (expected - len(rows))
    return rows[first:][known[first:]], failures[first:]


def _pair(
    output: FaceFeatures,
    other: FaceFeatures,
    of_output: np.ndarray | None,
    of_other: np.ndarray | None,
    against: Other,
    what: str,
) -> PairedArrays | CaseScore:
    if of_output is None or of_other is None:
        side = "output" if of_output is None else against
        return unscored(f"{side}: {what} not computed", len(other))
    pairing = pair_frames(((against, other),), output)
    if len(of_output) > len(pairing):  # the pairing has failed for this reason
        return unscored(pairing.failures[0] or f"output has more frames than {against}", len(pairing))
    reasons = list(pairing.failures)
    padded = _padded(of_output, len(pairing))
    for name, rows in ((against, of_other), ("output", padded)):
        finite = np.isfinite(rows.reshape(len(rows), -1)).all(axis=1)
        reasons = [reason or (None if ok else f"{name}: no {what}") for reason, ok in zip(reasons, finite, strict=True)]
    return PairedArrays(padded, np.asarray(of_other), tuple(reasons))


def _padded(rows: np.ndarray, length: int) -> np.ndarray:
    missing = np.full((length - len(rows), *rows.shape[1:]), np.nan, rows.dtype)
    return np.concatenate([rows, missing])
