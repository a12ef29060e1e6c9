"""Videos, sound and images in and out: the names that the rest of the project imports."""

from __future__ import annotations

from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.images import read_image
from feed_dataset.core.media.types import Audio, Video, VideoInfo
from feed_dataset.core.media.whole_video import has_audio_stream, probe, read_video
from feed_dataset.core.media.writer import write_video

__all__ = [
    "Audio",
    "Video",
    "VideoInfo",
    "has_audio_stream",
    "probe",
    "read_audio",
    "read_image",
    "read_video",
    "write_video",
]
