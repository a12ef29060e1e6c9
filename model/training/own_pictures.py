"""Pictures of rendered people for the perceptual network of our own, and what there is to see in them.

Backgrounds and colours, which a rendered person always has alike, are drawn anew for each picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from feed_dataset.synthetic.scene.part_masks import PART_NAMES
from model.training.data import apply_colour, degrade, sample_colour
from model.training.people import Person, RenderedPeople

NEW_BACKGROUND = 0.7  # share of pictures
OFF_CENTRE = 0.125  # of a window's side: how far its middle is from the face's at most, in x and in y


@dataclass(frozen=True)
class HeadPictures:
    """Pictures and what there is to see in them."""

    image: Tensor  # [B, 3, S, S] in [0, 1]
    parts: Tensor  # int64 [B, S, S], labels of `PART_NAMES`
    points: Tensor  # [B, 68, 2] landmarks in [-1, 1] of the picture; some are outside
    coefficients: Tensor  # [B, E], of unit variance together: rare ones are not blown up
    person: Tensor  # int64 [B]


@dataclass(frozen=True)
class Expressions:
    """Which coefficients move, and how far: root mean variance of all that do."""

    moving: np.ndarray  # bool [C]
    spread: float

    @classmethod
    def of(cls, people: RenderedPeople, numbers: Sequence[int]) -> Expressions:
        variance = np.concatenate([people.person(number).coefficients for number in numbers]).var(axis=0)
        return cls(variance > 0, float(np.sqrt(variance[variance > 0].mean())))


def head_pictures(
    people: RenderedPeople,
    index: Sequence[tuple[int, int]],  # (person, state)
    expressions: Expressions,
    seed: int,
    size_px: int,
    *,
    window_px: int | None = None,
) -> HeadPictures:
    """Pictures with backgrounds and colours of their own, drawn from the seed.

    Args:
        size_px: of the whole picture: the set's size, or a whole fraction of it.
        window_px: cut out a square of this side around the face.
    """
    persons = [people.person(number) for number, _ in index]
    states = [state for _, state in index]
    generator = torch.Generator().manual_seed(seed)
    seen = [_picture(person, state, size_px) for person, state in zip(persons, states, strict=True)]
    if window_px is not None:
        off = OFF_CENTRE * (2 * torch.rand(len(index), 2, generator=generator) - 1)
        seen = [_window(*one, window_px, centre) for one, centre in zip(seen, off, strict=True)]
    image, parts, points = (torch.stack(column) for column in zip(*seen, strict=True))
    count = len(index)
    colour = torch.rand(count, 3, 1, 1, generator=generator)
    replaced = torch.rand(count, 1, 1, 1, generator=generator) < NEW_BACKGROUND
    image = torch.where(replaced & (parts == PART_NAMES.index("background")).unsqueeze(1), colour, image)
    image = degrade(apply_colour(image, sample_colour(count, generator)), generator)
    values = np.stack([person.coefficients[state] for person, state in zip(persons, states, strict=True)])
    coefficients = torch.from_numpy(values[:, expressions.moving] / expressions.spread)
    return HeadPictures(image, parts, points, coefficients, torch.tensor([number for number, _ in index]))


def joined(one: HeadPictures, other: HeadPictures) -> HeadPictures:
    """Both, in this order; their pictures have one size."""
    columns = zip(vars(one).values(), vars(other).values(), strict=True)
    return HeadPictures(*(torch.cat(column) for column in columns))


def part_weights(people: RenderedPeople, numbers: Sequence[int]) -> Tensor:  # [P], 1 on average
    """Labels count by the root of how rare they are: eyes and teeth are few pixels of a picture."""
    counts = np.zeros(len(PART_NAMES))
    for number in numbers:
        labels = people.person(number).parts
        assert labels is not None
        counts += np.bincount(labels.ravel(), minlength=len(PART_NAMES))
    weights = 1 / np.sqrt(counts + counts.sum() * 1e-5)
    return torch.from_numpy(weights / weights.mean()).float()


def _picture(person: Person, state: int, size_px: int) -> tuple[Tensor, Tensor, Tensor]:
    """Picture [3, S, S], labels [S, S] and landmarks [68, 2] in [-1, 1]."""
    assert person.parts is not None
    image, parts = person.picture(state), torch.from_numpy(person.parts[state]).long()
    step = image.shape[-1] // size_px
    if step > 1:
        image, parts = F.avg_pool2d(image, step), parts[step // 2 :: step, step // 2 :: step]
    return image, parts, torch.from_numpy(person.landmarks68[state])


def _window(
    image: Tensor,
    parts: Tensor,
    points: Tensor,
    side_px: int,
    off: Tensor,  # [2], of the side
) -> tuple[Tensor, Tensor, Tensor]:
    size_px = image.shape[-1]
    points_px = (points + 1) / 2 * size_px
    corner = (points_px.mean(dim=0) + (off - 0.5) * side_px).round().long().clamp(0, size_px - side_px)
    across, down = (slice(first, first + side_px) for first in corner.tolist())
    return image[:, down, across], parts[down, across], (points_px - corner) / side_px * 2 - 1
