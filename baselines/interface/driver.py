"""What drives a source: frames, audio and head poses, as far as a protocol lets a method see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from baselines.interface.checks import check_frames
from baselines.interface.errors import DriveError

if TYPE_CHECKING:
    from feed_dataset.core.media.types import Audio


@dataclass(frozen=True, eq=False, repr=False)
class Driver:
    """What drives. `Driver(frames, fps)` has everything that image frames alone can say.

    Args:
        frames: uint8 [T, S, S, 3] RGB, square face crops; None where the protocol withholds them.
        fps: frames per second.
        audio: mono; its sample 0 is at the time of the first frame. None where there is none or it is withheld.
        pose: float [T, 3, 3], head rotation of each frame; None where there is none or it is withheld.
        first_frame: uint8 [S, S, 3], in memory of its own; that of `frames` where they are given.
        frame_count: T, how many frames must come back; that of `frames` where they are given.
        size_px: S, the side of the frames that must come back; that of the frames where any is given.
        seed: for whatever is drawn at random; Python's, NumPy's and PyTorch's own random numbers begin with it, too.

    Raises:
        DriveError: arrays of another form, counts and sides that contradict each other, or no count or side at all.
    """

    frames: np.ndarray | None
    fps: Fraction
    audio: Audio | None = None
    pose: np.ndarray | None = None
    first_frame: np.ndarray | None = None
    frame_count: int = 0
    size_px: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.frames is not None:
            check_frames(self.frames, "driver frames")
            self._settle("first_frame", self.frames[0])
            self._settle("frame_count", len(self.frames))
        if self.first_frame is not None:
            check_frames(self.first_frame[None], "the driver's first frame")
            if self.first_frame.base is not None:  # of a view, `base` would give all frames, withheld ones too
                object.__setattr__(self, "first_frame", self.first_frame.copy())
            self._settle("size_px", self.first_frame.shape[0])
        if self.frame_count < 1 or self.size_px < 1:
            raise DriveError(
                "expected frame_count and size_px of a driver without frames but got"
                f" {self.frame_count} frames of {self.size_px} px"
            )
        if self.fps <= 0:
            raise DriveError(f"expected a positive frame rate but got {self.fps}")
        if self.pose is not None and self.pose.shape != (self.frame_count, 3, 3):
            raise DriveError(f"expected poses [{self.frame_count}, 3, 3] but got {list(self.pose.shape)}")

    def _settle(self, name: str, value: np.ndarray | int) -> None:
        """Take what follows from other fields; what was given must agree."""
        given = getattr(self, name)
        if isinstance(given, int) and given not in (0, value):
            raise DriveError(f"expected {name} {value} as the frames say but got {given}")
        if isinstance(given, np.ndarray) and not np.array_equal(given, value):
            raise DriveError(f"expected {name} to be the first of the frames but it is another image")
        object.__setattr__(self, name, value)

    def limited_to(self, gives: Collection[str]) -> Driver:
        """This driver without what a protocol withholds: all but `gives` of "image", "audio" and "pose".

        The first frame, the rate, the count and the side always stay.
        """
        return replace(
            self,
            frames=self.frames if "image" in gives else None,
            audio=self.audio if "audio" in gives else None,
            pose=self.pose if "pose" in gives else None,
        )

    def __repr__(self) -> str:
        parts = [f"{self.frame_count} frames of {self.size_px} px at {self.fps} fps"]
        parts += [] if self.frames is not None else ["frames withheld"]
        parts += [repr(self.audio)] if self.audio is not None else []
        parts += ["with poses"] if self.pose is not None else []
        return f"Driver({', '.join(parts)})"
