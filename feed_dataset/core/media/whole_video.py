"""Whole videos in one array, and what their headers say. Decoding itself is in `feed_dataset.core.media`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.containers import open_media, reader_name, video_stream
from feed_dataset.core.media.first_frame import read_first_frame
from feed_dataset.core.media.pyav_reader import PyAvReader
from feed_dataset.core.media.scan import VideoScan, scan_video
from feed_dataset.core.media.types import Video, VideoInfo


def probe(path: Path | str) -> VideoInfo:
    """Size, rate and length of the first video stream. Raises VideoDecodeError.

    Demuxes the whole file without decoding it, except for one frame (its rotation swaps width and height).
    """
    return describe(path, scan_video(path, first_frame=True))


def describe(path: Path | str, scan: VideoScan) -> VideoInfo:
    """What `probe` says of a file whose packets were read already. Raises VideoDecodeError."""
    first = scan.first or read_first_frame(path)
    return VideoInfo(
        path=Path(path),
        width_px=first.width_px,
        height_px=first.height_px,
        fps=scan.fps,
        frame_count=scan.index.frame_count,
        duration_s=scan.index.last_s - scan.index.first_s + float(1 / scan.fps),
        codec=scan.codec,
        has_audio=scan.audio_rate_hz is not None,
        pixel_aspect=first.pixel_aspect,
    )


def has_audio_stream(path: Path | str) -> bool:
    """Whether the container declares sound; reads only its header. Raises VideoDecodeError."""
    with open_media(path) as container:
        video_stream(container, path)
        return bool(container.streams.audio)


def read_video(
    path: Path | str,
    *,
    max_frames: int | None = None,  # stop after so many
    size_px: int | None = None,  # shrink so that the shorter side has this many pixels; never enlarges
) -> Video:
    """Decode a video to RGB frames.

    Rotation metadata is applied, pixels are square, frames that an edit list hides are left out. Raises
    VideoDecodeError for anything unreadable, and for a file that ends before what it declares: a short video is never
    returned as a whole one. `feed_dataset.core.media.open_reader` reads parts, and in bounded memory.
    """
    if max_frames is not None and max_frames < 1:
        raise ValueError(f"expected max_frames of at least 1 but got {max_frames}")
    scan = scan_video(path)
    stop = scan.index.frame_count if max_frames is None else min(max_frames, scan.index.frame_count)
    if scan.fault and max_frames != stop:
        raise VideoDecodeError(path, reader_name(), scan.fault)
    with PyAvReader(path, scan.index) as reader:
        frames = reader.at(np.arange(stop), size_px)
    return Video(frames, scan.fps, scan.index.times_s[:stop].copy(), reader.name)
