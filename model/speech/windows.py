"""Overlapping windows on the clock of the pictures, and how what they say of one moment becomes one value."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

POSITION_S = 0.02
"""Whisper's encoder has a value for every 20 ms."""
FRAMES_PER_POSITION = 2
"""Mel frames of `mel` in that time; position p is at the time of frame 2 p."""
LONGEST_S = 30.0
"""Whisper's encoder knows no later place in a window."""


@dataclass(frozen=True)
class Windows:
    """Windows of equal length that begin at the multiples of a step, of the clock and not of the sound.

    Every moment lies in length / step of them, before the first sample and after the last one as well; there is
    silence around a sound. Their values are averaged with the weights of a Hann window. Whisper's encoder knows where
    in its window it is and its values depend on that: the more windows, the less.

    Args:
        length_s: of a window; a multiple of `step_s`, and at most LONGEST_S.
        step_s: from one window to the next, a multiple of POSITION_S. With `length_s` equal to it, windows stand
            side by side, as in transcription.
    """

    length_s: float = 3.0
    step_s: float = 0.6

    def __post_init__(self) -> None:
        for name, value in (("length_s", self.length_s), ("step_s", self.step_s)):
            if not (POSITION_S <= value <= LONGEST_S and _is_multiple(value, POSITION_S)):
                raise ValueError(f"expected {name} a multiple of {POSITION_S} up to {LONGEST_S:g} but got {value}")
        if not _is_multiple(self.length_s, self.step_s):
            raise ValueError(f"expected length_s a multiple of step_s, {self.step_s}, but got {self.length_s}")

    @property
    def length(self) -> int:
        """In positions."""
        return round(self.length_s / POSITION_S)

    @property
    def step(self) -> int:
        """In positions."""
        return round(self.step_s / POSITION_S)

    @property
    def weights(self) -> Tensor:
        """float32 [length]: those of all windows over a moment add up to 1."""
        if self.length == self.step:
            return torch.ones(self.length)
        bell = torch.hann_window(self.length + 2, periodic=False, dtype=torch.float64)[1:-1]
        together = bell.view(-1, self.step).sum(0)
        return (bell / together.repeat(self.length // self.step)).float()

    def __str__(self) -> str:
        return f"windows of {self.length_s:g} s every {self.step_s:g} s"

    def over(self, first: int, last: int) -> range:
        """Numbers of the windows that hold any of the positions `first` to `last`; window k begins at k step."""
        return range((first - self.length) // self.step + 1, last // self.step + 1)


def _is_multiple(value: float, of: float) -> bool:
    return abs(value / of - round(value / of)) < 1e-6
