"""Sound beside a video: how much of the mouth, the upper face and the head each of them moves."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from model.avatar.motion import Motion
from model.networks.errors import ModelError
from model.networks.pose import HeadPose
from model.speech.head_motion.rotation import rotation_6d, to_rotation


@dataclass(frozen=True)
class SoundShares:
    """How much of each region sound moves, from 0 to 1; the rest is the video's, or the photo's without a video.

    Attributes:
        mouth: of what the mouth components span.
        upper: of all else in z: brows, lids, gaze.
        pose: of the head pose.

    Raises:
        ModelError: a share outside of [0, 1].
    """

    mouth: float = 1.0
    upper: float = 1.0
    pose: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ModelError(f"expected the share of sound in {field.name} from 0 to 1 but got {value!r}")

    @classmethod
    def beside(cls, *, face: bool, pose: bool) -> SoundShares:
        """What is usual: the mouth is the sound's, and the rest the videos', where they show it."""
        return cls(upper=0.0 if face else 1.0, pose=0.0 if pose else 1.0)


def blend(
    heard: Motion,
    seen: Motion,  # of as many frames, of the same person
    shares: SoundShares,
    mouth: Tensor,  # [k, Z] orthonormal directions of the mouth
) -> Motion:
    """The motion of sound and that of a video as one. Where all shares are 1, or 0, it is the bits of one of them."""
    of_mouth = (heard.z - seen.z) @ mouth.T @ mouth
    z = torch.lerp(seen.z, heard.z, shares.upper) + (shares.mouth - shares.upper) * of_mouth
    return Motion(z, _between(seen.pose, heard.pose, shares.pose))


def _between(first: HeadPose, second: HeadPose, share: float) -> HeadPose:
    """A pose on the way from one to the other: the six numbers of rotations on a line, scales by their ratio."""
    if share in (0, 1):
        return second if share else first
    six = torch.lerp(rotation_6d(first.rotation), rotation_6d(second.rotation), share)
    scale = torch.lerp(first.scale.log(), second.scale.log(), share).exp()
    return HeadPose(scale, to_rotation(six), torch.lerp(first.translation, second.translation, share))
