"""Clips of rendered speech: z is that of the exact face points, and nothing has to be drawn."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from feed_dataset.synthetic.takes.speech_set import SpeechClipFiles
from feed_dataset.synthetic.takes.speech_truth import SpeechTruth
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.pose import HeadPose
from model.speech.clips import Origin, SpeechClip
from model.speech.head_motion.rotation import pose_track
from model.speech.sources.hearing import Hear
from model.speech.teacher import z_of_points
from model.training.data import rendered_poses

_SEEN_PX = 256  # of the square that points are seen in


def clip_of_rendered(files: SpeechClipFiles, teacher: EMOPortraits, hear: Hear, origin: Origin) -> SpeechClip:
    """A clip of rendered speech.

    Raises:
        FeedError: it cannot be read.
        ModelError: it was made without landmarks, or the teacher reads no points.
    """
    truth = files.truth()
    landmarks, pose = seen_in_front(truth, files.id)
    z = z_of_points(teacher, landmarks, pose)
    features = hear(files.sound, np.arange(len(truth)) / truth.fps)
    return SpeechClip(truth.speaker, truth.fps, features.clone(), z, pose_track(pose, pose[slice(0, 1)]), origin=origin)


def seen_in_front(truth: SpeechTruth, name: str) -> tuple[Tensor, HeadPose]:  # [T, 478, 2] in [-1, 1]
    """The face points and poses of a rendered speaker in the square that pictures of training sets have.

    Raises:
        ModelError: it was made without landmarks.
    """
    from feed_dataset.synthetic.motion.sampling import MotionState
    from feed_dataset.synthetic.scene.cameras import studio_cameras
    from feed_dataset.synthetic.takes.training_set import STUDIO_PX, crop_camera, model_pose

    if truth.landmarks_world is None:
        raise ModelError(f"expected face points of {name} but it has none; make it with `render-speech --landmarks`")
    world = truth.landmarks_world.astype(np.float64)
    studio = studio_cameras(STUDIO_PX, STUDIO_PX)["C"]
    camera = crop_camera(studio, world[0, :468], MotionState(), _SEEN_PX)
    seen = np.stack([camera.project(points)[:, :2] for points in world]) / _SEEN_PX * 2 - 1
    rotation, translation, scale = map(np.array, zip(*(model_pose(m, camera) for m in truth.head_pose), strict=True))
    return torch.from_numpy(seen).float(), rendered_poses(rotation, translation, scale)
