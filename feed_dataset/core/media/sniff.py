"""A look at a file before a library with fewer scruples opens it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from feed_dataset.core.media.containers import open_media, video_stream
from feed_dataset.core.media.first_frame import read_first_frame
from feed_dataset.core.media.rgb import has_alpha
from feed_dataset.core.media.square import pixel_aspect_of


@dataclass(frozen=True)
class Sniffed:
    """What other libraries do not heed, or not rightly."""

    container: str  # FFmpeg's name of the format
    codec: str
    pixel_aspect: Fraction  # width / height of a stored pixel, upright
    has_alpha: bool


def check_container(path: Path | str) -> Sniffed:
    """What the header of a video says; VideoDecodeError unless it is a real container (`CONTAINERS`)."""
    with open_media(path) as container:
        stream = video_stream(container, path)
        context = stream.codec_context
        pixels = context.format
        is_clear = pixels is not None and has_alpha(pixels)
        found = container.format.name, context.name
        is_square = pixel_aspect_of(stream) == 1
    return Sniffed(*found, Fraction(1) if is_square else read_first_frame(path).pixel_aspect, is_clear)
