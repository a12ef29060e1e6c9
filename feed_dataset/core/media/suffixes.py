"""The file name endings of the whole project: what is read as what, and what is told as not read."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".flv", ".f4v", ".wmv", ".asf", ".mpg", ".mpeg",
                  ".vob", ".ts", ".m2ts", ".mts", ".ogv", ".3gp")  # fmt: skip
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
AUDIO_SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac")
UNREAD_SUFFIXES = (".gif", ".apng", ".mxf", ".nut", ".y4m", ".yuv", ".ivf", ".rm", ".rmvb", ".h264", ".264", ".h265",
                   ".265", ".hevc", ".m1v", ".m2v", ".mjpeg", ".mjpg", ".dv", ".divx", ".swf", ".heic", ".heif",
                   ".avif", ".psd", ".raw")  # fmt: skip
"""Of pictures and videos that nothing here reads by their name."""
_KINDS = (VIDEO_SUFFIXES, IMAGE_SUFFIXES, AUDIO_SUFFIXES)


def why_unread(path: PurePath, suffixes: Collection[str]) -> str | None:
    """Why a file is not read where files with these suffixes are; None where it is, or where it is nothing of the kind.

    Files of the same kinds (a .wmv among .mp4) are told, hidden ones and others (a .txt among videos) are not.
    """
    suffix = path.suffix.lower()
    if suffix in suffixes or path.name.startswith("."):
        return None
    wanted = [kind for kind in _KINDS if any(one in suffixes for one in kind)]
    if suffix not in UNREAD_SUFFIXES and not any(suffix in kind for kind in wanted):
        return None
    return f"{path.name} is there, but {suffix} is not read; expected {', '.join(sorted(suffixes))}"
