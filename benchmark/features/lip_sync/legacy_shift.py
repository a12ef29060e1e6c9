"""By how much the historical script's first step moves pictures: its `ffmpeg -async 1 -r 25` into an AVI, then JPEGs.

The AVI has a slot without a picture, which the JPEG step fills with a copy; above 25 frames/s, `-r 25` falls behind
besides before it drops its first picture. `python -m scripts.ffmpeg_at_25` measures both.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from feed_dataset.core.media.timing import is_steady, mean_rate

FFMPEG = "5.1.9"
"""The release that the [legacy] rows stand for (Debian 12). From 29.97 frames/s on 9.0.2 has 2.3 to 2.5 frames."""
LATE_FRAMES: dict[Fraction, int] = {
    **dict.fromkeys((Fraction(20), Fraction(24000, 1001), Fraction(24), Fraction(25)), 1),
    **dict.fromkeys(map(Fraction, ("30000/1001", "30", "48", "50", "60000/1001", "60")), 2),
}
"""By frames/s how many frames of 40 ms its pictures are late, rounded from 0.97 to 1.00 and from 1.81 to 2.33."""
_SAME = 1e-4


def late_frames(times_s: np.ndarray) -> int | str:
    """How many frames of 40 ms the script's pictures are late, or why that is not known.

    Args:
        times_s: when each frame is shown, float64 [T].
    """
    rate = mean_rate(times_s)
    known = next((fps for fps in LATE_FRAMES if abs(rate / fps - 1) < _SAME), None)
    if known is None or not is_steady(times_s, known):
        how = f"{float(rate):.6g} frames per second" if is_steady(times_s, rate) else "a variable rate"
        return f"by how much ffmpeg {FFMPEG} moves the pictures at {how} is not known"
    return LATE_FRAMES[known]
