"""Batches of clips by step: which clips, how long and from where is a pure function of seed and step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from model.networks.errors import ModelError
from model.speech.clips import ClipFolder
from model.training.randomness import step_rng

WATCHED = 32
"""Clips that a validation looks at."""


@dataclass(frozen=True)
class ClipBatch:
    """Clips of one length."""

    features: Tensor  # [B, T, D]
    z: Tensor  # [B, T, Z] of the teacher
    first: Tensor | None = None  # [B, 3, S, S] in [0, 1], the picture that z[:, 0] is of
    places: Tensor | None = None  # int64 [B, K] frames that are compared as pictures, never the first
    pictures: Tensor | None = None  # [B, K, 3, S, S] in [0, 1]

    def __len__(self) -> int:
        return len(self.features)

    def to(self, device: torch.device) -> ClipBatch:
        found = (self.first, self.places, self.pictures)
        first, places, pictures = (None if value is None else value.to(device) for value in found)
        return ClipBatch(self.features.to(device), self.z.to(device), first, places, pictures)


@dataclass(frozen=True)
class ClipSampler:
    """What each step trains on.

    A batch has one length, drawn from `shortest` to `longest` frames; its clips are drawn among those that are as long.

    Args:
        clips: with z.
        batch: clips.
        shortest, longest: frames.
        pictured: frames to show of each clip; 0: none.
        seed: of everything.
        at_rest: z of the clip's own first frame stands for the photo, wherever the part begins that is trained on.
        other_rests: z of all frames moves by how another clip's first frame differs from this one's.

    Raises:
        ModelError: no clip is as long as the shortest, or pictures of a z that was changed.
    """

    clips: ClipFolder
    batch: int
    shortest: int
    longest: int
    pictured: int
    seed: int
    at_rest: bool = False
    other_rests: bool = False

    def __post_init__(self) -> None:
        if self.pictured and (self.at_rest or self.other_rests):
            raise ModelError("expected no losses on pictures with at_rest or other_rests: no picture shows that z")
        if self._frames.max() < self.shortest:
            raise ModelError(
                f"expected clips of at least {self.shortest} frames but the longest has {self._frames.max()}"
            )

    @cached_property
    def _rests(self) -> Tensor:  # [N, Z]
        """z of the first frame of every clip."""
        firsts = (self.clips.read(number, 0, 1).z for number in range(len(self.clips)))
        return torch.cat([z for z in firsts if z is not None])

    @cached_property
    def _frames(self) -> np.ndarray:  # int64 [N]
        return np.array([header.frames for header in self.clips.clips])

    def at(self, step: int, part: int = 0) -> ClipBatch:
        """The batch of a step; it has one part."""
        rng, frames = step_rng(self.seed, step, part), self._frames
        length = int(rng.integers(self.shortest, min(self.longest, int(frames.max())) + 1))
        chosen = rng.choice(np.flatnonzero(frames >= length), self.batch)
        starts = [int(rng.integers(frames[number] - length + 1)) for number in chosen]
        read = [self.clips.read(int(number), start, length) for number, start in zip(chosen, starts, strict=True)]
        features = torch.stack([clip.features for clip in read])
        z = torch.stack([clip.z for clip in read if clip.z is not None])
        if self.at_rest:
            z[:, 0] = self._rests[chosen]
        if self.other_rests:
            others = rng.integers(len(self.clips), size=self.batch)
            z = z + (self._rests[others] - self._rests[chosen])[:, None]
        if not self.pictured:
            return ClipBatch(features, z)
        count = min(self.pictured, length - 1)
        places = np.stack([np.sort(rng.choice(length - 1, count, replace=False)) + 1 for _ in chosen])
        shown = torch.stack([
            self.clips.clips[number].pictures([start, *(start + row)])
            for number, start, row in zip(chosen, starts, places, strict=True)
        ])  # fmt: skip
        pictures = shown.movedim(-1, 2).float() / 255
        return ClipBatch(features, z, pictures[:, 0], torch.from_numpy(places), pictures[:, 1:])


def watched_clips(clips: ClipFolder, longest: int) -> Iterator[ClipBatch]:
    """The beginning of each clip, of at most `WATCHED` that lie evenly among all; always the same."""
    count = min(WATCHED, len(clips))
    for number in np.linspace(0, len(clips) - 1, count).round().astype(int):
        clip = clips.read(int(number), 0, min(longest, clips.clips[number].frames))
        assert clip.z is not None
        yield ClipBatch(clip.features[None], clip.z[None])
