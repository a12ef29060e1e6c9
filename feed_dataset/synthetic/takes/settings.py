"""feed-mini: what the small synthetic FEED that ships with the package consists of.

The clips lie beside this file.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

VERSION = "1.1.0"  # changes whenever the rendered data changes
SUBJECTS = ("S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08")
STEMS = ("MAU_strong", "rotations", "FF_NR", "tongue_em", "random", "speech")
ALL_CAMERAS = ("C", "L", "R")


@dataclass(frozen=True)
class RenderSettings:
    """How takes are rendered and encoded."""

    size_px: int = 512
    frame_count: int = 50
    fps: int = 25
    seed: int = 0
    crf: int = 26
    preset: str = "veryslow"
    supersample: int = 2
    mask_px: int = 128
    cameras: tuple[str, ...] = ALL_CAMERAS

    def __post_init__(self) -> None:
        if not 32 <= self.size_px <= 4096 or self.size_px % 2:
            raise ValueError(f"expected an even size of 32 to 4096 px but got {self.size_px}")
        if self.frame_count < 2:
            raise ValueError(f"expected at least 2 frames but got {self.frame_count}")
        if self.fps < 1:
            raise ValueError(f"expected at least 1 frame per second but got {self.fps}")
        if not 0 <= self.crf <= 51:
            raise ValueError(f"expected an H.264 rate factor of 0 to 51 but got {self.crf}")
        if self.mask_px < 8 or self.size_px % self.mask_px:
            raise ValueError(f"expected a mask size that divides {self.size_px} px but got {self.mask_px}")
        if not self.cameras or not set(self.cameras) <= set(ALL_CAMERAS):
            raise ValueError(f"expected cameras among {', '.join(ALL_CAMERAS)} but got {', '.join(self.cameras)!r}")

    def described(self) -> dict[str, Any]:
        """The settings as recipes and manifests state them: all cameras go without saying."""
        content = asdict(self)
        if self.cameras == ALL_CAMERAS:
            del content["cameras"]
        return content


SETTINGS = RenderSettings()
