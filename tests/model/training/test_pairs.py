from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from model.networks.errors import ModelError
from model.training.corpora import landmark_parts
from model.training.pairs import FramePair, Mixture, PairSampler, extreme_slots
from tests.model.training.stubs import Corpus


def sampler(batch: int = 4, mixture: Mixture = "paper", **changes: object) -> PairSampler:
    made = PairSampler(Corpus("VC2"), Corpus("FEED"), "paper", batch, batch, seed=0, pose_pairs=True)
    return replace(made, mixture=mixture, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("batch", [2, 16])
def test_mixture_of_section_8_2(batch: int) -> None:
    """75 % and 25 %; every second batch half of each, the others VoxCeleb2 alone."""
    slots = np.stack([extreme_slots(step, batch, "paper") for step in range(100)])
    assert slots.mean() == 0.25
    assert (slots[::2].mean(axis=1) == 0.5).all() and not slots[1::2].any()


def test_every_pair_of_a_mixed_batch_has_its_negative_in_the_other_corpus() -> None:
    slots = extreme_slots(0, 16, "paper")
    assert (slots != np.roll(slots, 1)).all()


def test_single_corpora() -> None:
    assert not extreme_slots(0, 4, "ordinary").any() and extreme_slots(1, 4, "extreme").all()
    assert [corpus.name for corpus in sampler(mixture="ordinary", extreme=None).corpora] == ["VC2"]
    assert [corpus.name for corpus in sampler(mixture="extreme", ordinary=None).corpora] == ["FEED"]
    with pytest.raises(ModelError, match=r"expected a corpus of extreme expressions \(FEED\) for the mixture 'paper'"):
        sampler(extreme=None)
    with pytest.raises(ModelError, match=r"expected no corpus of extreme expressions \(FEED\) .* but got FEED"):
        sampler(mixture="ordinary")


def test_a_batch_is_a_function_of_seed_and_step_alone() -> None:
    fresh, used = sampler(), sampler()
    for step in (0, 5, 1):
        used.at(step, 0)
    one, other = fresh.at(7, 0), used.at(7, 0)
    for name in ("source", "driver", "moved", "landmarks", "parts"):
        assert torch.equal(getattr(one, name), getattr(other, name)), name
    for changed in (fresh.at(8, 0), sampler(seed=1).at(7, 0)):
        assert not torch.equal(one.source, changed.source)


def test_samples_do_not_depend_on_the_sizes_of_batch_and_parts() -> None:
    many = {"ordinary": Corpus("VC2", people=10**6), "extreme": Corpus("FEED", people=10**6)}  # nobody comes twice
    whole, halves = sampler(4, **many), sampler(4, micro_batch=2, **many)
    assert (whole.parts, halves.parts) == (1, 2)
    assert torch.equal(whole.at(3, 0).driver, torch.cat([halves.at(3, part).driver for part in range(2)]))
    assert torch.equal(sampler(2, **many).at(3, 0).driver, whole.at(3, 0).driver[:2])
    assert halves.at(0, 1).extreme.tolist() == [False, True]


def test_nobody_is_twice_in_a_part() -> None:
    drawn: list[str] = []

    class Watched(Corpus):
        def draw(self, rng: np.random.Generator) -> FramePair:
            pair = super().draw(rng)
            drawn.append(pair.subject)
            return pair

    few = PairSampler(Watched("VC2", people=4), None, "ordinary", 4, 4, seed=0, pose_pairs=False)
    batch = few.at(0, 0)
    assert len(set(drawn)) == 4 and len({tuple(p.mean((1, 2)).tolist()) for p in batch.source}) == 4
    with pytest.raises(ModelError, match="expected a person of VC2 who is not among 4 drawn"):
        replace(few, batch=5, micro_batch=5).at(0, 0)


def test_pose_pairs_are_drawn_only_when_wanted() -> None:
    assert sampler(pose_pairs=False).at(0, 0).moved is None
    batch = sampler().at(0, 0)
    assert batch.moved is not None and not torch.equal(batch.moved, batch.source)


def test_parts_of_landmarks_are_filled_outlines_and_no_ears() -> None:
    landmarks = torch.full((68, 2), 0.9)
    for first, last, x, y in ((36, 42, -0.4, -0.3), (42, 48, 0.4, -0.3), (48, 60, 0.0, 0.4)):
        angle = torch.linspace(0, 2 * torch.pi, last - first + 1)[:-1]
        landmarks[first:last] = torch.stack([x + 0.2 * angle.cos(), y + 0.1 * angle.sin()], dim=-1)
    eyes, mouth, ears = landmark_parts(landmarks, 64)
    assert eyes[22, 19] == eyes[22, 44] == mouth[44, 32] == 1
    assert eyes[22, 32] == mouth[22, 19] == 0 and not ears.any()
