"""Why the first frame of a video cannot say what a tongue would look like."""

from __future__ import annotations

from enum import IntEnum


class Untellable(IntEnum):
    """The last column of the feature "tongue"."""

    NO = 0
    DARK = 1
    BRIGHT = 2
    BLUE_LIPS = 3
