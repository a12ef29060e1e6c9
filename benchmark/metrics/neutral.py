"""The neutral: the frame of the first second to which the motion of a clip is relative.

Driver and output have the same one, so that equal motion stays equal. It is the first frame that both have and that the
next one bears out. Landmarks that are wrong in one frame, or a picture that the shot before left there, jump: their
step to the next frame is far longer than the steps after it. Such a frame is passed over; a face that moves from its
first frames on is not, because its steps are all alike. (A median of the whole second would lose the motion of a clip
that begins at once.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

JUMP = 3.0
"""A step that is so many times longer than the median of those after it is no motion."""
MIN_FRAMES = 8
"""With fewer in the first second, as of clips that were thinned, faces can change at once: the first frame counts."""
NEUTRAL = "neutral (the first frame of the first second that both have and that the next one bears out)"
"""How cards call it."""
_FPS = 25


def no_neutral(failures: Sequence[str | None], fps: float | None) -> str | None:
    """Why motion relative to a neutral cannot be had, or None when it can.

    Later than the first second nobody knows that the face is at rest.

    Args:
        failures: per frame, None where both can be used.
        fps: None counts as 25.
    """
    first_second = list(failures[: _frames_of_a_second(fps)])
    if not first_second:
        return "no frames"
    if None in first_second:
        return None
    return f"no frame of the first second to compare with ({first_second[0]})"


def neutral_row(
    videos: Sequence[np.ndarray],  # [K, k] each: what moves, of the same K usable frames
    failures: Sequence[str | None],  # [T], None in those K
    fps: float | None,
) -> int:
    """Which of the K rows is the neutral; the first where nothing can be told."""
    count = sum(reason is None for reason in failures[: _frames_of_a_second(fps)])
    if count < MIN_FRAMES:
        return 0
    steps = [np.abs(np.diff(np.asarray(rows[:count], np.float64), axis=0)).sum(axis=1) for rows in videos]
    for row in range(count // 2):
        if all(one[row] <= JUMP * np.median(one[row + 1 :]) for one in steps):
            return row
    return 0


def _frames_of_a_second(fps: float | None) -> int:
    return max(1, round(fps or _FPS))
