"""How large a frame may be, for every decoder: more is damage, or an attack on memory."""

from __future__ import annotations

MAX_FRAME_PIXELS = 8192 * 8192  # twice 8K
"""200 MB as RGB. Decoders hold several frames, and a file of some kilobytes can declare any size."""


def size_problem(width_px: int, height_px: int) -> str | None:
    """Why frames of this size are not decoded, or None."""
    if width_px * height_px <= MAX_FRAME_PIXELS:
        return None
    return f"it declares frames of {width_px} x {height_px} pixels, more than {MAX_FRAME_PIXELS:,} in all"
