"""Names of rows that are no method's: ceilings, and what they are; the baseline of several cameras."""

from __future__ import annotations

from collections.abc import Mapping

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
