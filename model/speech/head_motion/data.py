"""Windows of clips with head poses: what generator and critics are trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.speech.clips import ClipFolder
from model.speech.head_motion.noise import motion_noise
from model.speech.head_motion.rotation import against, central_frame
from model.training.randomness import step_rng


@dataclass(frozen=True)
class MotionBatch:
    """Windows of the same length, with what a step draws for them."""

    features: Tensor  # [B, T, D]
    track: Tensor  # [B, T, 9] true poses
    noise: Tensor  # [B, T, N]
    share: Tensor  # [B] of the true sequence in the gradient penalty


class MotionClips:
    """Clips with poses in one folder, each against its own rest pose: the frame nearest to the medians of the clip.

    Args:
        folder: of files with features and pose; see `model.speech.clips`.
        frames: of a window; shorter clips are left out, and counted in `clips.too_short`.
    """

    def __init__(self, folder: Path, frames: int) -> None:
        self.clips, self.frames = ClipFolder(folder, ["pose"], frames), frames
        rests = []
        for header in self.clips.clips:
            track = header.array("pose")
            rests.append(track[central_frame(track)])
        self._rests = torch.stack(rests)
        windows = np.array([header.frames - frames + 1 for header in self.clips.clips])
        self._upto = windows.cumsum()

    @property
    def frame_count(self) -> int:
        """Of all clips together."""
        return sum(header.frames for header in self.clips.clips)

    def track(self, number: int) -> Tensor:  # [T, 9]
        """A whole clip's poses."""
        return against(self.clips.clips[number].array("pose"), self._rests[number])

    def whole(self, number: int) -> tuple[Tensor, Tensor]:  # [T, D], [T, 9]
        """A whole clip's features and poses."""
        clip = self.clips.read(number)
        assert clip.pose is not None
        return clip.features, against(clip.pose, self._rests[number])

    def batch(self, seed: int, step: int, part: int, size: int, noise_dim: int) -> MotionBatch:
        """Windows that are drawn evenly among all of all clips; a pure function of its arguments."""
        rng = step_rng(seed, step, part)
        places = rng.integers(self._upto[-1], size=size)
        numbers = np.searchsorted(self._upto, places, side="right")
        features, tracks, noise = [], [], []
        for place, number in zip(places.tolist(), numbers.tolist(), strict=True):
            first = place - (int(self._upto[number - 1]) if number else 0)
            clip = self.clips.read(number, first, self.frames)
            assert clip.pose is not None
            features.append(clip.features)
            tracks.append(clip.pose)
            noise.append(motion_noise(int(rng.integers(2**32)), 0, self.frames, noise_dim))
        share = torch.from_numpy(rng.random(size)).float()
        track = against(torch.stack(tracks), self._rests[numbers])
        return MotionBatch(torch.stack(features), track, torch.stack(noise), share)
