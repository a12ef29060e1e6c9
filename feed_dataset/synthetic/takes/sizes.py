"""Picture sizes of rendered takes, and the level of detail that a size deserves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.synthetic.takes.settings import RenderSettings

NAMED_SIZES_PX = {"512": (512, 512), "1080p": (1920, 1080), "4k": (3840, 2160)}  # width, height
_MASK_PARTS = 4  # masks have a quarter of the resolution, where that is a whole number
_FINE_PX = 1440  # from this height on, a pixel is smaller than what a second sample would show
_LEVELS = ((256, 0, 256), (512, 1, 512), (1080, 1, 1024))  # height up to, subdivision, width of the head map
_FINEST = (2, 2048)


@dataclass(frozen=True)
class WideSettings(RenderSettings):
    """Settings of pictures that are wider than `size_px`, their height."""

    width_px: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width_px < self.size_px or self.width_px % 2:
            raise ValueError(f"expected an even width of at least {self.size_px} px but got {self.width_px}")


def picture_size(settings: RenderSettings) -> tuple[int, int]:
    """Width and height in px; pictures are square unless the settings say otherwise."""
    width_px = settings.width_px if isinstance(settings, WideSettings) else settings.size_px
    return width_px, settings.size_px


def with_size(settings: RenderSettings, size: str) -> RenderSettings:
    """The settings with another size ("512", "1080p", "4k" or pixels of a square) and what follows from it."""
    name = size.lower()
    if name not in NAMED_SIZES_PX and not name.isdigit():
        raise FeedError(f"expected a size of {', '.join(NAMED_SIZES_PX)} or pixels but got {size!r}")
    width_px, height_px = NAMED_SIZES_PX.get(name) or (int(name), int(name))
    mask_px = height_px // _MASK_PARTS if height_px % _MASK_PARTS == 0 else height_px
    supersample = settings.supersample if height_px < _FINE_PX else 1
    square = replace(settings, size_px=height_px, mask_px=mask_px, supersample=supersample)
    return square if width_px == height_px else WideSettings(**vars(square), width_px=width_px)


def level_of_detail(size_px: int) -> tuple[int, int]:
    """Catmull-Clark steps and width of the head map in px for pictures of this height."""
    return next(((level, texture_px) for up_to, level, texture_px in _LEVELS if size_px <= up_to), _FINEST)
