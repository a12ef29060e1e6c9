"""Names of rows that are no method's: ceilings, and what they are; controls; the baseline of several cameras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

REENCODED, DELAYED, EXACT_RENDER = "driver-reencoded", "driver-delayed", "exact-render"
CEILINGS = (REENCODED, DELAYED, EXACT_RENDER)
"""No method may have such a name."""
MEAN_OF_VIEWS = "mean-of-views"
"""On protocols of several cameras: the pixel mean of what the other cameras saw, brought over each other."""
CRF = 35
"""H.264 rate factor of the second encoding: what a video platform does to a small video."""
DELAY_FRAMES = 1

SUMMARIES: Mapping[str, str] = {
    REENCODED: f"the driver's frames after H.264 at rate factor {CRF}",
    DELAYED: f"the driver, {DELAY_FRAMES} frame of its file late",
    EXACT_RENDER: "the source person rendered in the driver's exact state",
}

Control = Literal["shuffled-audio", "silent-audio", "still-head"]
CONTROLS: tuple[Control, ...] = get_args(Control)
"""On protocols that are driven by sound: a method that hears another clip, or nothing, or whose head is held."""


def control_row(method: str, control: Control) -> str:
    """Name of a control's row.

    Example:
        >>> control_row("mine", "silent-audio")
        'mine+silent-audio'
    """
    return f"{method}+{control}"


def hears_its_own(name: str) -> bool:
    """Whether a row of sound hears the case's own: two of the controls hear another's, or nothing."""
    return not any(name.endswith(f"+{control}") for control in CONTROLS[:2])


def is_control_row(name: str) -> bool:
    """Whether a name is a control's: no method may have such a one."""
    return any(name.endswith(f"+{control}") for control in CONTROLS)
