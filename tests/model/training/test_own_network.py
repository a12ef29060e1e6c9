from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from feed_dataset.synthetic.scene.part_masks import PART_NAMES
from model.training.own_network import (
    Expressions,
    HeadPictures,
    HeadReader,
    evaluate,
    head_losses,
    head_pictures,
    measure_taps,
    part_weights,
)
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


def test_pictures_with_what_there_is_to_see(people: RenderedPeople, batch: HeadPictures) -> None:
    expressions = Expressions.of(people, range(4))
    assert batch.image.shape == (8, 3, SIDE, SIDE) and 0 <= batch.image.min() and batch.image.max() <= 1
    assert batch.person.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    torch.testing.assert_close(batch.coefficients[0], batch.coefficients[2], msg="companions share their expressions")
    assert expressions.moving.all() and (batch.parts[:, :, 0] == PART_NAMES.index("ear")).all()
    again = head_pictures(people, INDEX, expressions, seed=0, size_px=SIDE)
    other = head_pictures(people, INDEX, expressions, seed=1, size_px=SIDE)
    assert torch.equal(again.image, batch.image) and not torch.equal(other.image, batch.image)
    half = head_pictures(people, INDEX, expressions, seed=0, size_px=SIDE // 2)
    assert half.image.shape[-1] == half.parts.shape[-1] == SIDE // 2


def test_rare_labels_count_more_each_but_never_without_end(people: RenderedPeople) -> None:
    weights = part_weights(people, range(4))
    assert weights.isfinite().all() and weights.mean().item() == pytest.approx(1)
    assert weights[PART_NAMES.index("ear")] > weights[PART_NAMES.index("background")]


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
    assert all(seen[-1][name] < seen[0][name] for name in ("parts", "expression", "identity"))


class Knowing(HeadReader):
    """Says the truth of one batch."""

    def __init__(self, batch: HeadPictures) -> None:
        super().__init__(batch.coefficients.shape[1])
        self.batch = batch

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        labels = F.one_hot(self.batch.parts[:, 1::2, 1::2], len(PART_NAMES)).permute(0, 3, 1, 2).float()
        return labels, self.batch.coefficients, F.one_hot(self.batch.person, 64).float()


def test_who_knows_everything_has_the_best_numbers(batch: HeadPictures) -> None:
    numbers = evaluate(Knowing(batch), [batch])
    assert numbers["part_accuracy"] == numbers["part_mean_iou"] == numbers["identity_rank1"] == 1
    assert numbers["expression_r2"] == 1 and numbers["identity_chance"] == pytest.approx(1 / 7)


def test_taps_have_a_mean_of_1(batch: HeadPictures) -> None:
    torch.manual_seed(0)
    reader = HeadReader(5).eval()
    measure_taps(reader, [batch])
    for tap in reader.taps(reader.normalise(batch.image)):
        assert tap.mean().item() == pytest.approx(1, rel=1e-4)
