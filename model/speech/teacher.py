"""The motion encoder as the teacher of what speech shall tell: z of the frames of a clip (section 5.2)."""

from __future__ import annotations

import torch
from torch import Tensor

from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.clips import Origin, SpeechClip

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


@torch.inference_mode()
def teacher_clip(
    teacher: EMOPortraits,
    crops: Tensor,  # uint8 [T, S, S, 3], in one fixed square
    features: Tensor,  # float32 [T, D] at the times of these frames
    *,
    person: str,
    fps: float,
    audio_features: str,
    disentangled: bool | None = None,
    keep_frames: bool = False,
) -> SpeechClip:
    """A clip to train the audio encoder on: its features, and z that the teacher reads in its frames.

    Args:
        teacher: in evaluation mode.
        person, fps: of the clip.
        audio_features: what made the features.
        disentangled: of the teacher's z from the head pose, where its card does not say.
        keep_frames: keep the crops, too, for losses that compare pictures.

    Raises:
        ModelError: crops of another size, fewer or more features than frames, or nobody says whether z is
            disentangled.
    """
    side = teacher.config.image_size_px
    if crops.dtype != torch.uint8 or crops.dim() != 4 or crops.shape[1:] != (side, side, 3):
        raise ModelError(f"expected crops uint8 [T, {side}, {side}, 3] but got {crops.dtype} {list(crops.shape)}")
    if len(features) != len(crops):
        raise ModelError(f"expected features of each of {len(crops)} frames but got {len(features)}")
    said = keeps_pose_out(teacher)
    if said is None and disentangled is None:
        raise ModelError(
            "expected to be told whether z is disentangled from the head pose: the teacher's card is silent"
        )
    if None not in (said, disentangled) and said != disentangled:
        raise ModelError(f"expected what the teacher's card says (disentangled: {said}) but got {disentangled}")
    z = [
        teacher.read_motion(part.movedim(-1, 1).to(teacher.volume_grid.device).float() / 255)[1].cpu()
        for part in crops.split(BATCH_FRAMES)
    ]
    origin = Origin(audio_features, teacher.weights_sha256, disentangled if said is None else said)
    frames = crops.clone() if keep_frames else None
    return SpeechClip(person, fps, features.clone(), torch.cat(z).clone(), frames=frames, origin=origin)
