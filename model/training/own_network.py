"""How the perceptual network of our own learns to see heads: parts, expressions and identities of rendered people.

Each batch has pairs of people in the same two states: what is alike in the pictures of a person is identity, what is
alike in those of a state is expression, and neither can be told by the other. Backgrounds and colours, which a rendered
person always has alike, are drawn anew for each picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from feed_dataset.synthetic.scene.part_masks import PART_NAMES
from model.networks.resnet import ImageNetNormalise
from model.training.data import apply_colour, degrade, sample_colour
from model.training.losses.own_perceptual import STAGE_CHANNELS, OwnTaps
from model.training.people import RenderedPeople

EMBEDDING, TEMPERATURE, GRID = 64, 0.1, 4
W_PARTS, W_EXPRESSION, W_IDENTITY = 1.0, 2.0, 0.3
NEW_BACKGROUND = 0.7  # share of pictures


@dataclass(frozen=True)
class HeadPictures:
    """Pictures and what there is to see in them."""

    image: Tensor  # [B, 3, S, S] in [0, 1]
    parts: Tensor  # int64 [B, S, S], labels of `PART_NAMES`
    coefficients: Tensor  # [B, E], of unit variance together: rare ones are not blown up
    person: Tensor  # int64 [B]


class HeadReader(nn.Module):
    """The network and, for training alone, what reads its features.

    Args:
        expressions: coefficients that move.
    """

    def __init__(self, expressions: int) -> None:
        super().__init__()
        self.taps, self.normalise = OwnTaps(), ImageNetNormalise()
        self.to_parts = nn.ModuleList(nn.Conv2d(channels, 32, 1) for channels in STAGE_CHANNELS[1:])
        self.to_labels = nn.Conv2d(32, len(PART_NAMES), 3, padding=1)
        self.to_expression = nn.Linear(STAGE_CHANNELS[-1] * GRID**2, expressions)
        self.to_identity = nn.Linear(STAGE_CHANNELS[-1], EMBEDDING)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of labels at half size [B, P, S/2, S/2], coefficients [B, E], identity of unit length [B, 64]."""
        taps, last = self.taps.taps_and_last(self.normalise(image))
        size = taps[1].shape[-2:]
        seen = [
            F.interpolate(to_parts(tap), size, mode="bilinear", align_corners=False)
            for to_parts, tap in zip(self.to_parts, taps[1:], strict=True)
        ]
        labels = self.to_labels(F.relu(torch.stack(seen).sum(dim=0)))
        expression = self.to_expression(F.adaptive_avg_pool2d(last, GRID).flatten(1))
        return labels, expression, F.normalize(self.to_identity(last.mean(dim=(2, 3))), dim=1)


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
) -> HeadPictures:
    """Pictures with backgrounds and colours of their own, drawn from the seed; `size_px` of the set's size or half."""
    persons = [people.person(number) for number, _ in index]
    states = [state for _, state in index]
    image = torch.stack([person.picture(state) for person, state in zip(persons, states, strict=True)])
    labels = np.stack([p.parts[state] for p, state in zip(persons, states, strict=True) if p.parts is not None])
    parts = torch.from_numpy(labels).long()
    if size_px != image.shape[-1]:
        image, step = F.avg_pool2d(image, image.shape[-1] // size_px), image.shape[-1] // size_px
        parts = parts[:, step // 2 :: step, step // 2 :: step]
    generator = torch.Generator().manual_seed(seed)
    count = len(index)
    colour = torch.rand(count, 3, 1, 1, generator=generator)
    replaced = torch.rand(count, 1, 1, 1, generator=generator) < NEW_BACKGROUND
    image = torch.where(replaced & (parts == PART_NAMES.index("background")).unsqueeze(1), colour, image)
    image = degrade(apply_colour(image, sample_colour(count, generator)), generator)
    values = np.stack([person.coefficients[state] for person, state in zip(persons, states, strict=True)])
    coefficients = torch.from_numpy(values[:, expressions.moving] / expressions.spread)
    return HeadPictures(image, parts, coefficients, torch.tensor([number for number, _ in index]))


def part_weights(people: RenderedPeople, numbers: Sequence[int]) -> Tensor:  # [P], 1 on average
    """Labels count by the root of how rare they are: eyes and teeth are few pixels of a picture."""
    counts = np.zeros(len(PART_NAMES))
    for number in numbers:
        labels = people.person(number).parts
        assert labels is not None
        counts += np.bincount(labels.ravel(), minlength=len(PART_NAMES))
    weights = 1 / np.sqrt(counts + counts.sum() * 1e-5)
    return torch.from_numpy(weights / weights.mean()).float()


def head_losses(reader: HeadReader, batch: HeadPictures, weights: Tensor) -> dict[str, Tensor]:
    """Cross entropy of labels, squared error of coefficients (1 - R^2), and identity against the rest of the batch."""
    labels, expression, identity = reader(batch.image)
    expected = batch.parts[:, 1::2, 1::2]
    similar = identity @ identity.T / TEMPERATURE
    similar.fill_diagonal_(-torch.inf)
    same = (batch.person[:, None] == batch.person[None]).fill_diagonal_(False)
    log_share = torch.log_softmax(similar, dim=1)
    return {
        "parts": W_PARTS * F.cross_entropy(labels, expected, weights),
        "expression": W_EXPRESSION * F.mse_loss(expression, batch.coefficients),
        "identity": -W_IDENTITY * log_share[same].mean(),
    }


@torch.no_grad()
def evaluate(reader: HeadReader, batches: Sequence[HeadPictures]) -> dict[str, float]:
    """Over all pictures of people that training did not see.

    `identity_rank1`: share of pictures whose nearest other one is of the same person; `chance` is what guessing gives.
    """
    intersection, union = torch.zeros(len(PART_NAMES)), torch.zeros(len(PART_NAMES))
    right = pixels = 0
    errors, truths, identities, persons = [], [], [], []
    for batch in batches:
        labels, expression, identity = reader(batch.image)
        said, expected = labels.argmax(dim=1), batch.parts[:, 1::2, 1::2]
        right += int((said == expected).sum())
        pixels += expected.numel()
        for label in range(len(PART_NAMES)):
            mine, theirs = said == label, expected == label
            intersection[label] += (mine & theirs).sum()
            union[label] += (mine | theirs).sum()
        errors.append((expression - batch.coefficients).square())
        truths.append(batch.coefficients)
        identities.append(identity)
        persons.append(batch.person)
    truth, person, identity = torch.cat(truths), torch.cat(persons), torch.cat(identities)
    nearest = (identity @ identity.T).fill_diagonal_(-2).argmax(dim=1)
    same = (person[:, None] == person[None]).fill_diagonal_(False)
    seen = union > 0
    return {
        "pictures": float(len(person)),
        "part_accuracy": right / pixels,
        "part_mean_iou": float((intersection[seen] / union[seen]).mean()),
        "expression_r2": float(1 - torch.cat(errors).sum() / (truth - truth.mean(dim=0)).square().sum()),
        "identity_rank1": float((person[nearest] == person).float().mean()),
        "identity_chance": float(same.float().sum(dim=1).mean() / (len(person) - 1)),
    }


@torch.no_grad()
def measure_taps(reader: HeadReader, batches: Sequence[HeadPictures]) -> None:
    """Make the mean of every tap 1 over these pictures."""
    reader.taps.tap_mean.fill_(1.0)
    means = [torch.stack([tap.mean() for tap in reader.taps(reader.normalise(batch.image))]) for batch in batches]
    reader.taps.tap_mean.copy_(torch.stack(means).mean(dim=0))
