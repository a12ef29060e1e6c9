"""Outputs that are no single picture of one person: demos write source, driver and result side by side."""

from __future__ import annotations

from typing import Literal, get_args

from benchmark.engine.outputs import CaseFailed
from benchmark.features.types.sequence import FrameSequence
from feed_dataset.core.faces.seen import FacesSeen

Panels = Literal["fail", "score"]
PANELS: tuple[Panels, ...] = get_args(Panels)
SHAPE_TOLERANCE = 0.02
"""Of the ratio of width and height: other sizes are rounded to even pixels."""
_ASK = "cut the result out, or ask for such frames with --panels score"


def check_shape(output: FrameSequence, reference: FrameSequence, panels: Panels) -> None:
    """Raise CaseFailed where frames have another shape than their reference's; another size is no other shape."""
    ratio = output.width_px * reference.height_px / (output.height_px * reference.width_px)
    if panels == "fail" and abs(ratio - 1) > SHAPE_TOLERANCE:
        raise CaseFailed(
            f"expected frames of the reference's shape ({reference.width_px}x{reference.height_px}) but got"
            f" {output.width_px}x{output.height_px}: panels side by side? {_ASK}"
        )


def check_faces(faces: FacesSeen, panels: Panels) -> None:
    """Raise CaseFailed where most frames that were searched show the followed person twice."""
    if panels == "fail" and faces.is_in_panels:
        raise CaseFailed(
            f"expected the person once but {faces.twice} of {faces.looked} searched frames show them again"
            f" ({faces.most} faces): panels side by side? {_ASK}"
        )


def face_notes(case_id: str, what: str, faces: FacesSeen) -> tuple[str, ...]:
    """What a reader must know where a video shows several faces."""
    if not faces.several:
        return ()
    how = "the one most like the source was followed" if what == "generated" else "the largest was followed"
    if not faces.is_chosen:
        how = "the one that was there first was followed"
    return (
        f"{case_id}: {what} shows up to {faces.most} faces in {faces.several} of {faces.looked} searched frames; {how}",
    )
