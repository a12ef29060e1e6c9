"""Every row exactly once, whatever the numbers of ranks, workers and videos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from datasets.distributed import split_dataset_by_node
from torch.utils.data import DataLoader

import feed_dataset
from tests.feed_dataset.clips import feed_like

NAMES = [f"ID_{subject}/{stem}_{camera}" for subject in (1, 2) for stem in ("random", "eyes") for camera in "CLR"][:7]
ORDER = sorted(NAMES)  # the catalog's
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("streaming")
    root = feed_like(folder / "FEED", [f"{name}.mp4" for name in NAMES])

    def load() -> Any:
        return feed_dataset.load_dataset(
            "feed", data_dir=root, split="train", streaming=True, cache_dir=str(folder / "cache")
        )

    return load


def _ids(rows: Any, workers: int = 0) -> Iterator[str]:
    for batch in DataLoader(rows.with_format("torch"), batch_size=2, num_workers=workers):
        yield from batch["clip_id"]


def test_one_shard_per_video(load: Any) -> None:
    assert load().num_shards == len(NAMES)
    assert [row["clip_id"] for row in load()] == ORDER


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("world_size", [1, 2, 3, 4, 9])
def test_ranks_share_the_rows(load: Any, world_size: int, shuffled: bool) -> None:
    """Seven videos divide by no world size but one; nine ranks leave two without any."""
    seen: list[str] = []
    for rank in range(world_size):
        rows = load().shuffle(seed=3, buffer_size=4) if shuffled else load()
        seen += _ids(split_dataset_by_node(rows, rank, world_size))
    assert sorted(seen) == ORDER


@pytest.mark.parametrize(("workers", "world_size"), [(1, 1), (2, 1), (3, 1), (2, 3), (3, 2), (2, 7)])
def test_workers_of_ranks_share_the_rows(load: Any, workers: int, world_size: int) -> None:
    seen: list[str] = []
    for rank in range(world_size):
        rows = split_dataset_by_node(load().shuffle(seed=3, buffer_size=4), rank, world_size)
        seen += _ids(rows, workers)
    assert sorted(seen) == ORDER


def test_shuffling_follows_seed_and_epoch(load: Any) -> None:
    first, again, other = (list(_ids(load().shuffle(seed=seed, buffer_size=1))) for seed in (3, 3, 4))
    assert first == again != other and sorted(first) == sorted(other) == ORDER
    rows = load().shuffle(seed=3, buffer_size=1)
    rows.set_epoch(1)  # after everything else: with_format and the like begin at epoch 0 again
    second = [row["clip_id"] for row in rows]
    assert second != first and sorted(second) == ORDER


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("done", [1, 4, 6])
def test_a_stream_goes_on_where_it_stopped(load: Any, done: int, shuffled: bool) -> None:
    """With a buffer of 1 nothing is lost: a shard is one video, so that shuffled shards are shuffled rows."""

    def rows() -> Any:
        return load().shuffle(seed=3, buffer_size=1) if shuffled else load()

    whole = [row["clip_id"] for row in rows()]
    stopped = rows()
    stream = iter(stopped)
    for _ in range(done):
        next(stream)
    resumed = rows()
    resumed.load_state_dict(stopped.state_dict())
    assert [row["clip_id"] for row in resumed] == whole[done:]
