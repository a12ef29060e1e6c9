"""Which frame of a case the stills of a comparison show."""

from __future__ import annotations

import numpy as np

from benchmark.engine.showcase import Curve, ShownCase
from benchmark.report.differing_cases import Contrast
from benchmark.report.joint_rows import frame_of_difference

MINE, THEIRS = "mine", "theirs"
ERROR = "gaze_error_deg[iris]"


def case(*curves: Curve, first_frame: int = 0) -> ShownCase:
    return ShownCase(
        case_id="a", driver_id="b", source_id="c", reasons=(), first_frame=first_frame, frames=9, fps=25, times_s=None,
        has_reference=False, source=None, driver=None, curves=curves,
    )  # fmt: skip


def clips(different_at: int) -> dict[str, np.ndarray | None]:
    """Outputs of five frames that differ in one of them."""
    ours, theirs = np.zeros((5, 8, 8, 3), np.uint8), np.zeros((5, 8, 8, 3), np.uint8)
    theirs[different_at] = 200
    return {MINE: ours, THEIRS: theirs}


def curve(method: str, *values: float | None, every: int = 1) -> Curve:
    return Curve(method=method, metric=ERROR, every=every, values=values)


def test_where_the_better_method_is_most_ahead() -> None:
    both = (curve(MINE, 1, 1, 5, None, 1), curve(THEIRS, 2, 9, 0, 99, 2))
    assert frame_of_difference(case(*both), clips(4), Contrast(ERROR, MINE, THEIRS, (1, 2))) == 1
    assert frame_of_difference(case(*both), clips(4), Contrast(ERROR, THEIRS, MINE, (1, 2))) == 2, (
        "an error: less is more"
    )


def test_only_frames_of_the_clip_count() -> None:
    both = (curve(MINE, 1, 1, 1, 1, 1, every=2), curve(THEIRS, 99, 1, 3, 1, 1, every=2))
    assert frame_of_difference(case(*both, first_frame=3), clips(0), Contrast(ERROR, MINE, THEIRS, (1, 2))) == 1


def test_without_values_of_frames_the_pixels_say_it() -> None:
    alone = case(curve(MINE, 1, 1, 9, 1, 1))
    assert frame_of_difference(alone, clips(3), Contrast(ERROR, MINE, THEIRS, (1, 2))) == 3


def test_without_frames_there_is_none() -> None:
    assert frame_of_difference(case(), {MINE: None, THEIRS: None}, Contrast(ERROR, MINE, THEIRS, (1, 2))) is None
