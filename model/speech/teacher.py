"""The motion encoder as the teacher of what speech shall tell: z of the frames of a clip (section 5.2)."""

from __future__ import annotations

import torch
from torch import Tensor

from model.avatar.motion import Motion, join
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.face_points import POINTS, TONGUE_VALUES
from model.networks.point_motion import PointMotion
from model.networks.pose import HeadPose
from model.speech.clips import Origin

BATCH_FRAMES = 8


def keeps_pose_out(teacher: EMOPortraits) -> bool | None:
    """Whether z of a model is disentangled from the head pose (5.1), by what its card says; None: it says nothing.

    A model that reads face points has it by construction: it reads them in the frame of the head.
    """
    if teacher.config.point_modes:
        return True
    rules = teacher.provenance.get("rules")
    found = rules.get("pose_pairs") if isinstance(rules, dict) else None
    return found if isinstance(found, bool) else None


def origin_of(teacher: EMOPortraits, audio_features: str, disentangled: bool | None = None) -> Origin:
    """What clips of this teacher say of themselves.

    Args:
        audio_features: what made their features.
        disentangled: of z from the head pose, where the teacher's card does not say.

    Raises:
        ModelError: nobody says whether z is disentangled, or the card says something else.
    """
    said = keeps_pose_out(teacher)
    if said is None and disentangled is None:
        raise ModelError("expected to be told whether z is free of the head pose, because the teacher's card is silent")
    if None not in (said, disentangled) and said != disentangled:
        raise ModelError(f"expected what the teacher's card says (disentangled: {said}) but got {disentangled}")
    return Origin(audio_features, teacher.weights_sha256, disentangled if said is None else said)


@torch.no_grad()
def read_crops(
    teacher: EMOPortraits,
    crops: Tensor,  # uint8 [T, S, S, 3], in one fixed square
) -> Motion:
    """z and head poses of face crops, on the CPU. Raises ModelError for crops of another kind or size."""
    side = teacher.config.image_size_px
    if crops.dtype != torch.uint8 or crops.dim() != 4 or crops.shape[1:] != (side, side, 3):
        raise ModelError(f"expected crops uint8 [T, {side}, {side}, 3] but got {crops.dtype} {list(crops.shape)}")
    parts = []
    for part in crops.split(BATCH_FRAMES):
        pictures = part.movedim(-1, 1).to(teacher.volume_grid.device).float() / 255
        pose, z = teacher.read_motion(pictures)
        pose = HeadPose(*(value.cpu() for value in (pose.scale, pose.rotation, pose.translation)))
        parts.append(Motion(z.float().cpu(), pose))
    return join(parts)


@torch.no_grad()
def z_of_points(
    teacher: EMOPortraits,
    landmarks: Tensor,  # [T, 478, 2] of MediaPipe's mesh, in [-1, 1] of a picture
    pose: HeadPose,  # of the T heads in that picture
) -> Tensor:  # float32 [T, Z]
    """z as a teacher that reads face points has it, where the renderer knows these exactly; the tongue is at rest.

    Raises:
        ModelError: this teacher reads no points.
    """
    motion = teacher.motion_encoder
    if not isinstance(motion, PointMotion):
        raise ModelError("expected a teacher that reads face points but this one reads pictures alone: render them")
    _, features, _ = motion.modes.fit(landmarks[:, list(POINTS)], pose)
    z = features @ motion.modes.mix.T
    return torch.cat([z, z.new_zeros(len(z), TONGUE_VALUES)], dim=1)
