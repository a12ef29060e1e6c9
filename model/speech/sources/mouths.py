"""Z_m of section 5.2 of rendered people whose mouths alone move: their exact face points, and nothing is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.analysis.principal import Components, pooled_components
from model.avatar.motion import repeat_pose
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.expression.losses import COMPONENTS
from model.speech.teacher import z_of_points
from model.training.data import rendered_poses

_SEEN_PX = 256  # of the square that points are seen in
_BARE_TEXTURE_PX = 64  # nobody sees it


def mouth_components_of_points(
    teacher: EMOPortraits, seeds: Sequence[int], states: int, count: int = COMPONENTS
) -> tuple[Components, dict[str, Any]]:
    """Components of the mouths of these rendered people, and the card that belongs to their file.

    Args:
        teacher: whose z it is.
        seeds: of the people.
        states: of each mouth, the first at rest.
        count: components to keep.

    Raises:
        ModelError: nobody, fewer than two states, or a teacher that reads pictures alone.
    """
    if not seeds or states < 2:
        raise ModelError(f"expected at least 1 person in 2 states but got {len(seeds)} in {states}")
    found = pooled_components([z_of_mouth(teacher, seed, states).numpy() for seed in seeds], count)
    mouths = [f"rendered person {seed} (exact face points, {states} states)" for seed in seeds]
    return found, {"mouths": mouths, "model_sha256": teacher.weights_sha256}


def z_of_mouth(teacher: EMOPortraits, seed: int, states: int) -> Tensor:  # float32 [states, Z]
    """z of a random person in `sample_mouth_states`: upper face, gaze and head at rest. Raises ModelError."""
    from feed_dataset.synthetic.motion.sampling import MotionState, sample_mouth_states
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
    shapes = [Expression(state.coefficients) for state in sample_mouth_states(states, seed=seed)]
    seen = np.stack([camera.project(posed_landmarks(shape, head).astype(np.float64))[:, :2] for shape in shapes])
    points = torch.from_numpy(seen / _SEEN_PX * 2 - 1).float()
    return z_of_points(teacher, points, repeat_pose(pose, states))
