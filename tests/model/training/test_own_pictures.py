from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from feed_dataset.synthetic.scene.part_masks import PART_NAMES
from model.training.own_pictures import Expressions, HeadPictures, head_pictures, joined, part_weights
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


def test_a_window_shows_the_face_and_its_points(people: RenderedPeople) -> None:
    """The ear, which is the upper edge of the picture, is not in it; the face's middle is near the window's."""
    expressions = Expressions.of(people, range(4))
    whole = head_pictures(people, INDEX, expressions, seed=0, size_px=SIDE)
    window = head_pictures(people, INDEX, expressions, seed=0, size_px=SIDE, window_px=SIDE // 2)
    assert window.image.shape == (8, 3, SIDE // 2, SIDE // 2) and window.parts.shape == (8, SIDE // 2, SIDE // 2)
    assert (window.parts != PART_NAMES.index("ear")).all()
    assert torch.equal(window.coefficients, whole.coefficients)
    assert (window.points.mean(dim=1).abs() <= 0.25 + 1 / 16).all() and window.points.mean(dim=1).std() > 0
    torch.testing.assert_close(window.points[:, 1] - window.points[:, 0], 2 * (whole.points[:, 1] - whole.points[:, 0]))


def test_two_batches_become_one(batch: HeadPictures) -> None:
    both = joined(batch, batch)
    assert both.person.tolist() == 2 * batch.person.tolist() and torch.equal(both.image[8:], batch.image)
    assert torch.equal(both.points[:8], batch.points) and both.parts.shape == (16, SIDE, SIDE)
