"""The neutral: the frame of the first second to which the motion of a clip is relative.

Driver and output have the same one, so that equal motion stays equal. It is the first frame that both have, unless that
one is bad: a picture that the shot before left there, a blur, a hand before the face, a method that needs some frames
to begin. Bad frames are told in two ways, and no more than a fifth of the first second is passed over:

- Output and driver differ there by another amount than in the rest of the second: one of both is wrong. Faces that move
  together differ by about the same amount in every frame, however they move.
- The step to the next frame is far longer than the steps after it. A face that moves from its first frames on is not
  passed over, because its steps are all alike.

Frames that are bad in both videos at once are told only one by one, by their step. (A median of the whole second, or
the frame nearest to it, would lose the motion of a clip that begins at once. `scripts.validate_neutral` measures what
is lost by each choice.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

APART = 2.0
"""Output and driver that differ from what is usual by so many times the median of that is no motion."""
JUMP = 3.0
"""A step that is so many times longer than the median of those after it is no motion."""
ENOUGH_FRAMES = 8
"""With fewer, as of clips that were thinned, a driver can go from rest to what it holds between two frames: its steps
say nothing, and where output and driver differ only an output that moves farther than its driver is wrong."""
PASSED_OVER = 5
"""One of so many frames of the first second can be passed over; of fewer none: the first counts."""
NEUTRAL = "neutral (the first frame of the first second that both have and that is not bad in one of them)"
"""How cards call it."""
_FPS = 25
_ROUNDING = 1e-6


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
    output: np.ndarray,  # [K, k] what moves, of the K usable frames
    driver: np.ndarray,  # [K, k]
    failures: Sequence[str | None],  # [T], None in those K
    fps: float | None,
) -> int:
    """Which of the K rows is the neutral; the first where nothing can be told."""
    count = sum(reason is None for reason in failures[: _frames_of_a_second(fps)])
    output, driver = (np.asarray(rows[:count], np.float64) for rows in (output, driver))
    apart = _from_median(output - driver)
    is_apart = apart > APART * np.median(apart) + _ROUNDING
    leads = _from_median(output) > _from_median(driver)
    for row in range(1 + count // PASSED_OVER):
        if count < ENOUGH_FRAMES:
            is_bad = is_apart[row] and leads[row]
        else:
            is_bad = is_apart[row] or _jumps(output, row) or _jumps(driver, row)
        if not is_bad:
            return row
    return 0


def _from_median(rows: np.ndarray) -> np.ndarray:
    """How far each row [K, k] is from the median of all in every number, [K]."""
    far: np.ndarray = np.abs(rows - np.median(rows, axis=0)).sum(axis=1)
    return far


def _jumps(rows: np.ndarray, row: int) -> bool:
    """Whether the step from one of the rows [K, k] to the next is a jump."""
    steps = np.abs(np.diff(rows[row:], axis=0)).sum(axis=1)
    return bool(steps[0] > JUMP * np.median(steps[1:]))


def _frames_of_a_second(fps: float | None) -> int:
    return max(1, round(fps or _FPS))
