"""What results record of a protocol's settings, besides its size, length and seed."""

from __future__ import annotations

from collections.abc import Collection

THINNING = "descriptors of every n-th frame"
CROP_SCALE = "crop scale"
GIVES = "methods see"


def recorded_settings(embed_every: int, crop_scale: float | None, gives: Collection[str]) -> dict[str, str]:
    """By name, as texts.

    Args:
        crop_scale: None where nothing is cropped and no method is run.
        gives: what of a driver methods may see.
    """
    found = {THINNING: str(embed_every)}
    if crop_scale is not None:
        found |= {CROP_SCALE: f"{crop_scale:g}", GIVES: ", ".join(sorted(gives)) or "nothing"}
    return found
