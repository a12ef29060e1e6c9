"""The choice among video readers.

| name       | when                               | what to know                                                   |
|------------|------------------------------------|----------------------------------------------------------------|
| pyav       | always; what "auto" takes          | exact; brings its own FFmpeg: the same pixels on every machine |
| torchcodec | where it loads; asked for by name  | FFmpeg of the system; right in MP4, MOV, Matroska and FLV from |
|            |                                    | a key frame on, opaque (others refused); slow for small sizes  |
| decord     | where installed; asked for by name | wrong frames of HEVC, MPEG streams and AVI (all refused), with |
|            |                                    | edit lists (refused) and after seeks (so it never seeks)       |
"""

from __future__ import annotations

from pathlib import Path

from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.core.media.frame_index import FrameIndex
from feed_dataset.core.media.frame_reader import FrameReader
from feed_dataset.core.media.scan import sound_index

BACKENDS = ("auto", "pyav", "torchcodec", "decord")


def open_reader(
    path: Path | str, backend: str = "auto", index: FrameIndex | None = None, threads: int | None = None
) -> FrameReader:
    """Open a video for exact reading.

    Args:
        path: a local video file.
        backend: one of BACKENDS; see the table above.
        index: the frame index of this very file when it is known; built, and the file checked for truncation,
            otherwise.
        threads: of the decoder; None takes what suits this process.

    Raises:
        VideoDecodeError: the file is no video, or holds less than it declares.
        ReaderUnavailable: the backend does not load here.
    """
    if backend not in BACKENDS:
        raise ValueError(unknown("reader", backend, BACKENDS))
    if index is None:
        index = sound_index(path)
    if backend == "torchcodec":
        from feed_dataset.core.media.torchcodec_reader import TorchcodecReader

        return TorchcodecReader(path, index, threads)
    if backend == "decord":
        from feed_dataset.core.media.decord_reader import DecordReader

        return DecordReader(path, index, threads)
    from feed_dataset.core.media.pyav_reader import PyAvReader

    return PyAvReader(path, index, threads)
