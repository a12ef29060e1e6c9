"""Random numbers of a case."""

from __future__ import annotations

import random

import numpy as np
import torch

from baselines.interface.seeds import case_seed, seeded


def draw() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), float(torch.rand(1))


def test_the_same_seed_gives_the_same_numbers_and_leaves_no_trace() -> None:
    before = random.getstate(), np.random.get_state()[1].copy(), torch.random.get_rng_state()
    with seeded(7):
        first = draw()
    with seeded(7):
        again = draw()
    with seeded(8):
        other = draw()
    assert first == again
    assert all(a != b for a, b in zip(first, other, strict=True))
    assert random.getstate() == before[0]
    assert np.array_equal(np.random.get_state()[1], before[1])
    assert torch.equal(torch.random.get_rng_state(), before[2])


def test_a_case_has_a_seed_of_its_own() -> None:
    seeds = {case_seed(seed, case) for seed in range(50) for case in ("a", "b")}
    assert len(seeds) == 100
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert case_seed(2024, "a") == case_seed(2024, "a")
