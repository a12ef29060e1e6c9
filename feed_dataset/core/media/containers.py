"""Opening media files that may come from anybody: local files in real containers, nothing else."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.errors import VideoDecodeError, words_of
from feed_dataset.core.media.limits import MAX_FRAME_PIXELS, size_problem
from feed_dataset.core.media.square import pixel_aspect_of, square_width_px
from feed_dataset.core.media.unread import HEAD_BYTES, unread_kind

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

# Demuxers by FFmpeg's names. Playlists and scripts (hls, dash, concat, image2, ...) name other files or
# hosts, so they are not among them.
CONTAINERS = (
    "mov",
    "matroska",
    "avi",
    "mpegts",
    "mpeg",
    "asf",
    "flv",
    "ogg",
    "wav",
    "mp3",
    "flac",
    "h264",
    "hevc",
)
_DECODER = {"max_pixels": str(MAX_FRAME_PIXELS)}  # also of frames that are larger than their header says
_NONE: Mapping[str, str] = MappingProxyType({})
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": ",".join(CONTAINERS), **_DECODER}


def reader_name() -> str:
    """Name and version of the decoder, as results record it."""
    import av

    return f"pyav {av.__version__}"


@contextmanager
def open_media(path: Path | str) -> Iterator[InputContainer]:
    """Open a media file; every fault of the file, also while decoding, leaves as VideoDecodeError."""
    container = open_container(path)
    with media_errors(path), container:
        yield container


def open_container(path: Path | str) -> InputContainer:
    """Open a media file that the caller closes. Raises VideoDecodeError."""
    file_head(path)
    return open_checked(path)


def file_head(path: Path | str) -> bytes:
    """The first bytes of a file that may be a video. Raises VideoDecodeError where it is certainly none."""
    file = Path(path)
    with media_errors(file):
        try:
            status = file.stat()
        except FileNotFoundError:
            raise VideoDecodeError(file, reader_name(), "there is no such file") from None
        if not stat.S_ISREG(status.st_mode):
            raise VideoDecodeError(file, reader_name(), "it is not a file")
        if status.st_size == 0:
            raise VideoDecodeError(file, reader_name(), "it is empty (0 bytes)")
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
    kind = unread_kind(head, file.name)
    if kind:
        raise VideoDecodeError(file, reader_name(), kind)
    return head


def open_checked(path: Path | str, options: Mapping[str, str] = _NONE) -> InputContainer:
    """Open what `file_head` has nothing against; `options` are FFmpeg's, besides ours. Raises VideoDecodeError."""
    import av

    with media_errors(path):
        # An absolute path is never taken for an address or an option; ".." and links stay the system's business.
        name = str(Path(path).absolute())
        return av.open(name, mode="r", options={**_OPTIONS, **options}, metadata_errors="ignore")


@contextmanager
def media_errors(path: Path | str, prefix: str = "") -> Iterator[None]:
    """Turn what FFmpeg raises into VideoDecodeError."""
    import av

    try:
        yield
    except (av.error.FFmpegError, OSError, UnicodeDecodeError) as error:
        raise VideoDecodeError(path, reader_name(), f"{prefix}{_reason(error)}") from error


def video_stream(container: InputContainer, path: Path | str) -> VideoStream:
    """The first stream of moving pictures; the cover of a music file is none.

    Raises VideoDecodeError where there is none, and where its frames are too large to be decoded.
    """
    from av.stream import Disposition

    for stream in container.streams.video:
        is_cover = bool(stream.disposition & Disposition.attached_pic)
        if stream.codec_context is not None and not is_cover:
            check_frame_size(stream, path)
            return stream
    raise VideoDecodeError(path, reader_name(), "it has no video stream")


def check_frame_size(stream: VideoStream, path: Path | str) -> None:
    """Raise VideoDecodeError where the header, or a frame that was decoded since, says too large a size or none."""
    context = stream.codec_context
    problem = size_problem(context.width, context.height)
    if not context.width * context.height:
        problem = f"it declares no frame size, or frames of more than {MAX_FRAME_PIXELS:,} pixels"
    aspect = pixel_aspect_of(stream)
    if problem is None and aspect != 1:  # stored upright or not: the larger of both
        widest = square_width_px(context.width, max(aspect, 1 / aspect))
        problem = size_problem(widest, context.height)
        problem = problem and f"with pixels of {aspect}, {problem}"
    if problem is not None:
        raise VideoDecodeError(path, reader_name(), problem)
    if not context.is_open:
        context.options = {**context.options, **_DECODER}


def _reason(error: Exception) -> str:
    text = words_of(error)
    return f"{text[0].lower()}{text[1:]}" if text[:2].istitle() else text
