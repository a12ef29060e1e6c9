"""How the perceptual network of our own learns to see heads: parts, points, expressions and identities.

Each batch has pairs of people in the same two states: what is alike in the pictures of a person is identity, what is
alike in those of a state is expression, and neither can be told by the other. An expression is a small thing at a place
that moves with the head: it is read where the network finds the points of the face, not off a grid over the picture,
which in short trainings reads nothing at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from feed_dataset.synthetic.scene.part_masks import PART_NAMES
from model.networks.resnet import ImageNetNormalise
from model.training.losses.own_perceptual import STAGE_CHANNELS, OwnTaps
from model.training.own_pictures import HeadPictures

EMBEDDING, TEMPERATURE = 64, 0.1
CHANNELS, HIDDEN, AROUND_CELLS = 32, 128, 5
W_PARTS, W_POINTS, W_EXPRESSION, W_IDENTITY = 1.0, 0.3, 2.0, 0.3
POINTS = 68
REGIONS = (
    range(6), range(6, 11), range(11, 17), range(17, 22), range(22, 27), range(27, 36), range(36, 42), range(42, 48),
    (48, 60), (54, 64), range(49, 54), range(55, 60), (61, 62, 63), (65, 66, 67),
)  # fmt: skip
"""Of the landmarks: jaw in three, brows, nose, eyes, corners of the mouth, both lips outside and inside."""


@dataclass(frozen=True)
class Reading:
    """What was read off a batch of pictures."""

    labels: Tensor  # [B, P, S/2, S/2] scores
    log_heat: Tensor  # [B, 68, (S/2)^2] log of where each point may be
    points: Tensor  # [B, 68, 2] in [-1, 1]
    coefficients: Tensor  # [B, E]
    identity: Tensor  # [B, 64], unit length


class HeadReader(nn.Module):
    """The network and, for training alone, what reads its features.

    Args:
        expressions: coefficients that move.
    """

    def __init__(self, expressions: int) -> None:
        super().__init__()
        self.taps, self.normalise = OwnTaps(), ImageNetNormalise()
        self.lateral = nn.ModuleList(nn.Conv2d(channels, 2 * CHANNELS, 1) for channels in STAGE_CHANNELS[1:])
        self.to_labels = nn.Conv2d(CHANNELS, len(PART_NAMES), 3, padding=1)
        self.to_points = nn.Conv2d(CHANNELS, POINTS, 1)
        read = 2 * POINTS + len(REGIONS) * CHANNELS
        self.to_expression = nn.Sequential(
            nn.BatchNorm1d(read), nn.Linear(read, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, expressions)
        )
        self.to_identity = nn.Linear(STAGE_CHANNELS[-1], EMBEDDING)
        self.register_buffer("regions", _regions(), persistent=False)
        self.regions: Tensor  # [R, 68]

    def forward(self, image: Tensor) -> Reading:  # [B, 3, S, S] in [0, 1]
        taps, last = self.taps.taps_and_last(self.normalise(image))
        merged = self.lateral[-1](taps[-1])
        for lateral, tap in zip(reversed(self.lateral[:-1]), reversed(taps[1:-1]), strict=True):
            merged = lateral(tap) + F.interpolate(merged, tap.shape[-2:])
        of_parts, of_points = F.relu(merged).split(CHANNELS, dim=1)
        log_heat = self.to_points(of_points).flatten(2).log_softmax(dim=2)
        heat = log_heat.exp()
        points = heat @ _cells(of_points.shape[-1])
        around = F.avg_pool2d(of_points, AROUND_CELLS, 1, AROUND_CELLS // 2).flatten(2)
        seen = (self.regions @ heat) @ around.transpose(1, 2)  # [B, R, C]
        placed = points - points.mean(dim=1, keepdim=True)
        placed = placed / placed.square().sum(dim=(1, 2), keepdim=True).clamp_min(1e-2).sqrt()
        return Reading(
            self.to_labels(of_parts), log_heat, points,
            self.to_expression(torch.cat([placed.flatten(1), seen.flatten(1)], dim=1)),
            F.normalize(self.to_identity(last.mean(dim=(2, 3))), dim=1),
        )  # fmt: skip


def head_losses(reader: HeadReader, batch: HeadPictures, weights: Tensor) -> dict[str, Tensor]:
    """Cross entropy of labels and points, squared error of coefficients, and identity against the rest of the batch."""
    read = reader(batch.image)
    similar = read.identity @ read.identity.T / TEMPERATURE
    similar.fill_diagonal_(-torch.inf)
    log_share = torch.log_softmax(similar, dim=1)
    return {
        "parts": W_PARTS * F.cross_entropy(read.labels, batch.parts[:, 1::2, 1::2], weights),
        "points": W_POINTS * point_loss(read.log_heat, batch.points),
        "expression": W_EXPRESSION * F.mse_loss(read.coefficients, batch.coefficients),
        "identity": -W_IDENTITY * log_share[_same(batch.person)].mean(),
    }


def point_loss(
    log_heat: Tensor,  # [B, 68, N^2]
    points: Tensor,  # [B, 68, 2] in [-1, 1]
) -> Tensor:
    """Cross entropy against the four cells around each point, by how near they are; none for points outside."""
    side = round(log_heat.shape[-1] ** 0.5)
    cells = ((points + 1) / 2 * side - 0.5).clamp(0, side - 1)
    low = cells.floor().clamp_max(side - 2)
    share_x, share_y = (cells - low).unbind(dim=-1)
    first = (low[..., 1] * side + low[..., 0]).long()
    index = torch.stack([first, first + 1, first + side, first + side + 1], dim=-1)
    across = torch.stack([1 - share_x, share_x], dim=-1)
    share = torch.cat([across * (1 - share_y)[..., None], across * share_y[..., None]], dim=-1)
    inside = (points.abs() <= 1).all(dim=-1)
    return -(log_heat.gather(2, index) * share).sum(dim=-1)[inside].mean()


@torch.no_grad()
def evaluate(reader: HeadReader, batches: Sequence[HeadPictures]) -> dict[str, float]:
    """Over all pictures of people that training did not see.

    `identity_rank1`: share of pictures whose nearest other one is of the same person; `identity_chance` is what
    guessing gives. `point_error`: how far landmarks are off, as a share of how far they are from their middle.
    """
    intersection, union = torch.zeros(len(PART_NAMES)), torch.zeros(len(PART_NAMES))
    right = pixels = 0
    errors, truths, identities, persons, distances = [], [], [], [], []
    for batch in batches:
        read = reader(batch.image)
        said, expected = read.labels.argmax(dim=1), batch.parts[:, 1::2, 1::2]
        right += int((said == expected).sum())
        pixels += expected.numel()
        for label in range(len(PART_NAMES)):
            mine, theirs = said == label, expected == label
            intersection[label] += (mine & theirs).sum()
            union[label] += (mine | theirs).sum()
        errors.append((read.coefficients - batch.coefficients).square())
        truths.append(batch.coefficients)
        identities.append(read.identity)
        persons.append(batch.person)
        reach = (batch.points - batch.points.mean(dim=1, keepdim=True)).norm(dim=-1).mean(dim=1)
        distances.append((read.points - batch.points).norm(dim=-1).mean(dim=1) / reach)
    truth, person, identity = torch.cat(truths), torch.cat(persons), torch.cat(identities)
    nearest = (identity @ identity.T).fill_diagonal_(-2).argmax(dim=1)
    seen = union > 0
    return {
        "pictures": float(len(person)),
        "part_accuracy": right / pixels,
        "part_mean_iou": float((intersection[seen] / union[seen]).mean()),
        "point_error": float(torch.cat(distances).mean()),
        "expression_r2": float(1 - torch.cat(errors).sum() / (truth - truth.mean(dim=0)).square().sum()),
        "identity_rank1": float((person[nearest] == person).float().mean()),
        "identity_chance": float(_same(person).float().sum(dim=1).mean() / (len(person) - 1)),
    }


@torch.no_grad()
def settle_norms(reader: HeadReader, batches: Sequence[HeadPictures]) -> None:
    """Normalise by what all these batches have on average, not by the last few of training; then evaluation mode."""
    norms = [module for module in reader.modules() if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d))]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # all count alike
    reader.train()
    for batch in batches:
        reader(batch.image)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    reader.eval()


@torch.no_grad()
def measure_taps(reader: HeadReader, batches: Sequence[HeadPictures]) -> None:
    """Make the mean of every tap 1 over these pictures."""
    reader.taps.tap_mean.fill_(1.0)
    means = [torch.stack([tap.mean() for tap in reader.taps(reader.normalise(batch.image))]) for batch in batches]
    reader.taps.tap_mean.copy_(torch.stack(means).mean(dim=0))


def _same(person: Tensor) -> Tensor:  # [B] -> bool [B, B]
    """Whose pictures are of one person; no picture with itself."""
    return (person[:, None] == person[None]).fill_diagonal_(False)


def _regions() -> Tensor:  # [R, 68], each row sums to 1
    rows = torch.zeros(len(REGIONS), POINTS)
    for row, region in zip(rows, REGIONS, strict=True):
        row[list(region)] = 1 / len(region)
    return rows


def _cells(side: int) -> Tensor:  # [side^2, 2]
    """Middles of cells, x and y in [-1, 1], row by row."""
    axis = (torch.arange(side) + 0.5) / side * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([x, y], dim=-1).flatten(0, 1)
