"""From a decoder's frame to an upright RGB picture of square pixels on the one backdrop, full size or shrunk."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.core.media.images import BACKDROP
from feed_dataset.core.media.square import square_pixels

if TYPE_CHECKING:
    from av.video.format import VideoFormat
    from av.video.frame import VideoFrame

# Formats whose two steps below (shrink, then turn into RGB) are what swscale does in one, at half the cost: its
# one-step path to packed RGB is not vectorised.
_TWO_STEPS = {"yuv420p": "yuv422p", "yuv422p": "yuv422p", "yuvj420p": "yuvj422p", "yuvj422p": "yuvj422p"}


def shrunk_size(width_px: int, height_px: int, size_px: int | None) -> tuple[int, int]:
    """Width and height with `size_px` at the shorter side; never larger than the picture is."""
    shorter = min(width_px, height_px)
    if size_px is None or shorter <= size_px:
        return width_px, height_px
    scale = size_px / shorter
    return max(round(width_px * scale), 1), max(round(height_px * scale), 1)


class RgbConverter:
    """Turns frames of one video into RGB; keeps swscale's tables between frames, so use one per video.

    Args:
        size_px: of the shorter side, as shown; never enlarges.
        pixel_aspect: width over height of a pixel as stored, before rotation.
    """

    def __init__(self, size_px: int | None = None, pixel_aspect: Fraction = Fraction(1)) -> None:
        from av.video.reformatter import Interpolation, VideoReformatter

        self.size_px, self.pixel_aspect = size_px, pixel_aspect
        self._first, self._second = VideoReformatter(), VideoReformatter()
        self._area = Interpolation.AREA
        self._bicubic = Interpolation.BICUBIC  # what the ffmpeg program uses

    def __call__(self, frame: VideoFrame) -> np.ndarray:  # uint8 [H, W, 3]
        width, height = shrunk_size(frame.width, frame.height, self.size_px)
        turns = quarter_turns(frame)
        is_transparent = has_alpha(frame.format)
        frame = frame if is_transparent else _plain(frame)
        is_square = self.pixel_aspect == 1
        if is_transparent:
            picture = self._on_backdrop(frame)
        elif is_square and (width, height) != (frame.width, frame.height):
            picture = self._shrink(frame, width, height)
        else:
            rgb = self._second.reformat(frame, format="rgb24", interpolation=self._bicubic, threads=1)
            picture = rgb.to_ndarray()
        upright = np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture
        return as_shown(upright, 1 / self.pixel_aspect if turns % 2 else self.pixel_aspect, self.size_px)

    def _on_backdrop(self, frame: VideoFrame) -> np.ndarray:
        rgba = self._second.reformat(frame, format="rgba", interpolation=self._bicubic, threads=1).to_ndarray()
        opacity = rgba[..., 3:].astype(np.uint16)
        mixed = rgba[..., :3] * opacity + np.array(BACKDROP, np.uint16) * (255 - opacity)
        return ((mixed + 127) // 255).astype(np.uint8)

    def _shrink(self, frame: VideoFrame, width: int, height: int) -> np.ndarray:
        between = _TWO_STEPS.get(frame.format.name)
        if between is None:
            return self._first.reformat(
                frame, width=width, height=height, format="rgb24", interpolation=self._area, threads=1
            ).to_ndarray()
        small = self._first.reformat(
            frame, width=width, height=height, format=between, interpolation=self._area, threads=1
        )
        return self._second.reformat(small, format="rgb24", interpolation=self._bicubic, threads=1).to_ndarray()


def as_shown(
    picture: np.ndarray,  # uint8 [H, W, 3], upright
    pixel_aspect: Fraction,
    size_px: int | None,
) -> np.ndarray:
    """A picture that is RGB and upright already, as every reader gives it: square pixels, then the size asked for."""
    return shrink_rgb(square_pixels(picture, pixel_aspect), size_px)


def shrink_rgb(picture: np.ndarray, size_px: int | None) -> np.ndarray:  # uint8 [H, W, 3]
    """Shrink a picture that is RGB already, by area."""
    import av

    height, width = picture.shape[:2]
    target = shrunk_size(width, height, size_px)
    if target == (width, height):
        return picture
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return frame.to_ndarray(width=target[0], height=target[1], interpolation="AREA", threads=1)


def has_alpha(pixels: VideoFormat) -> bool:
    """Whether pixels can be transparent; palettes hold it per colour."""
    return pixels.name == "pal8" or any(component.is_alpha for component in pixels.components)


def quarter_turns(frame: VideoFrame) -> int:
    """Anticlockwise quarter turns that show the frame upright."""
    return round(frame.rotation / 90) % 4


def _plain(frame: VideoFrame) -> VideoFrame:
    """The frame, or a copy that is silent about interlacing and about where chroma samples lie.

    swscale heeds both since FFmpeg 7.1. It then shrinks fields apart, and shifts chroma by up to half a pixel in 10-bit
    video and in pictures of odd size (MPEG-2 and MPEG-4 say where chroma lies, MPEG-1 and VP9 do not); the ffmpeg
    program before that, and torchcodec with its libraries, do not. Readers must agree.
    """
    import av

    components = frame.format.components
    is_subsampled = components[-1].width * components[-1].height < frame.width * frame.height
    is_shifted = is_subsampled and (components[0].bits > 8 or frame.width % 2 or frame.height % 2)
    if not (is_shifted or frame.interlaced_frame):
        return frame
    copy = av.VideoFrame(frame.width, frame.height, frame.format.name)
    for source, target in zip(frame.planes, copy.planes, strict=True):
        rows = np.frombuffer(memoryview(source), np.uint8).reshape(source.height, source.line_size)
        into = np.frombuffer(memoryview(target), np.uint8).reshape(target.height, target.line_size)
        length = min(source.line_size, target.line_size)
        into[:, :length] = rows[:, :length]
    copy.colorspace, copy.color_range = frame.colorspace, frame.color_range
    return copy
