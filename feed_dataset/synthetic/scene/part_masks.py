"""The segmentation's vocabulary: 17 face parts and background."""

from __future__ import annotations

import numpy as np

from feed_dataset.synthetic.scene.types import SEGMENTS

PART_NAMES: tuple[str, ...] = tuple(sorted(SEGMENTS, key=SEGMENTS.__getitem__))
"""Name of each label: PART_NAMES[parts[y, x]]. Left and right are the subject's."""


def part_mask(
    parts: np.ndarray,  # uint8 [..., H, W] labels, as rendered
    *names: str,
) -> np.ndarray:  # bool [..., H, W]
    """Where any of the named parts is seen.

    Raises:
        KeyError: a name is not in PART_NAMES.
    """
    return np.isin(parts, [SEGMENTS[name] for name in names])
