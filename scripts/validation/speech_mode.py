"""Face points of latents that sound gives, beside the true ones: how speech weights are measured without pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmark.features.types.case import FaceFeatures
from benchmark.metrics.silence import in_silence
from benchmark.metrics.sync_mouth import mouth_opening
from feed_dataset.core.media.audio import resample
from feed_dataset.synthetic.takes.speech_set import SpeechClipFiles, clips_of
from model.speech.clips import SUFFIX, SpeechClip, read_header
from scripts.validation.heard import FPS, Spoken, envelope_of, face_of
from scripts.validation.spoken import HZ, change_lag_s, energy, level_lag_s

_SOUND_HZ = 16_000
_RIDGE = 1e-3  # of the mean variance of a value of z
_EVERY = 5  # frames of a clip that the map from z to points is fitted to
_SHAPE = (468, 3)


@dataclass(frozen=True, eq=False, repr=False)
class TrueClip:
    """A rendered clip with all that it is compared by."""

    files: SpeechClipFiles
    clip: SpeechClip
    head_pose: np.ndarray  # [T, 4, 4] head space to world
    points: np.ndarray  # [T, 468, 3] dm in head space
    language: str

    @classmethod
    def read(cls, files: SpeechClipFiles, clips: Path) -> TrueClip:
        """Of a set and the folder of clips that `speech-clips` made of it. Raises FeedError."""
        truth = files.truth()
        assert truth.landmarks_world is not None
        pose = truth.head_pose.astype(np.float64)
        world = truth.landmarks_world[:, :468].astype(np.float64)
        points = np.einsum("tji,tpj->tpi", pose[:, :3, :3], world - pose[:, None, :3, 3])
        clip = read_header(clips / f"{files.id}.00{SUFFIX}", ("z", "pose")).read()
        return cls(files, clip, pose, points, truth.language)

    @property
    def z(self) -> Tensor:  # [T, Z]
        """The teacher's."""
        assert self.clip.z is not None
        return self.clip.z

    @property
    def pose(self) -> Tensor:  # [T, 9]
        """The head's true track."""
        assert self.clip.pose is not None
        return self.clip.pose

    def spoken(self) -> Spoken:
        """The true face with its sound."""
        audio = self.files.audio()
        return Spoken(self.face(self.points), envelope_of(audio.samples, audio.sample_rate_hz))

    def face(
        self,
        points: np.ndarray,  # [N, 468, 3] in head space, N <= T
    ) -> FaceFeatures:
        """Seen by the frontal camera, on a head that turns as the true one."""
        pose = self.head_pose[: len(points)]
        return face_of(np.einsum("tij,tpj->tpi", pose[:, :3, :3], points) + pose[:, None, :3, 3])

    def energy(self) -> np.ndarray:  # [N] at HZ
        """How loud it is."""
        audio = self.files.audio()
        return energy(resample(audio.samples, audio.sample_rate_hz, _SOUND_HZ), _SOUND_HZ)


def true_clips(folder: Path, clips: Path) -> list[TrueClip]:
    """All of a set. Raises FeedError."""
    return [TrueClip.read(files, clips) for files in clips_of(folder)]


@dataclass(frozen=True, eq=False)
class PointsOfZ:
    """How face points move with z: a linear map by least squares, which only clips of the training part teach."""

    matrix: np.ndarray  # [Z, 468 * 3]

    @classmethod
    def fit(cls, clips: Sequence[TrueClip]) -> PointsOfZ:
        """Of differences from the first frame, so that nobody's face at rest counts."""
        x = np.concatenate([(one.z - one.z[:1])[1::_EVERY].double().numpy() for one in clips])
        y = np.concatenate([(one.points - one.points[:1])[1::_EVERY].reshape(-1, 468 * 3) for one in clips])
        gram = x.T @ x
        return cls(np.linalg.solve(gram + _RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram)), x.T @ y))

    def face(
        self,
        clip: TrueClip,
        z: Tensor,  # [N, Z]
    ) -> FaceFeatures:
        """The clip's person with this z, from the true points of its first frame on."""
        moved = (z - clip.z[:1]).double().numpy() @ self.matrix
        return clip.face(clip.points[:1] + moved.reshape(-1, *_SHAPE))


def lags_s(faces: Sequence[FaceFeatures], sounds: Sequence[np.ndarray]) -> tuple[list[float], float]:
    """How late mouths are by two estimates: of each clip by levels, and of all clips by changes."""
    mouths, heard = [], []
    for face, sound in zip(faces, sounds, strict=True):
        opening = mouth_opening(face.landmarks_px)
        times_s = np.arange(int(len(opening) / FPS * HZ)) / HZ
        count = min(len(times_s), len(sound))
        mouths.append(np.interp(times_s[:count], np.arange(len(opening)) / FPS, opening))
        heard.append(sound[:count])
    return [level_lag_s(mouth, sound) for mouth, sound in zip(mouths, heard, strict=True)], change_lag_s(mouths, heard)


def opening_in_silence(face: FaceFeatures, envelope: np.ndarray) -> float | None:
    """Mean opening in silent frames, in outer eye corner distances; None without silence."""
    assert face.times_s is not None
    silent = in_silence(face.times_s, envelope)
    return float(mouth_opening(face.landmarks_px)[silent].mean()) if silent.any() else None


def encode(encoder: torch.nn.Module, clip: TrueClip, features: Tensor) -> Tensor:  # [N, D] -> [N, Z]
    """What the audio encoder says of these features for the clip's person, as far as the clip lasts."""
    with torch.inference_mode():
        found: Tensor = encoder(clip.z[:1], features[None, : len(clip.z)])[0]
    return found
