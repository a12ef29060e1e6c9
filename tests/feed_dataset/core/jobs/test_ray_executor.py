"""The Ray executor keeps what every executor promises, also when a machine is lost. Needs the extra ray."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from feed_dataset.core.jobs.carrier import SharedFiles
from feed_dataset.core.jobs.errors import FeedError, WeightsUnavailable
from feed_dataset.core.jobs.executor import Failed, SerialExecutor, no_tools
from feed_dataset.core.jobs.process_executor import WorkerTraceback
from feed_dataset.core.jobs.ray_executor import RayExecutor
from tests.feed_dataset.core.jobs.ray_nodes import Nodes, nodes
from tests.feed_dataset.core.jobs.tasks import (
    CountThreads,
    Hang,
    Kill,
    Raise,
    SleepOn,
    Square,
    start_that_raises,
)

pytest.importorskip("ray", reason="the extra ray is not installed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Nodes]:
    """A head without room for workers, and two machines with one core each."""
    with nodes(2) as found:
        yield found


def test_tools_that_cannot_be_made(cluster: Nodes) -> None:
    with RayExecutor(start_that_raises, workers=1, address=cluster.address) as executor:
        with pytest.raises(WeightsUnavailable, match="no network"):
            executor.map([Square(1)])


@pytest.fixture(scope="module")
def two(cluster: Nodes) -> Iterator[RayExecutor[None]]:
    with RayExecutor(no_tools, workers=2, address=cluster.address) as executor:
        yield executor


def test_a_task_that_takes_too_long_is_ended(cluster: Nodes) -> None:
    with RayExecutor(no_tools, workers=1, address=cluster.address, limit_s=2.0) as executor:
        assert executor.map([Hang(), Square(2)]) == [Failed("it took longer than 2 s"), 4]


def test_one_connection_at_a_time(two: RayExecutor[None]) -> None:
    """As Ray has it."""
    with pytest.raises(FeedError, match="expected no connection to Ray in this process"), RayExecutor(no_tools):
        pass


def test_results_are_those_of_every_executor_in_their_order(two: RayExecutor[None]) -> None:
    tasks = [Square(number) for number in range(6)]
    assert two.map(tasks) == SerialExecutor(no_tools).map(tasks)
    assert two.map([]) == []
    assert dict(two.each([Square(0), Square(5)])) == {0: 0, 1: 25}


def test_workers_compute_with_one_thread(two: RayExecutor[None]) -> None:
    assert two.map([CountThreads()]) == [("1", 1)]


def test_a_task_that_kills_its_process_is_tried_again_then_counted(two: RayExecutor[None], tmp_path: Path) -> None:
    killed = Failed(f"the worker process on {socket.gethostname()} ended (killed, or out of memory?)")
    assert two.map([Square(1), Kill(), Kill(unless=tmp_path / "once"), Square(2)]) == [1, killed, -1, 4]


def test_an_exception_arrives_with_its_type_and_where_it_was_raised(two: RayExecutor[None]) -> None:
    with pytest.raises(WeightsUnavailable) as caught:
        two.map([Square(1), Raise(start_that_raises)])
    assert isinstance(caught.value.__cause__, WorkerTraceback)
    assert "start_that_raises" in str(caught.value.__cause__)
    assert two.map([Square(4)]) == [16], "the others go on"


def test_a_machine_that_is_lost_costs_nothing_but_time(cluster: Nodes, two: RayExecutor[None]) -> None:
    """The tasks that it worked on are done by the others, and so is what comes after."""
    tasks = [SleepOn(0.4)] * 6
    found: dict[int, object] = {}
    started = two.each(tasks)
    index, result = next(started)
    found[index] = result
    cluster.lose_one()
    found |= dict(started)
    assert [found[number] for number in range(6)] == ["done"] * 6
    assert two.map([Square(7)]) == [49]


def test_a_folder_that_a_machine_does_not_see(tmp_path: Path) -> None:
    carrier = SharedFiles(tmp_path)
    with pytest.raises(FeedError, match=r"expected .* on every machine but .* does not see"):
        carrier.open()
        end = carrier.end()
        carrier.close()
        end.begin()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense", "expected a Ray address HOST:PORT, auto or local but got 'nonsense'"),
        ("ray://host:10001", "expected a Ray address HOST:PORT"),
        ("127.0.0.1:1", "expected a Ray cluster at 127.0.0.1:1 but nothing answers there"),
    ],
)
def test_an_address_where_nothing_is(address: str, message: str) -> None:
    begin = time.monotonic()
    with pytest.raises(FeedError, match=message), RayExecutor(no_tools, address=address):
        pass
    assert time.monotonic() - begin < 10, "Ray itself waits for two minutes"
