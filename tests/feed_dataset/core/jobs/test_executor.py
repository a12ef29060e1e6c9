"""What an executor promises: order, equal results everywhere, and that a bad task costs itself alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from feed_dataset.core.jobs.errors import FeedError, ImageDecodeError, WeightsUnavailable
from feed_dataset.core.jobs.executor import (
    OUT_OF_MEMORY,
    Executor,
    Failed,
    SerialExecutor,
    cpu_workers,
    default_workers,
    is_out_of_memory,
    no_tools,
)
from feed_dataset.core.jobs.process_executor import ProcessExecutor, WorkerTraceback, open_executor
from tests.feed_dataset.core.jobs import interrupted
from tests.feed_dataset.core.jobs.tasks import (
    Allocate,
    CountThreads,
    Hang,
    Kill,
    Leave,
    Litter,
    Look,
    Raise,
    Square,
    Tools,
    Unpicklable,
    limit_of,
    start_that_dies,
    start_that_raises,
)
from tests.processes import is_alive, session_lives, wait_for

ROOT = Path(__file__).parents[4]
KILLED = Failed("the worker process was killed (signal 9, out of memory?)")


@pytest.fixture(scope="module")
def two() -> Iterator[Executor[None]]:
    """Two processes that stay."""
    with ProcessExecutor(2, no_tools) as executor:
        yield executor


def test_results_are_equal_and_in_order_whoever_computes(two: Executor[None]) -> None:
    tasks = [Square(number) for number in range(6)]
    with open_executor(1, no_tools) as one, open_executor(0, no_tools) as here:
        assert here.map(tasks) == one.map(tasks) == two.map(tasks) == [0, 1, 4, 9, 16, 25]


def test_done_is_called_after_each_and_each_yields_as_they_finish(two: Executor[None]) -> None:
    for executor in (two, SerialExecutor(no_tools)):
        steps: list[int] = []
        executor.map([Square(1), Square(2)], lambda steps=steps: steps.append(1))
        assert len(steps) == 2
    assert dict(two.each([Square(0), Square(5)])) == {0: 0, 1: 25}
    assert next(iter(two.each([Square(0), Square(5)]))) == (1, 25), "it was faster"


def test_no_tasks(two: Executor[None]) -> None:
    assert two.map([]) == SerialExecutor(no_tools).map([]) == []


def test_tools_are_made_once_in_each_process() -> None:
    with ProcessExecutor(1, Tools.load) as executor:
        seen = {*executor.map([Look(), Look()]), *executor.map([Look()])}
    assert len(seen) == 1
    ((made_in, run_in),) = seen
    assert made_in == run_in != os.getpid()
    calls: list[int] = []
    serial = SerialExecutor(lambda: calls.append(1))
    assert calls == [], "not before a task needs them"
    serial.map([Square(1), Square(2)])
    assert calls == [1]


def test_workers_compute_with_one_thread_and_this_process_keeps_its_own(two: Executor[None]) -> None:
    before = dict(os.environ)
    assert two.map([CountThreads()]) == [("1", 1)]
    assert dict(os.environ) == before


def test_a_task_that_kills_its_process_is_counted_and_the_others_are_done(two: Executor[None]) -> None:
    assert two.map([Square(1), Kill(), Square(2), Square(3)]) == [1, KILLED, 4, 9]
    assert two.map([Square(4)]) == [16], "the processes are made again"


def test_five_killers_are_five_failures() -> None:
    with ProcessExecutor(2, no_tools, retries=0) as executor:
        assert executor.map([Kill()] * 5) == [KILLED] * 5


def test_a_task_whose_process_dies_once_succeeds(two: Executor[None], tmp_path: Path) -> None:
    tasks = [Kill(unless=tmp_path / "one"), Square(3), Kill(unless=tmp_path / "two")]
    assert two.map(tasks) == [-1, 9, -1]


def test_the_reason_says_how_a_process_ended() -> None:
    with ProcessExecutor(2, no_tools, retries=0) as executor:
        assert executor.map([Leave("exit"), Leave("abort")]) == [
            Failed("the worker process ended (exit code 7)"),
            Failed("the worker process was killed (signal 6, SIGABRT)"),
        ]


def test_a_task_that_takes_too_long_is_ended() -> None:
    started = time.monotonic()
    with ProcessExecutor(2, no_tools, limit_s=2.0) as executor:
        assert executor.map([Hang(), Square(2)]) == [Failed("it took longer than 2 s"), 4]
    with ProcessExecutor(1, no_tools, limit_s=partial(limit_of, hang_s=1.0)) as executor:
        assert executor.map([Hang(), Square(2)]) == [Failed("it took longer than 1 s"), 4]
    assert time.monotonic() - started < 30


def test_a_result_that_waits_for_a_slow_caller_is_not_late() -> None:
    with ProcessExecutor(2, no_tools, limit_s=1.0) as executor:
        found = {}
        for index, result in executor.each([Square(1), Square(0), Square(2)]):
            time.sleep(1.1 if not found else 0)
            found[index] = result
    assert found == {0: 1, 1: 0, 2: 4}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces a limit")
def test_a_task_that_wants_more_than_its_memory() -> None:
    with ProcessExecutor(1, no_tools, memory_bytes=256 << 20) as executor:
        assert executor.map([Allocate(16), Allocate(512), Allocate(8)]) == [16, Failed(OUT_OF_MEMORY), 8]


def test_out_of_memory_is_a_failure_in_this_process_too() -> None:
    assert SerialExecutor(no_tools).map([Raise(MemoryError), Square(2)]) == [Failed(OUT_OF_MEMORY), 4]
    import cv2

    assert is_out_of_memory(cv2.error("OpenCV(5.0) alloc.cpp:73: error: (-4) Failed to allocate 8000000000 bytes"))
    assert is_out_of_memory(RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"))
    assert not is_out_of_memory(RuntimeError("shapes differ"))


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (partial(KeyError, "a"), KeyError, "'a'"),
        (partial(ImageDecodeError, "x.png", "truncated"), ImageDecodeError, "could not read x.png: truncated"),
        (partial(Unpicklable, "it was odd"), FeedError, "Unpicklable: it was odd"),
    ],
)
def test_an_exception_arrives_with_its_type_and_where_it_was_raised(
    two: Executor[None], make: Callable[[], Exception], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text) as caught:
        two.map([Square(0), Raise(make), Square(1)])
    assert type(caught.value) is kind
    assert isinstance(caught.value.__cause__, WorkerTraceback)
    assert "in run\n" in str(caught.value.__cause__)
    assert two.map([Square(3)]) == [9], "and the next map is as good as new"


def test_an_error_keeps_what_it_carries(two: Executor[None]) -> None:
    with pytest.raises(WeightsUnavailable) as caught:
        two.map([Raise(partial(WeightsUnavailable, "mesh", "get it", "no network"))])
    assert (caught.value.name, caught.value.command) == ("mesh", "get it")
    assert str(caught.value) == str(WeightsUnavailable("mesh", "get it", "no network"))


def test_what_cannot_travel_is_an_error_at_once(two: Executor[None]) -> None:
    with pytest.raises(Exception, match="pickle"):
        two.map([Raise(lambda: KeyError())])
    with pytest.raises(Exception, match="pickle"):
        ProcessExecutor(1, lambda: None)


def test_tools_that_cannot_be_loaded_end_the_map() -> None:
    with ProcessExecutor(2, start_that_raises) as executor, pytest.raises(WeightsUnavailable, match="no network"):
        executor.map([Square(1), Square(2)])


def test_processes_that_die_at_their_start_end_the_map() -> None:
    with ProcessExecutor(2, start_that_dies) as executor, pytest.raises(FeedError, match=r"signal 9.*2 times in a row"):
        executor.map([Square(1), Square(2)])


@pytest.mark.parametrize(
    ("end", "result"), [("well", 1), ("killed", KILLED), ("hangs", Failed("it took longer than 3 s"))]
)
def test_what_a_task_starts_ends_with_its_process(end: str, result: object, tmp_path: Path) -> None:
    """Also where the child holds the pipe open on which the others would hear that its process died."""
    with ProcessExecutor(1, no_tools, retries=0, limit_s=3.0) as executor:
        assert executor.map([Litter(tmp_path / "child", end), Square(3)]) == [result, 9]
    child = int((tmp_path / "child").read_text())
    wait_for(lambda: not is_alive(child))


def test_leaving_early_ends_what_is_at_work() -> None:
    before = set(multiprocessing.active_children())
    with ProcessExecutor(2, no_tools) as executor:
        for _, result in executor.each([Square(2), Hang(), Hang()]):
            assert result == 4
            break
        assert executor.map([Square(3)]) == [9]
    assert set(multiprocessing.active_children()) <= before


def test_one_map_at_a_time_and_only_inside_of_the_block() -> None:
    executor = ProcessExecutor(1, no_tools)
    with pytest.raises(RuntimeError, match="with ProcessExecutor"):
        executor.map([Square(1)])
    with executor:
        for _ in executor.each([Square(1)]):
            with pytest.raises(RuntimeError, match="one map at a time"):
                executor.map([Square(1)])


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    """Nor does it run once more in each process."""
    script = tmp_path / "script.py"
    script.write_text(
        "from feed_dataset.core.jobs.executor import no_tools\n"
        "from feed_dataset.core.jobs.process_executor import ProcessExecutor\n"
        "from tests.feed_dataset.core.jobs.tasks import Square\n"
        "with ProcessExecutor(1, no_tools) as executor:\n"
        "    print(executor.map([Square(7)]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=False)
    assert done.stdout == "[49]\n", done.stderr


def test_workers_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert cpu_workers() == default_workers("cpu") == 8
    assert default_workers("cuda") == default_workers("cuda:1") == default_workers("mps") == 1


@pytest.mark.parametrize("moment", ["starting", "loading", "working"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_workers_end_with_their_parent_and_without_tracebacks(how: signal.Signals, moment: str, tmp_path: Path) -> None:
    here, site = tmp_path / "processes", tmp_path / "site"
    here.mkdir()
    site.mkdir()
    if moment == "starting":
        (site / "sitecustomize.py").write_text(interrupted.IN_A_STARTING_WORKER)
    code = f"import sys; from {interrupted.__name__} import main; from pathlib import Path\n"
    child = subprocess.Popen(
        [sys.executable, "-c", f"{code}sys.exit(main({moment!r}, Path({str(here)!r})))"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}", "INTERRUPTED": str(here)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: len(list(here.iterdir())) >= interrupted.WORKERS)
    if how == signal.SIGINT:  # a terminal sends it to all; workers may hear of it first
        for path in here.iterdir():
            os.kill(int(path.name), how)
        time.sleep(0.2 if moment == "starting" else 0)
    child.send_signal(how)
    _, errors = child.communicate(timeout=30)
    assert child.returncode == (interrupted.STOPPED if how == signal.SIGINT else -signal.SIGKILL)
    assert how == signal.SIGKILL or errors == ""
    wait_for(lambda: not session_lives(child.pid))
