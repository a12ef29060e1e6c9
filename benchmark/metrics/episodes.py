"""When something is happening: on and off with hysteresis, and how well two such time lines agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def hysteresis(
    strength: np.ndarray,  # float [T], NaN where unknown
    on: float,
    off: float,
) -> np.ndarray:
    """Bool [T]: begins at `on`, lasts while at least `off`; an unknown frame ends it.

    Raises:
        ValueError: `off` is above `on`.
    """
    if off > on:
        raise ValueError(f"expected off <= on but got {off} > {on}")
    active, states = False, np.zeros(len(strength), dtype=bool)
    for frame, value in enumerate(np.asarray(strength, np.float64)):
        active = bool(value >= (off if active else on))  # NaN compares as False
        states[frame] = active
    return states


@dataclass(frozen=True)
class Agreement:
    """Frames in which something happens, and in how many of them the other side does the same. Sums over clips."""

    output_frames: int
    output_right: int
    driver_frames: int
    driver_met: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 when the output never does it.

        Raises:
            ValueError: the driver never does it.
        """
        if self.driver_frames == 0:
            raise ValueError("expected a driver that does it at least once")
        recall = self.driver_met / self.driver_frames
        precision = self.output_right / self.output_frames if self.output_frames else 0.0
        return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def agreement(
    output: np.ndarray,  # int [T], 0 nothing, another number for each kind
    driver: np.ndarray,  # int [T]
    tolerance_frames: int,
) -> Agreement:
    """Compare two time lines. A frame is right when the other side does the same within `tolerance_frames`."""
    return Agreement(
        output_frames=int((output != 0).sum()),
        output_right=int(_near(driver, output, tolerance_frames)[output != 0].sum()),
        driver_frames=int((driver != 0).sum()),
        driver_met=int(_near(output, driver, tolerance_frames)[driver != 0].sum()),
    )


def _near(where: np.ndarray, wanted: np.ndarray, tolerance_frames: int) -> np.ndarray:
    """Bool [T]: `where` has the wanted value of this frame within the tolerance."""
    found = np.zeros(len(wanted), dtype=bool)
    for shift in range(-tolerance_frames, tolerance_frames + 1):
        shifted = np.zeros_like(where)
        first, last = max(shift, 0), len(where) + min(shift, 0)
        if last > first:
            shifted[first:last] = where[first - shift : last - shift]
        found |= shifted == wanted
    return found
