from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from feed_dataset.synthetic.scene.part_masks import PART_NAMES
from model.training.own_network import (
    HeadReader,
    Reading,
    evaluate,
    head_losses,
    measure_taps,
    point_loss,
    settle_norms,
)
from model.training.own_pictures import Expressions, HeadPictures, head_pictures, part_weights
from model.training.people import RenderedPeople
from tests.model.training.test_people import person

SIDE = 32
INDEX = [(number, state) for number in range(4) for state in (0, 1)]


@pytest.fixture
def people(tmp_path: Path) -> RenderedPeople:
    for number in range(4):
        np.savez(tmp_path / f"{number:05d}.npz", **person(number, SIDE))
    return RenderedPeople(tmp_path)


@pytest.fixture
def batch(people: RenderedPeople) -> HeadPictures:
    return head_pictures(people, INDEX, Expressions.of(people, range(4)), seed=0, size_px=SIDE)


def test_every_loss_falls_and_everything_is_taught(people: RenderedPeople, batch: HeadPictures) -> None:
    torch.manual_seed(0)
    reader, weights = HeadReader(5), part_weights(people, range(4))
    optimiser = torch.optim.AdamW(reader.parameters(), 3e-3)
    seen = []
    for _ in range(12):
        losses = head_losses(reader, batch, weights)
        optimiser.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        assert all(parameter.grad is not None and parameter.grad.any() for parameter in reader.parameters())
        optimiser.step()
        seen.append({name: value.item() for name, value in losses.items()})
    assert all(seen[-1][name] < seen[0][name] for name in ("parts", "points", "expression", "identity"))


class Knowing(HeadReader):
    """Says the truth of one batch."""

    def __init__(self, batch: HeadPictures) -> None:
        super().__init__(batch.coefficients.shape[1])
        self.batch = batch

    def forward(self, image: torch.Tensor) -> Reading:
        labels = F.one_hot(self.batch.parts[:, 1::2, 1::2], len(PART_NAMES)).permute(0, 3, 1, 2).float()
        identity = F.one_hot(self.batch.person, 64).float()
        return Reading(labels, torch.zeros(8, 68, 256), self.batch.points, self.batch.coefficients, identity)


def test_who_knows_everything_has_the_best_numbers(batch: HeadPictures) -> None:
    numbers = evaluate(Knowing(batch), [batch])
    assert numbers["part_accuracy"] == numbers["part_mean_iou"] == numbers["identity_rank1"] == 1
    assert numbers["expression_r2"] == 1 and numbers["point_error"] == 0
    assert numbers["identity_chance"] == pytest.approx(1 / 7)


def test_taps_have_a_mean_of_1(batch: HeadPictures) -> None:
    torch.manual_seed(0)
    reader = HeadReader(5).eval()
    measure_taps(reader, [batch])
    for tap in reader.taps(reader.normalise(batch.image)):
        assert tap.mean().item() == pytest.approx(1, rel=1e-4)


def test_points_are_sought_between_the_four_cells_around_them() -> None:
    points = torch.full((1, 68, 2), 5.0)  # outside: they count nothing
    points[0, 0] = torch.tensor([-0.25, 0.5])  # of 4 x 4 cells: column 1, between rows 2 and 3
    heat = torch.full((1, 68, 16), 1e-6)
    heat[0, 0, [9, 13]] = 0.5
    there, elsewhere = point_loss(heat.log(), points), point_loss(heat.roll(2, dims=2).log(), points)
    assert torch.isfinite(there) and there < elsewhere


def test_a_point_is_read_where_its_heat_is() -> None:
    """The loss is least where the middle of the heat is the point."""
    torch.manual_seed(0)
    points = torch.rand(2, 68, 2) - 0.5
    scores = torch.zeros(2, 68, 64, requires_grad=True)
    optimiser = torch.optim.Adam([scores], 0.3)
    for _ in range(150):
        loss = point_loss(scores.log_softmax(dim=2), points)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    axis = (torch.arange(8) + 0.5) / 4 - 1
    heat = scores.softmax(dim=2).detach().view(2, 68, 8, 8)
    read = torch.stack([(heat.sum(dim=2) * axis).sum(dim=2), (heat.sum(dim=3) * axis).sum(dim=2)], dim=2)
    torch.testing.assert_close(read, points, atol=0.02, rtol=0)


def test_normalisations_are_settled_on_what_all_batches_have_on_average(people: RenderedPeople) -> None:
    expressions = Expressions.of(people, range(4))
    batches = [head_pictures(people, INDEX, expressions, seed, SIDE) for seed in (0, 1)]
    torch.manual_seed(0)
    reader = HeadReader(5)
    settle_norms(reader, batches)
    convolution, norm = reader.taps.first[0][0], reader.taps.first[0][1]
    seen = torch.cat([convolution(reader.normalise(batch.image)) for batch in batches])
    torch.testing.assert_close(norm.running_mean, seen.mean(dim=(0, 2, 3)), atol=1e-5, rtol=1e-4)
    assert not reader.training and norm.momentum == 0.1
