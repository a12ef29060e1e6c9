"""Who is in a synthetic data set."""

from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.synthetic.people.subjects import SUBJECTS, random_subject
from feed_dataset.synthetic.takes.casting import _Faces, cast
from feed_dataset.synthetic.takes.write import subject_spec


def test_the_named_people_come_first() -> None:
    assert cast(3) == ("S01", "S02", "S03")
    assert cast(11)[:8] == tuple(SUBJECTS)


def test_casts_repeat_and_grow() -> None:
    """A longer cast begins with the shorter one, so that rendering more people keeps what is there."""
    assert cast(11) == cast(11) == cast(13)[:11]
    assert len(set(cast(13))) == 13
    assert cast(10, seed=1) != cast(10, seed=2)
    assert all(subject_spec(name) for name in cast(13))


def test_chosen_people_are_less_alike_than_random_ones() -> None:
    faces = _Faces()

    def nearest_mm(specs: list[object]) -> float:
        shapes = np.stack([faces.of(spec) for spec in specs])  # type: ignore[arg-type]
        distance = np.sqrt(((shapes[:, None] - shapes[None]) ** 2).sum(-1).mean(-1)) * 100
        return float(np.sort(distance + 99 * np.eye(len(shapes)), axis=1)[:, 0].mean())

    chosen = nearest_mm([subject_spec(name) for name in cast(16)[8:]])
    at_random = nearest_mm([random_subject(seed) for seed in range(40, 48)])
    assert chosen > at_random


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (3, -1)])
def test_impossible_casts(count: int, seed: int) -> None:
    with pytest.raises(ValueError, match="expected at least 1 person"):
        cast(count, seed=seed)
