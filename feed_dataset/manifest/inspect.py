"""What a media file is: one look at its header, its first frame and its packet table."""

from __future__ import annotations

from pathlib import Path

from feed_dataset.core.jobs.errors import ImageDecodeError, VideoDecodeError, words_of
from feed_dataset.core.media.containers import open_media, reader_name, video_stream
from feed_dataset.core.media.first_frame import read_first_frame
from feed_dataset.core.media.limits import size_problem
from feed_dataset.manifest.entry import MediaFacts


def inspect_video(path: Path) -> MediaFacts:
    """Read the facts of a video without decoding more than one frame. Raises VideoDecodeError.

    A file that ends before what its header declares is truncated, and so an error. What is wrong inside the frames
    shows only when they are decoded: see `decode_video`.
    """
    from feed_dataset.core.media.scan import scan_video

    scan = scan_video(path, first_frame=True)
    if scan.fault is not None:
        raise VideoDecodeError(path, reader_name(), scan.fault)
    first = scan.first or read_first_frame(path)
    if not scan.index.counted and first.pts != scan.index.pts[0]:
        raise VideoDecodeError(path, reader_name(), "its first frame cannot be decoded")
    return MediaFacts(
        container=scan.container,
        codec=scan.codec,
        width_px=first.width_px,
        height_px=first.height_px,
        rotation_deg=first.rotation_deg,
        pix_fmt=first.pix_fmt,
        fps=scan.fps,
        frame_count=scan.index.frame_count,
        first_pts_s=scan.index.first_s,
        last_pts_s=scan.index.last_s,
        has_audio=scan.audio_rate_hz is not None,
        audio_rate_hz=scan.audio_rate_hz or 0,
        frame_index=scan.index.to_bytes(),
    )


def decode_video(path: Path, expected_frames: int) -> None:
    """Decode every frame, keeping none. Raises VideoDecodeError for the first that is damaged or missing."""
    import av

    count = 0
    with open_media(path) as container:
        stream = video_stream(container, path)
        stream.thread_type = "SLICE"  # with frame threads FFmpeg loses the mark of a damaged frame now and then
        try:
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    raise VideoDecodeError(path, reader_name(), f"frame {count} is damaged")
                count += 1
        except av.error.FFmpegError as error:
            detail = f"frame {count} of {expected_frames} cannot be decoded ({error.strerror})"
            raise VideoDecodeError(path, reader_name(), detail) from error
    if count < expected_frames:
        raise VideoDecodeError(path, reader_name(), f"expected {expected_frames} frames but decoded {count}")


def inspect_audio(path: Path) -> MediaFacts:
    """Read the facts of a sound file. Raises VideoDecodeError."""
    with open_media(path) as container:
        if not container.streams.audio:
            raise VideoDecodeError(path, reader_name(), "it has no sound stream")
        stream = container.streams.audio[0]
        if next(container.decode(stream), None) is None:
            raise VideoDecodeError(path, reader_name(), "it holds no sound")
        seconds = container.duration / 1e6 if container.duration else None
        return MediaFacts(
            container=container.format.name,
            codec=stream.codec_context.name,
            has_audio=True,
            audio_rate_hz=stream.codec_context.sample_rate,
            first_pts_s=None if seconds is None else 0.0,
            last_pts_s=seconds,
        )


def inspect_image(path: Path) -> MediaFacts:
    """Read the header of an image and check what its format lets one check. Raises ImageDecodeError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            facts = MediaFacts(
                container=(image.format or "").lower(),
                codec=(image.format or "").lower(),
                width_px=image.width,
                height_px=image.height,
                pix_fmt=image.mode,
                frame_count=1,
            )
            problem = size_problem(image.width, image.height)
            if problem is not None:
                raise ImageDecodeError(path, problem)
            image.verify()
            return facts
    except UnidentifiedImageError as error:
        raise ImageDecodeError(path, "it is in no known image format") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageDecodeError(path, words_of(error)) from error
