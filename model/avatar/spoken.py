"""What drives by sound, as this folder sees it; `model.speech.driving` has it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from model.avatar.motion import Motion
from model.networks.emoportraits import EMOPortraits


class Spoken(Protocol):
    """A sound that drives; see `model.speech.driving.driver.SpeechDriver`."""

    path: Path | None
    start_s: float
    duration_s: float

    @property
    def fps(self) -> Fraction:
        """Its own frames in a second."""
        ...

    def times_s(self, fps: Fraction | None = None) -> np.ndarray:
        """Times of a film's frames, float64 [T]."""
        ...

    def check_fits(self, generator: EMOPortraits) -> None:
        """Raises ModelError unless its weights were trained for this model."""
        ...

    def motions(self, times_s: np.ndarray, person: Motion) -> Iterator[Motion]:
        """What sound alone makes of a person at these times, some frames at a time."""
        ...

    def blended(self, heard: Motion, seen: Motion, *, face: bool, pose: bool) -> Motion:
        """Sound and videos as one motion; `face` and `pose` say what videos show."""
        ...
