"""Clips of any video: the motion encoder is the teacher."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.avatar.drivers import DriverVideo
from model.avatar.motion import join
from model.networks.emoportraits import EMOPortraits
from model.speech.clips import Origin, SpeechClip
from model.speech.head_motion.rotation import pose_track
from model.speech.sources.hearing import Hear
from model.speech.teacher import BATCH_FRAMES, read_crops


@dataclass(frozen=True)
class Cut:
    """What became of one video."""

    clips: tuple[SpeechClip, ...]
    frames: int
    lost: int  # frames without a face
    left_out: int  # frames in pieces that are too short


def clips_of_video(
    path: Path,
    teacher: EMOPortraits,
    hear: Hear,
    origin: Origin,
    *,
    person: str,
    fps: float,
    least_frames: int,
    keep_frames: bool = False,
) -> Cut:
    """A video as clips: one, or several where the face is lost in between.

    Frames are those shown nearest to the times `n / fps` after the first one, in one fixed square; features are of the
    sound at these times.

    Args:
        path: of a video with sound.
        teacher: in evaluation mode.
        hear: makes the features.
        origin: of the clips, see `origin_of`.
        person: who it is.
        fps: of the clips.
        least_frames: shorter pieces are left out and counted.
        keep_frames: keep the crops, too, for losses that compare pictures.

    Raises:
        FeedError: no readable video, no face, or no sound.
    """
    parts, kept, seen = [], [], []
    with DriverVideo(path, teacher.config.image_size_px, say=lambda line: None) as video:
        count = int(np.floor(video.times_s[-1] * fps + 1e-6)) + 1
        times_s = np.arange(count) / fps
        for crops, faces in _in_parts(video, times_s):
            seen.append(faces)
            parts.append(read_crops(teacher, crops))
            if keep_frames:
                kept.append(crops)
        features = hear(path, video.start_s + times_s)
    has_face = np.concatenate(seen)
    motion, frames = join(parts), torch.cat(kept) if keep_frames else None
    clips = []
    for run in _runs(has_face):
        if run.stop - run.start < least_frames:
            continue
        part, shown = motion[run], None if frames is None else frames[run].clone()
        track = pose_track(part.pose, part.pose[slice(0, 1)])
        clips.append(SpeechClip(person, fps, features[run].clone(), part.z, track, shown, origin))
    lost = int((~has_face).sum())
    return Cut(tuple(clips), count, lost, count - lost - sum(map(len, clips)))


def _in_parts(video: DriverVideo, times_s: np.ndarray) -> Iterator[tuple[Tensor, np.ndarray]]:
    crops: list[np.ndarray] = []
    faces: list[bool] = []
    for number, frame in enumerate(video.nearest(times_s), start=1):
        crops.append(frame.crop)
        faces.append(frame.has_face)
        if len(crops) == BATCH_FRAMES or number == len(times_s):
            yield torch.from_numpy(np.stack(crops)), np.array(faces)
            crops, faces = [], []


def _runs(true: np.ndarray) -> Iterator[slice]:
    """Where consecutive values are true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(int)))
    for start, stop in edges.reshape(-1, 2):
        yield slice(int(start), int(stop))
