"""Videos of people who speak, cut into short clips: mouths, voices and motions, each with its own or a stranger's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.features.lip_sync.loudness import RATE_HZ, SAMPLE_RATE_HZ, speech_envelope
from benchmark.metrics.landmark_sets import MESH468
from benchmark.metrics.speech_mesh import normalise_to_mouth
from benchmark.metrics.sync_mouth import LagResult, find_lag, mouth_opening
from benchmark.metrics.velocity_lag import VelocityLag, find_velocity_lag
from feed_dataset.core.faces.networks import FaceNetworks
from feed_dataset.core.faces.track import track_faces
from feed_dataset.core.media.audio import read_audio, resample
from feed_dataset.core.media.timing import frame_s
from feed_dataset.core.media.video import read_video

MARGIN_S = 0.3
"""Of sound beyond the mouth's last frame."""


@dataclass(frozen=True)
class Window:
    """A part of a video: landmarks, when they are shown since its start, and the voice's level 100 times a second."""

    name: str
    landmarks_px: np.ndarray
    times_s: np.ndarray
    envelope: np.ndarray


def speaking(path: Path, networks: FaceNetworks) -> Window | None:
    """A whole video; None where it has no sound."""
    video = read_video(path)
    first_s = float(video.pts_s[0])
    audio = read_audio(path, first_s)
    if audio is None:
        return None
    samples = resample(audio.samples, audio.sample_rate_hz, SAMPLE_RATE_HZ)
    landmarks = track_faces(video.frames, networks=networks).landmarks_px
    return Window(path.name, landmarks, video.pts_s - first_s, speech_envelope(samples))


def windows(clips: Sequence[Window], seconds: int) -> list[Window]:
    """Clips of that length, one after another; what is left at the end of a video is left out."""
    cut = []
    for clip in clips:
        for start_s in np.arange(0, clip.times_s[-1] + frame_s(clip.times_s) - seconds + 1e-6, seconds):
            inside = (clip.times_s >= start_s - 1e-6) & (clip.times_s < start_s + seconds - 1e-6)
            first = round(start_s * RATE_HZ)
            level = clip.envelope[first : first + round((seconds + MARGIN_S) * RATE_HZ)]
            times_s = clip.times_s[inside]
            cut.append(Window(clip.name, clip.landmarks_px[inside], times_s - times_s[0], level))
    return cut


def voices_of_two(mouth: Window, voice: Window) -> LagResult | str:
    """The lag of one's mouth in another's voice."""
    return find_lag(mouth_opening(mouth.landmarks_px), mouth.times_s, voice.envelope)


def motions_of_two(one: Window, other: Window, what: str) -> VelocityLag | str:
    """The lag of one's motion of mouth or face in another's, frame by frame."""
    points = MESH468.mouth if what == "mouth" else MESH468.face
    count = min(len(one.landmarks_px), len(other.landmarks_px))
    moving, truth = (
        np.diff(normalise_to_mouth(w.landmarks_px, MESH468)[:count, points].reshape(count, -1), axis=0)
        for w in (one, other)
    )
    return find_velocity_lag(moving, truth)
