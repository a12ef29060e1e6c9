"""A motion encoder without disentanglement: its modes are of points that nobody freed of the head's pose.

It stands for a model that was trained without the pose pairs of section 5.1. z of `emoportraits-mini` says how the
points of a face move in the frame of the head. Here they move in the frame of the clip's first head, which is that of a
picture: the head carries them along. Modes of that motion are made of many expressions and of heads that turn as those
of the training clips, as many and by the same rule as the teacher's; where the head stands still nothing is lost but
what the weakest of them hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from feed_dataset.synthetic.takes.speech_set import clips_of
from feed_dataset.synthetic.takes.training_set import CANONICAL_ORIGIN_DM, CANONICAL_UNIT_DM, HEAD_TO_MODEL
from model.analysis.principal import pooled_components, save_components
from model.networks.emoportraits import EMOPortraits
from model.networks.face_modes import FaceModes
from model.networks.point_motion import PointMotion
from model.speech.clips import SUFFIX, Origin, SpeechClip, read_header, write_clip
from model.speech.expression.losses import COMPONENTS
from model.speech.sources.mouths import z_of_mouth
from model.training.point_modes import components_about_zero, point_weights

HEADS_EVERY = 25
"""Frames of a clip between heads that the modes are made of: one a second."""
FACES = 4096
"""Random ones that the modes are made of."""
MOUTH = "mouth-components.safetensors"


@dataclass(frozen=True, eq=False, repr=False)
class EntangledCode:
    """z of expression and head pose together, by the z that is free of it and the pose.

    Args:
        teacher: its modes.
        modes: of what moves in the frame of the first head.
    """

    teacher: FaceModes
    modes: np.ndarray  # float64 [K, P, 3], one standard deviation each

    @classmethod
    def of(
        cls,
        teacher: EMOPortraits,
        heads: np.ndarray,  # [N, 4, 4] of talkers against their first frames
        seed: int = 0,
    ) -> EntangledCode:
        """Modes of faces with random expressions on these heads."""
        assert isinstance(teacher.motion_encoder, PointMotion)
        freed = teacher.motion_encoder.modes
        rng = np.random.default_rng(seed)
        moved = _moved(freed, rng.standard_normal((FACES, freed.count)), heads[rng.integers(len(heads), size=FACES)])
        spread = np.sqrt(np.square(moved).sum(-1).mean(axis=0))
        return cls(freed, components_about_zero(moved, freed.count, point_weights(spread)))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.modes.astype(np.float32).tobytes()).hexdigest()

    def z(
        self,
        z: Tensor,  # [T, Z] of the teacher
        heads: np.ndarray,  # [T, 4, 4] against the frame in which the head is at rest
    ) -> Tensor:  # float32 [T, Z]
        """The same faces on heads that carry them along; gaze and tongue are the teacher's."""
        count = self.teacher.count
        moved = _moved(self.teacher, z[:, :count].double().numpy(), heads)
        weight = point_weights(np.sqrt(np.square(self.modes).sum((0, 2))))[:, None]
        basis = (self.modes * weight).reshape(count, -1)
        values = np.linalg.lstsq(basis.T, (moved * weight).reshape(len(moved), -1).T, rcond=None)[0].T
        return torch.cat([torch.from_numpy(values).float(), z[:, count:]], dim=1)


def _moved(
    modes: FaceModes,
    values: np.ndarray,  # [T, K]
    heads: np.ndarray,  # [T, 4, 4]
) -> np.ndarray:  # float64 [T, P, 3] canonical units
    """How far from the mean face the points of one with this expression are, on these heads."""
    mean, expression = (value.double().numpy() for value in (modes.mean, modes.expression))
    origin, flip = np.array(CANONICAL_ORIGIN_DM), HEAD_TO_MODEL
    turn = flip @ heads[:, :3, :3] @ flip
    shift = (heads[:, :3, :3] @ origin + heads[:, :3, 3] - origin) / CANONICAL_UNIT_DM @ flip
    face = mean + np.einsum("tk,kpc->tpc", values, expression)
    moved: np.ndarray = np.einsum("tij,tpj->tpi", turn, face) + shift[:, None] - mean
    return moved


def against_first(
    head_pose: np.ndarray,  # [T, 4, 4] head space to world
) -> np.ndarray:  # float64 [T, 4, 4]
    """Heads in the frame of the first one."""
    pose = head_pose.astype(np.float64)
    found: np.ndarray = np.linalg.inv(pose[0]) @ pose
    return found


def code_of(teacher: EMOPortraits, speech: Path) -> EntangledCode:
    """Of the heads of a set of rendered speech. Raises FeedError."""
    heads = [against_first(one.truth().head_pose)[::HEADS_EVERY] for one in clips_of(speech)]
    return EntangledCode.of(teacher, np.concatenate(heads))


def entangled(clip: SpeechClip, head_pose: np.ndarray, code: EntangledCode) -> SpeechClip:
    """The same clip with the head pose in z; it says so, and which code it is."""
    assert clip.z is not None
    origin = Origin(clip.origin.audio_features, code.sha256, disentangled=False)
    return replace(clip, z=code.z(clip.z, against_first(head_pose)), origin=origin)


def write_entangled(speech: Path, clips: Path, out: Path, code: EntangledCode) -> Iterator[str]:
    """Write the clips of a set anew, those that are not there; yields their ids. Raises FeedError."""
    for files in clips_of(speech):
        path = out / f"{files.id}.00{SUFFIX}"
        if not path.exists():
            clip = read_header(clips / f"{files.id}.00{SUFFIX}", ("z",)).read()
            write_clip(path, entangled(clip, files.truth().head_pose, code))
        yield files.id


def write_mouth(path: Path, teacher: EMOPortraits, seeds: Sequence[int], states: int, code: EntangledCode) -> None:
    """The components of mouths that move while the head is at rest, in the entangled z."""
    still = np.tile(np.eye(4), (states, 1, 1))
    found = pooled_components([code.z(z_of_mouth(teacher, seed, states), still).numpy() for seed in seeds], COMPONENTS)
    save_components(path, found, {"mouths": [f"rendered person {seed}" for seed in seeds], "model_sha256": code.sha256})
