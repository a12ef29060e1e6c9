"""A look at a file before a library with fewer scruples opens it."""

from __future__ import annotations

from pathlib import Path

from feed_dataset.core.media.containers import open_media, video_stream


def check_container(path: Path | str) -> tuple[str, str]:
    """Format and codec of a video, by FFmpeg's names; VideoDecodeError unless it is a real container (`CONTAINERS`)."""
    with open_media(path) as container:
        return container.format.name, video_stream(container, path).codec_context.name
