"""People who are drawn when they are asked for are those of a set on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from feed_dataset.synthetic.rig.head import SharedTopology
from feed_dataset.synthetic.takes.training_set import PersonPainter, TrainingSetSpec
from model.networks.errors import ModelError
from model.training import drawn_people
from model.training.corpora import RenderedCorpus
from model.training.drawn_people import DrawnPeople
from model.training.loader import BatchLoader
from model.training.opening import draw_corpus
from model.training.pairs import FramePair, PairSampler
from model.training.people import RenderedPeople

SPEC = TrainingSetSpec(people=2, states=3, size_px=32)


@pytest.fixture(scope="module")
def topology() -> SharedTopology:
    return SharedTopology(level=0, texture_px=64)


@pytest.fixture(scope="module")
def painters(topology: SharedTopology) -> dict[int, PersonPainter]:
    return {seed: PersonPainter(topology, seed, SPEC.size_px) for seed in (1000, 1001)}  # a CPU second each


@pytest.fixture
def made(painters: dict[int, PersonPainter], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds of the painters that were made."""
    seeds: list[int] = []

    def painter(topology: object, seed: int, size_px: int, *, threads: int) -> PersonPainter:
        assert size_px == SPEC.size_px and threads == 1
        seeds.append(seed)
        return painters[seed]

    monkeypatch.setattr(drawn_people, "training_topology", lambda: None)
    monkeypatch.setattr(drawn_people, "PersonPainter", painter)
    return seeds


@pytest.fixture(scope="module")
def folder(painters: dict[int, PersonPainter], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("set")
    for seed, painter in painters.items():
        np.savez(place / f"{seed:05d}.npz", **painter.pictures(SPEC.states_of(seed)))  # type: ignore[arg-type]
    return place


def assert_equal(one: FramePair, other: FramePair) -> None:
    assert one.landmarks is not None and one.parts is not None and other.landmarks is not None
    assert other.parts is not None and one.driver_pose is not None and other.driver_pose is not None
    assert one.cross is not None and other.cross is not None
    for mine, theirs in (
        (one.source, other.source), (one.driver, other.driver), (one.landmarks, other.landmarks),
        (one.parts, other.parts), (one.driver_pose.rotation, other.driver_pose.rotation),
        (one.cross.source, other.cross.source), (one.cross.target, other.cross.target),
    ):  # fmt: skip
        assert torch.equal(mine, theirs)


def test_pairs_are_those_of_the_set_on_disk(made: list[int], folder: Path) -> None:
    drawn, read = DrawnPeople(SPEC), RenderedPeople(folder)
    assert (len(drawn), drawn.states, drawn.size_px, drawn.has_parts) == (len(read), read.states, 32, True)
    assert drawn.companions() == read.companions() == {0: (1,), 1: (0,)}
    ours, theirs = (RenderedCorpus(people, cross=True, name="rendered") for people in (drawn, read))
    assert ours.gives == theirs.gives
    for seed in (4, 2, 0):
        assert_equal(*(corpus.draw(np.random.default_rng(seed)) for corpus in (ours, theirs)))


def test_what_was_drawn_is_kept_within_bounds(made: list[int]) -> None:
    people = DrawnPeople(SPEC)
    one = people.in_state(1, 2)
    assert people.in_state(1, 2) is one and people.in_state(1, 0) is not one
    assert made == [1001]
    few = DrawnPeople(SPEC, keep_mib=0)
    first = few.in_state(0, 1)
    few.in_state(0, 2)
    again = few.in_state(0, 1)
    assert again is not first and np.array_equal(again.images, first.images)
    assert made == [1001, 1000]


def test_the_corpus_says_who_is_in_it(made: list[int]) -> None:
    corpus = draw_corpus(10_000, 2000, size_px=32)
    assert corpus.name == "rendered people of the seeds 2000 to 11999, drawn as needed"
    with pytest.raises(ModelError, match="expected somebody in the states of the rendered person of seed 2002"):
        draw_corpus(3, 2000, size_px=32, cross=True)
    with pytest.raises(ModelError, match="at least 1 rendered person but got 0"):
        draw_corpus(0, 2000, size_px=32)


def test_workers_draw_the_same(made: list[int]) -> None:
    corpus = RenderedCorpus(DrawnPeople(SPEC), name="drawn")
    sampler = PairSampler(corpus, None, "ordinary", 2, 2, 0, pose_pairs=False)
    ahead = BatchLoader(sampler.at, [0], 2, workers=1)
    try:
        found = ahead.at(0, 0)
    finally:
        ahead.close()
    assert torch.equal(found.source, sampler.at(0, 0).source)
