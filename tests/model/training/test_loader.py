"""Batches made ahead are those that would have been made when asked for, whatever is asked for."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pytest
import torch

from model.networks.errors import ModelError
from model.training.loader import BatchLoader, worker_deaths_named
from model.training.pairs import PairSampler
from model.training.randomness import step_rng
from tests.model.training.stubs import Corpus


def make(step: int, part: int) -> tuple[int, int, float, int]:
    return step, part, step_rng(0, step, part).random(), os.getpid()


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_nothing_but_who_makes_a_batch(workers: int) -> None:
    loader = BatchLoader(make, range(1, 4, 2), steps=4, workers=workers)
    asked = [(step, part) for step in range(4) for part in (1, 3)]
    found = [loader.at(*key) for key in asked]
    assert [one[:3] for one in found] == [make(*key)[:3] for key in asked]
    assert len({one[3] for one in found}) == workers and os.getpid() not in {one[3] for one in found}


def test_anything_may_be_asked_for_out_of_turn() -> None:
    loader = BatchLoader(make, range(2), steps=10, workers=1)
    for key in ((7, 0), (7, 1), (2, 1), (3, 0), (9, 1), (9, 1)):
        assert loader.at(*key)[:3] == make(*key)[:3]
    assert loader.at(10, 0)[3] == os.getpid(), "beyond the schedule nothing is made ahead"


def test_a_batch_with_all_its_fields_comes_through() -> None:
    sampler = PairSampler(Corpus("VC2"), Corpus("FEED"), "paper", 4, 2, seed=0, pose_pairs=True)
    batch, own = BatchLoader(sampler.at, range(2), steps=2, workers=1).at(1, 1), sampler.at(1, 1)
    for name in ("source", "driver", "extreme", "moved", "landmarks", "parts"):
        assert torch.equal(getattr(batch, name), getattr(own, name)), name
    assert torch.equal(batch.driver_pose.theta(), own.driver_pose.theta())  # type: ignore[union-attr]


def test_the_random_numbers_of_the_training_are_left_alone() -> None:
    before = torch.get_rng_state()
    BatchLoader(make, range(1), steps=2, workers=1).at(0, 0)
    assert torch.equal(torch.get_rng_state(), before)


def test_threads_of_opencv_do_not_stop_the_workers() -> None:
    """A worker that is forked while the training has some, and touches their number, waits for ever."""
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        cv2.resize(np.zeros((2000, 2000, 3), np.uint8), (3000, 3000), interpolation=cv2.INTER_CUBIC)
        loader = BatchLoader(lambda step, part: cv2.getNumThreads(), range(1), steps=2, workers=1)
        assert loader.at(0, 0) == 1 and cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(threads)


def test_waiting_is_counted_until_it_is_asked_for() -> None:
    loader = BatchLoader(make, range(1), steps=2)
    loader.at(0, 0)
    assert loader.take_wait_s() > 0 and loader.take_wait_s() == 0


def test_errors_for_people_come_as_they_are() -> None:
    def broken(step: int, part: int) -> int:
        raise ModelError(f"no batch {step}")

    with pytest.raises(ModelError, match=r"^no batch 0$"):
        BatchLoader(broken, range(1), steps=2, workers=1).at(0, 0)


@pytest.mark.parametrize("said", [
    "DataLoader worker (pid 8) is killed by signal: Bus error. ",
    "DataLoader worker (pid(s) 8, 9) exited unexpectedly\nmore",
])  # fmt: skip
def test_a_killed_worker_is_named(said: str) -> None:
    """In PyTorch's words, of which the second take it five seconds."""
    with pytest.raises(ModelError, match=r"ended \(DataLoader worker .*\); memory or /dev/shm .* fewer --workers$"):
        with worker_deaths_named():
            raise RuntimeError(said)
    with pytest.raises(RuntimeError, match="another"), worker_deaths_named():
        raise RuntimeError("another")


def test_a_negative_number_of_workers_is_refused() -> None:
    with pytest.raises(ModelError, match="expected at least 0 workers but got -1"):
        BatchLoader(make, range(1), steps=1, workers=-1)
