"""z of rendered people of whom all but the face is at rest: their exact face points, and nothing is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from model.avatar.motion import repeat_pose
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.teacher import z_of_points
from model.training.data import rendered_poses

LIDS: tuple[Mapping[str, float], ...] = ({}, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0})
"""Open, and closed."""
_SEEN_PX = 256  # of the square that points are seen in
_BARE_TEXTURE_PX = 64  # nobody sees it


def closed_lids(teacher: EMOPortraits, seeds: Sequence[int]) -> Tensor:  # float32 [Z]
    """What closing both lids adds to z, the mean of these rendered people.

    Raises:
        ModelError: nobody, or a teacher that reads pictures alone.
    """
    if not seeds:
        raise ModelError("expected at least 1 person but got 0")
    found = [z_of_shapes(teacher, seed, LIDS) for seed in seeds]
    return torch.stack([shut - rest for rest, shut in found]).mean(0)


def z_of_shapes(
    teacher: EMOPortraits, seed: int, shapes: Sequence[Mapping[str, float]]
) -> Tensor:  # float32 [len(shapes), Z]
    """z of a random person in shapes of the face, coefficients by name; head and gaze at rest. Raises ModelError."""
    from feed_dataset.synthetic.motion.sampling import MotionState
    from feed_dataset.synthetic.people.hair_styles import BALD
    from feed_dataset.synthetic.people.subjects import random_subject
    from feed_dataset.synthetic.rig.head import Head, SharedTopology
    from feed_dataset.synthetic.rig.landmarks import posed_landmarks
    from feed_dataset.synthetic.scene.cameras import studio_cameras
    from feed_dataset.synthetic.scene.types import Expression
    from feed_dataset.synthetic.takes.training_set import STUDIO_PX, crop_camera, model_pose

    topology = SharedTopology(level=0, texture_px=_BARE_TEXTURE_PX)
    head = Head(topology, replace(random_subject(seed), hair=BALD, beard=0.0))
    rest = Expression()
    camera = crop_camera(
        studio_cameras(STUDIO_PX, STUDIO_PX)["C"], posed_landmarks(rest, head)[:468], MotionState(), _SEEN_PX
    )
    rotation, translation, scale = model_pose(head.pose(rest).head_matrix, camera)
    pose = rendered_poses(rotation[None], translation[None], np.array([scale]))
    posed = [posed_landmarks(Expression(dict(shape)), head).astype(np.float64) for shape in shapes]
    seen = np.stack([camera.project(points)[:, :2] for points in posed])
    points = torch.from_numpy(seen / _SEEN_PX * 2 - 1).float()
    return z_of_points(teacher, points, repeat_pose(pose, len(shapes)))
