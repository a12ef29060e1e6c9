"""Which frames a method makes of a driver: one for each, fewer at the ends, or as many as its audio lasts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from baselines.interface.errors import DriveError

FrameKind = Literal["identity", "trims", "audio-clock"]


@dataclass(frozen=True)
class FrameRule:
    """How many frames come out of a driver, and to which of its frames they belong.

    Args:
        kind: "identity": one for each frame of the driver; "trims": all but `head` at its begin and `tail` at its
            end; "audio-clock": as many as the driver's audio lasts at the method's own rate, from the first frame on,
            `tail` fewer at most.
        head, tail: frames that are lost.

    Raises:
        DriveError: another kind, a negative count, or one that the kind has not.

    Example:
        >>> FrameRule("trims", head=2, tail=2).counts(15)
        range(11, 12)
    """

    kind: FrameKind
    head: int = 0
    tail: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(FrameKind):
            raise DriveError(f"expected a frame rule among {', '.join(get_args(FrameKind))} but got {self.kind!r}")
        if self.head < 0 or self.tail < 0:
            raise DriveError(f"expected head and tail of a frame rule from 0 on but got {self.head} and {self.tail}")
        if self.kind == "trims" and not self.head + self.tail:
            raise DriveError("expected frames that are trimmed at head or tail but got none; the rule is 'identity'")
        if self.kind == "identity" and self.head + self.tail or self.kind == "audio-clock" and self.head:
            raise DriveError(f"expected no trimmed frames with the rule {self.kind!r} but got {self.head}, {self.tail}")

    def counts(self, driver_frames: int, *, audio_s: float | None = None, fps: Fraction | None = None) -> range:
        """The frame counts that the rule allows; empty where it allows none.

        Args:
            driver_frames: of the driver.
            audio_s, fps: length of its audio and the method's own rate; "audio-clock" needs both.

        Raises:
            DriveError: "audio-clock" without them.
        """
        if self.kind != "audio-clock":
            made = driver_frames - self.head - self.tail
            return range(made, made + 1) if made > 0 else range(0)
        if audio_s is None or fps is None:
            raise DriveError("expected the audio's length and the method's rate for the rule 'audio-clock'")
        longest = -int(-audio_s * fps // 1)  # the frame in which the audio ends counts
        return range(max(1, longest - 1 - self.tail), longest + 1)

    def __str__(self) -> str:
        if self.kind == "audio-clock":
            return "audio clock" + (f", up to {self.tail} frames fewer" if self.tail else "")
        return "identity" if self.kind == "identity" else f"trims {self.head} at the begin, {self.tail} at the end"
