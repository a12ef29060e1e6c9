"""Exact reading with torchcodec, which uses the FFmpeg libraries of the system."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from feed_dataset.core.jobs.errors import VideoDecodeError, words_and_place
from feed_dataset.core.media.frame_index import FrameIndex
from feed_dataset.core.media.frame_reader import FrameReader, ReaderUnavailable
from feed_dataset.core.media.rgb import as_shown
from feed_dataset.core.media.sniff import Sniffed, check_container
from feed_dataset.core.media.threads import decoder_threads

_CONTAINERS = ("mov,", "matroska,", "flv")  # beginnings of FFmpeg's names
_TOLERANCE_S = 1e-3  # of times: Matroska rounds them
_BATCH_BYTES = 1 << 28  # frames are asked for in groups of this size, since torchcodec sorts and shares work in one


def torchcodec_fault(sniffed: Sniffed, index: FrameIndex) -> str | None:
    """Why torchcodec gives wrong frames of such a file, or None.

    Measured with torchcodec 0.13: frames off by one in AVI and ASF, grey or wrong ones in MPEG streams, in an MP4
    that was cut between key frames without encoding the next key frame for every index before it, and of transparent
    pixels the colour that nobody is to see; no error anywhere.
    """
    if index.counted or not sniffed.container.startswith(_CONTAINERS):
        return f"torchcodec gives wrong frames of such files in {sniffed.container.partition(',')[0]}"
    if sniffed.has_alpha:
        return "its pixels can be transparent, and torchcodec drops that instead of laying them on a colour"
    if not index.keyframe[0]:
        return "it was cut between key frames without encoding, and torchcodec gives wrong frames of it"
    return None


class TorchcodecReader(FrameReader):
    """`VideoDecoder(seek_mode="exact")` where it is known to be right; the rest is refused.

    Sizes are reached from full-size RGB, which costs more than with PyAV.
    """

    def __init__(self, path: Path | str, index: FrameIndex, threads: int | None = None) -> None:
        self.path, self.index = Path(path), index
        sniffed = check_container(path)  # torchcodec itself would open playlists
        try:
            from torchcodec.decoders import VideoDecoder  # type: ignore[attr-defined]
        except (ImportError, OSError, RuntimeError) as error:
            first = words_and_place(error).strip().splitlines()[0]
            raise ReaderUnavailable(f"torchcodec does not load here ({first}); take the reader 'pyav'") from error
        self.name = f"torchcodec {version('torchcodec')}"
        fault = torchcodec_fault(sniffed, index)
        if fault:
            raise VideoDecodeError(self.path, self.name, f"{fault}; take the reader 'pyav'")
        self.pixel_aspect = sniffed.pixel_aspect
        count = decoder_threads() if threads is None else threads
        try:
            self._decoder: Any = VideoDecoder(
                str(self.path.resolve()), dimension_order="NHWC", num_ffmpeg_threads=count, seek_mode="exact"
            )
        except (RuntimeError, ValueError) as error:
            raise VideoDecodeError(self.path, self.name, str(error)) from error
        if len(self._decoder) != index.frame_count:
            detail = f"expected {index.frame_count} frames but it finds {len(self._decoder)}"
            raise VideoDecodeError(self.path, self.name, detail)

    def read(self, indices: np.ndarray, size_px: int | None = None) -> Iterator[tuple[int, np.ndarray]]:
        decoder = self._decoder
        height, width = decoder.metadata.height or 1, decoder.metadata.width or 1
        group = max(_BATCH_BYTES // (height * width * 3), 1)
        for start in range(0, len(indices), group):
            numbers = [int(number) for number in indices[start : start + group]]
            try:
                found = decoder.get_frames_at(numbers)
            except (RuntimeError, ValueError, IndexError) as error:
                detail = f"frames {numbers[0]} to {numbers[-1]} cannot be decoded ({str(error).splitlines()[0]})"
                raise VideoDecodeError(self.path, self.name, detail) from error
            late_s = np.abs(found.pts_seconds.numpy() - self.index.times_s[numbers])
            if late_s.max() > _TOLERANCE_S:
                number = numbers[int(late_s.argmax())]
                detail = f"expected frame {number} at {self.index.times_s[number]:.3f} s but it gives another one"
                raise VideoDecodeError(self.path, self.name, f"{detail}; take the reader 'pyav'")
            for number, picture in zip(numbers, found.data.numpy(), strict=True):
                yield number, as_shown(picture, self.pixel_aspect, size_px)

    def close(self) -> None:
        self._decoder = None
