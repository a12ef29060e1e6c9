"""Batches of (source, driver) pairs from two corpora, mixed as the paper mixes VoxCeleb2 and FEED (section 8.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol

import numpy as np
import torch
from torch import Tensor

from model.networks.errors import ModelError
from model.networks.pose import HeadPose
from model.training.randomness import step_rng

Mixture = Literal["paper", "ordinary", "extreme"]
MIXTURES: tuple[Mixture, ...] = ("paper", "ordinary", "extreme")
_DRAWS = 100  # of a pair of somebody who is not in the batch yet


@dataclass(frozen=True)
class CrossTarget:
    """What a driver makes of somebody else: only rendered people are ever in the very same state."""

    source: Tensor  # [3, S, S] in [0, 1], another person
    source_pose: HeadPose  # of batch 1
    target: Tensor  # [3, S, S], that person in the driver's state
    target_pose: HeadPose


@dataclass(frozen=True)
class FramePair:
    """Two frames of one clip of one camera; the driver is also the target."""

    subject: str
    source: Tensor  # [3, S, S] in [0, 1]
    driver: Tensor  # [3, S, S]
    source_pose: HeadPose | None = None  # of batch 1; None: the head-pose network reads it
    driver_pose: HeadPose | None = None
    landmarks: Tensor | None = None  # [68, 2] of the driver, in [-1, 1]
    parts: Tensor | None = None  # [3, S, S] masks of the driver's eyes, mouth and ears, in [0, 1]
    cross: CrossTarget | None = None


class Corpus(Protocol):
    """Where pairs come from.

    Attributes:
        name: as it stands in the card of what is trained on it.
        gives: what its pairs have besides pictures: of "pose", "landmarks", "eyes", "mouth", "ears" and
            "cross" (see `CrossTarget`).
    """

    name: str
    gives: frozenset[str]

    def draw(self, rng: np.random.Generator) -> FramePair:
        """A random pair; the same for the same generator."""
        ...


@dataclass(frozen=True)
class CrossBatch:
    """The cross-reenactment targets of a batch: of K of its pairs, which may be fewer than all."""

    row: Tensor  # int64 [K]: whose driver it is
    source: Tensor  # [K, 3, S, S]
    source_pose: HeadPose
    target: Tensor  # [K, 3, S, S]
    target_pose: HeadPose

    def to(self, device: torch.device) -> CrossBatch:
        """On another device."""
        return CrossBatch(**{field.name: _to(getattr(self, field.name), device) for field in fields(self)})


@dataclass(frozen=True)
class PairBatch:
    """B pairs of B different people. `moved` is x_{s^m} of section 5.1: one more picture for each, of anybody."""

    source: Tensor  # [B, 3, S, S]
    driver: Tensor  # [B, 3, S, S]
    extreme: Tensor  # bool [B]: of the small corpus of extreme expressions (FEED)
    moved: Tensor | None = None  # [B, 3, S, S]
    source_pose: HeadPose | None = None
    driver_pose: HeadPose | None = None
    moved_pose: HeadPose | None = None
    landmarks: Tensor | None = None  # [B, 68, 2]
    parts: Tensor | None = None  # [B, 3, S, S]
    cross: CrossBatch | None = None

    def __len__(self) -> int:
        return self.source.shape[0]

    def to(self, device: torch.device) -> PairBatch:
        """On another device."""
        return PairBatch(**{field.name: _to(getattr(self, field.name), device) for field in fields(self)})


def _to(value: Any, device: torch.device) -> Any:
    if isinstance(value, HeadPose):
        return HeadPose(value.scale.to(device), value.rotation.to(device), value.translation.to(device))
    return value if value is None else value.to(device)


def extreme_slots(
    step: int,
    batch: int,
    mixture: Mixture,
) -> np.ndarray:  # bool [batch]
    """Which samples of a batch come from the corpus of extreme expressions.

    "paper": in every second batch every second sample, in the others none: 25 % of all, and never without as many
    ordinary ones beside them, so that positive and negative pairs span both corpora.
    """
    slots = np.zeros(batch, bool)
    if mixture == "extreme":
        slots[:] = True
    elif mixture == "paper" and step % 2 == 0:
        slots[1::2] = True
    return slots


@dataclass(frozen=True)
class PairSampler:
    """Batches by step, each in parts that are computed together.

    Args:
        ordinary: corpus of many people (VoxCeleb2); None with the mixture "extreme".
        extreme: corpus of extreme expressions (FEED); None with the mixture "ordinary".
        mixture: see `extreme_slots`.
        batch: pairs in a batch.
        micro_batch: pairs in a part of it, at least 2; even for the mixture "paper".
        seed: of everything.
        pose_pairs: draw `moved` too.
    """

    ordinary: Corpus | None
    extreme: Corpus | None
    mixture: Mixture
    batch: int
    micro_batch: int
    seed: int
    pose_pairs: bool

    def __post_init__(self) -> None:
        for corpus, unused, name in (
            (self.ordinary, "extreme", "ordinary expressions (VoxCeleb2)"),
            (self.extreme, "ordinary", "extreme expressions (FEED)"),
        ):
            if (corpus is None) != (self.mixture == unused):
                found, expected = ("none", "a") if corpus is None else (corpus.name, "no")
                raise ModelError(
                    f"expected {expected} corpus of {name} for the mixture {self.mixture!r} but got {found}"
                )

    @property
    def corpora(self) -> tuple[Corpus, ...]:
        """Those that are drawn from."""
        return tuple(corpus for corpus in (self.ordinary, self.extreme) if corpus is not None)

    @property
    def parts(self) -> int:
        """Of a batch."""
        return self.batch // self.micro_batch

    def at(self, step: int, part: int) -> PairBatch:
        """A part of the batch of a step: a pure function of seed, step and part."""
        all_slots = extreme_slots(step, self.batch, self.mixture)
        samples = range(part * self.micro_batch, (part + 1) * self.micro_batch)
        slots = all_slots[samples.start : samples.stop]
        pairs: list[FramePair] = []
        for sample in samples:
            rng = step_rng(self.seed, step, sample)
            pairs.append(_somebody_else(self._corpus(all_slots[sample]), rng, {pair.subject for pair in pairs}))
        moved = [self._corpus(all_slots[sample]).draw(step_rng(self.seed, step, sample, 1)) for sample in samples]
        return PairBatch(
            source=torch.stack([pair.source for pair in pairs]),
            driver=torch.stack([pair.driver for pair in pairs]),
            extreme=torch.from_numpy(slots),
            moved=torch.stack([pair.source for pair in moved]) if self.pose_pairs else None,
            source_pose=_poses([pair.source_pose for pair in pairs]),
            driver_pose=_poses([pair.driver_pose for pair in pairs]),
            moved_pose=_poses([pair.source_pose for pair in moved]) if self.pose_pairs else None,
            landmarks=_stack([pair.landmarks for pair in pairs]),
            parts=_stack([pair.parts for pair in pairs]),
            cross=_cross([pair.cross for pair in pairs]),
        )

    def _corpus(self, extreme: np.bool_) -> Corpus:
        corpus = self.extreme if extreme else self.ordinary
        assert corpus is not None  # by __post_init__
        return corpus


def _somebody_else(corpus: Corpus, rng: np.random.Generator, present: set[str]) -> FramePair:
    """The negative pairs of L_cos are of another identity, so no two samples of a part are one person."""
    for _ in range(_DRAWS):
        pair = corpus.draw(rng)
        if pair.subject not in present:
            return pair
    raise ModelError(
        f"expected a person of {corpus.name} who is not among {len(present)} drawn but {_DRAWS} draws gave none; lower"
        " micro_batch or give more people"
    )


def _stack(values: Sequence[Tensor | None]) -> Tensor | None:
    present = [value for value in values if value is not None]
    return torch.stack(present) if len(present) == len(values) else None


def _poses(poses: Sequence[HeadPose | None]) -> HeadPose | None:
    present = [pose for pose in poses if pose is not None]
    return None if len(present) < len(poses) else _joined(present)


def _joined(poses: Sequence[HeadPose]) -> HeadPose:
    return HeadPose(
        torch.cat([pose.scale for pose in poses]),
        torch.cat([pose.rotation for pose in poses]),
        torch.cat([pose.translation for pose in poses]),
    )


def _cross(targets: Sequence[CrossTarget | None]) -> CrossBatch | None:
    present = [(row, target) for row, target in enumerate(targets) if target is not None]
    if not present:
        return None
    return CrossBatch(
        torch.tensor([row for row, _ in present]),
        torch.stack([target.source for _, target in present]),
        _joined([target.source_pose for _, target in present]),
        torch.stack([target.target for _, target in present]),
        _joined([target.target_pose for _, target in present]),
    )
