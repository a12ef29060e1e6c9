"""Opacity of ribbons: what a hair covers, the fibres that a ribbon stands for, their ends."""

from __future__ import annotations

import math

from feed_dataset.synthetic.render.jit import helper
from feed_dataset.synthetic.render.kernel_math import hash2, smoothstep


@helper
def strand_alpha(along: float, side: float, random: float, share: float, opacity: float, fibres: float) -> float:
    """Opacity of a ribbon at a place on it: fixed to the strand, so that it does not flicker between frames."""
    fibre = math.floor(side * fibres)
    alpha = share * opacity
    if (
        along > 0.4125
    ):  # fibres of a ribbon end between 55 % and 100 % of its length, and thin out over the last quarter
        length = 0.55 + 0.45 * hash2(fibre + 3.0, random * 331.0)
        alpha *= 1.0 - smoothstep(0.75, 1.0, along / length) * 0.9
    if fibres > 1.5:
        gap = abs(side * fibres - fibre - 0.5) * 2.0
        alpha *= (1.0 - 0.55 * gap * gap) * (1.0 - 0.35 * abs(2.0 * side - 1.0))
    return alpha


@helper
def strand_stands_out(along: float, side: float, random: float, alpha: float, fibres: float) -> bool:
    """Whether the layer takes this strand's colour: chance in proportion to its opacity, fixed to the strand."""
    return alpha >= hash2(random * 53.0 + math.floor(side * fibres) * 0.37, math.floor(along * 2.0))
