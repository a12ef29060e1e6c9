"""The main job as a whole at tiny size: same results however it is run, interrupted or spread."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from benchmark.engine import inputs, outputs, run
from benchmark.engine.plan import Plan
from benchmark.engine.task import CaseTask
from benchmark.engine.tools import Tools
from benchmark.features.models import ModelCache, ModelFactories
from benchmark.features.types import sequence
from benchmark.features.types.extractor import Compute
from benchmark.results.errors import BenchmarkError
from benchmark.results.rederiving import rederive
from benchmark.results.schema import Results
from feed_dataset.core.jobs.array_store import frames_sha256
from feed_dataset.core.jobs.executor import Failed, SerialExecutor, Task
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from tests.benchmark import harness
from tests.benchmark.harness import METHODS, make_plan, run_plan, tiny_protocol
from tests.processes import session_lives, wait_for

R = TypeVar("R")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """An uninterrupted run."""
    return run_plan(make_plan(data, tmp_path_factory.mktemp("whole"))).results


def test_every_method_has_every_metric_and_every_case(whole: Results) -> None:
    assert [method.name for method in whole.methods] == list(METHODS)
    assert len(whole.protocol.case_ids) == 5
    assert len(whole.aggregates) == len(METHODS) * len(tiny_protocol().metrics)
    assert whole.failures == []
    assert rederive(whole) == []


def test_each_frame_stack_is_hashed_once_and_decoded_once_at_most(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Crops of drivers and sources are in memory when they are made; predictions too.

    Not counted are the clips of a few cases that the report plays: they are read again when it is known which.
    """
    monkeypatch.setattr(run, "make_showcase", lambda *_: None)
    hashed: list[np.ndarray] = []
    decoded: list[Path] = []
    for module in (inputs, sequence):
        monkeypatch.setattr(module, "frames_sha256", lambda frames: (hashed.append(frames), frames_sha256(frames))[1])
    iterate = outputs.iterate_lossless
    monkeypatch.setattr(outputs, "iterate_lossless", lambda path: (decoded.append(path), iterate(path))[1])
    plan = make_plan(data, tmp_path, methods=("copy-driver", "keypoint-warp"), limit=4)
    results = run_plan(plan).results
    assert all(row.failures == [] for row in results.case_rows("keypoint-warp", "csim[dlib]"))
    stacks = {frames.tobytes() for frames in hashed}
    assert len(hashed) == len(stacks)
    assert len(decoded) == len(set(decoded))


def test_bounds_score_as_bounds(whole: Results) -> None:
    def value(method: str, metric: str) -> float:
        aggregate = whole.aggregate(method, metric)
        assert aggregate is not None
        assert aggregate.value is not None
        assert aggregate.cases_scored == 5
        return aggregate.value

    assert value("copy-source", "csim[dlib]") == pytest.approx(1.0)
    assert value("copy-driver", "pose_error_deg[mesh468]") == pytest.approx(0.0, abs=1e-3)
    assert value("copy-source", "id_l2[dlib]") == 0.0
    assert value("copy-driver", "fd[dlib]") == pytest.approx(0.0, abs=1e-9)
    assert value("copy-driver", "csim[dlib]") < 1.0


def test_identity_is_due_only_on_embedded_frames(whole: Results) -> None:
    for row in whole.rows:
        expected = 3 if row.metric in ("csim[dlib]", "id_l2[dlib]") else 5
        assert (row.frames_expected, row.failures == []) == (expected, row.frames_scored == expected)


def test_what_cannot_be_computed_says_how_to_get_it(whole: Results) -> None:
    fid = whole.aggregate("copy-source", "fid[pytorch-fid]")
    auc = whole.aggregate("copy-source", "auc_z")
    assert fid is not None and auc is not None
    assert fid.not_computed is not None and auc.not_computed is not None
    assert fid.not_computed.command == "get it"
    assert "expression descriptors" in auc.not_computed.needs
    assert (fid.value, fid.cases_expected, fid.cases_scored, fid.cases_failed) == (None, 5, 0, 0)


def test_running_again_does_nothing_and_says_the_same(data: Path, tmp_path: Path, whole: Results) -> None:
    plan = make_plan(data, tmp_path)
    run_plan(plan)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file() and p.parent != tmp_path}
    again = run_plan(plan).results
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert again.fingerprint() == whole.fingerprint()
    assert Results.load(tmp_path / "results.json") == again


class NothingLeft(SerialExecutor[Tools]):
    """Fails when there is anything to do."""

    def each(self, tasks: Iterable[Task[Tools, R]]) -> Iterator[tuple[int, R | Failed]]:
        assert list(tasks) == []
        return iter(())


def test_no_worker_starts_for_what_is_there(data: Path, tmp_path: Path, whole: Results) -> None:
    run_plan(make_plan(data, tmp_path))
    again = run_plan(make_plan(data, tmp_path), NothingLeft(harness.tools)).results
    assert again.fingerprint() == whole.fingerprint()


KEPT = """
import sys
from pathlib import Path
from benchmark.commands.outcome import show_outcome
from tests.benchmark import harness

plan = harness.make_plan(Path(sys.argv[1]), Path(sys.argv[2]))
show_outcome(harness.run_plan(plan), plan.out, ours="keypoint-warp", what="case")
heavy = [name for name in ("matplotlib", "pyarrow", "scipy", "torch") if name in sys.modules]
sys.exit(f"imported {heavy}" if heavy else 0)
"""


def test_a_run_with_nothing_left_imports_nothing_heavy(data: Path, tmp_path: Path) -> None:
    run_plan(make_plan(data, tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", KEPT, str(data), str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


class CountThreads:
    """How many threads the libraries of a worker use."""

    def run(self, tools: Tools) -> tuple[int, int]:
        import cv2
        import torch

        return torch.get_num_threads(), cv2.getNumThreads()


def test_processes_give_what_one_process_gives(data: Path, tmp_path: Path, whole: Results) -> None:
    with ProcessExecutor(2, harness.tools) as executor:
        assert run_plan(make_plan(data, tmp_path), executor).results.fingerprint() == whole.fingerprint()
        threads = executor.map([CountThreads()])
    assert threads == [(1, 1)], "sums over several threads round by the number of cores"


class Shuffled(SerialExecutor[Tools]):
    """Does the tasks in another order."""

    def each(self, tasks: Iterable[Task[Tools, R]]) -> Iterator[tuple[int, R | Failed]]:
        given = list(tasks)
        order = np.random.default_rng(len(given)).permutation(len(given))
        for place, result in super().each([given[i] for i in order]):
            yield int(order[place]), result


class Rebatched(SerialExecutor[Tools]):
    """Decodes another number of frames at a time."""

    def __init__(self, batch_frames: int) -> None:
        super().__init__(harness.tools)
        self._batch_frames = batch_frames

    def each(self, tasks: Iterable[Task[Tools, R]]) -> Iterator[tuple[int, R | Failed]]:
        return super().each([self._changed(task) for task in tasks])

    def _changed(self, task: Any) -> Any:
        if not isinstance(task, CaseTask):
            return task
        features = replace(task.settings.features, batch_frames=self._batch_frames)
        return replace(task, settings=replace(task.settings, features=features))


@pytest.mark.parametrize("task", ["cross", "self"])
def test_neither_order_nor_batches_change_a_row(data: Path, tmp_path: Path, task: str) -> None:
    executors = [SerialExecutor(harness.tools), Shuffled(harness.tools), *(Rebatched(size) for size in (1, 3, 64))]
    outcomes = [
        run_plan(make_plan(data, tmp_path / str(number), protocol=tiny_protocol(task)), executor).results
        for number, executor in enumerate(executors)
    ]
    assert outcomes[0].rows
    assert len({results.fingerprint() for results in outcomes}) == 1


@pytest.mark.parametrize("task", ["cross", "self"])
def test_one_more_metric_costs_only_that_metric(data: Path, tmp_path: Path, task: str) -> None:
    """Scoring again with one more metric opens only its network, looks for no face and gives the same rows."""
    loads: Counter[str] = Counter()

    def extractor(extractor_id: str, compute: Compute) -> Any:
        loads[extractor_id] += 1
        return harness.extractor(extractor_id, compute)

    def follower() -> type[harness.Follower]:
        loads["face"] += 1
        return harness.Follower

    def run_with(*metrics: str) -> Results:
        loads.clear()
        protocol = tiny_protocol(task).model_copy(update={"metrics": metrics})
        plan = make_plan(data, tmp_path, protocol=protocol, methods=("copy-source", "copy-driver"))
        plan = replace(plan, replaces=True)  # fewer metrics at the end
        tools = Tools(ModelCache(ModelFactories(follower, extractor)), harness.load_method)
        return run_plan(plan, SerialExecutor(lambda: tools)).results

    few = run_with("pose_error_deg[mesh468]")
    assert loads == {"face": 1}
    more = run_with("pose_error_deg[mesh468]", "csim[dlib]")
    assert loads == {"dlib": 1}
    assert [row for row in more.rows if row.metric == "pose_error_deg[mesh468]"] == few.rows
    if task == "self":
        run_with("pose_error_deg[mesh468]", "csim[dlib]", "l1")
        assert loads == {"l1": 1}
    run_with("pose_error_deg[mesh468]")
    assert loads == {}


def _files(out: Path, pattern: str) -> int:
    return sum(not path.name.startswith(".") for path in out.glob(pattern))


KILL_WHEN: dict[str, Callable[[Path], bool]] = {
    "first input": lambda out: _files(out, "inputs/*") >= 1,
    "first prediction": lambda out: _files(out, "predictions/*/*.json") >= 1,
    "second method": lambda out: _files(out, "predictions/copy-driver/*") >= 1,
    "all predictions": lambda out: _files(out, "predictions/*/*.json") >= 15,
    "first features": lambda out: _files(out, "features/*/*") >= 1,
}


@pytest.mark.parametrize(
    ("workers", "moments"),
    [(0, list(KILL_WHEN)), (2, ["first prediction", "first features"])],  # 0: all in the killed process
    ids=["serial", "processes"],
)
def test_killed_anywhere_and_started_again_gives_the_same(
    data: Path, tmp_path: Path, whole: Results, workers: int, moments: list[str]
) -> None:
    """SIGKILL at several points of one run after the other, then let it end."""
    killed = sum(_kill_when(KILL_WHEN[moment], data, tmp_path, workers) for moment in moments)
    assert killed == len(moments)
    results = run_plan(make_plan(data, tmp_path)).results
    assert results.fingerprint() == whole.fingerprint()


def _kill_when(moment: Callable[[Path], bool], data: Path, out: Path, workers: int) -> bool:
    """Start the job in a session of its own and kill its main process; whether it still ran."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmark.harness", str(data), str(out), str(workers)],
        cwd=ROOT,
        start_new_session=True,
    )
    wait_for(lambda: moment(out) or child.poll() is not None)
    running = child.poll() is None
    child.kill()
    child.wait()
    wait_for(lambda: not session_lives(child.pid))  # workers end with their parent
    return running


@pytest.fixture
def own_data(tmp_path: Path) -> Path:
    return harness.write_data(tmp_path / "data")


def test_a_truncated_video_fails_its_cases_and_the_run_goes_on(own_data: Path, tmp_path: Path) -> None:
    plan = make_plan(own_data, tmp_path / "out")
    bad = _driver(plan)
    bad.write_bytes(bad.read_bytes()[:-400])
    plan = make_plan(own_data, tmp_path / "out")
    results = run_plan(plan).results
    hit = [case.id for case in plan.cases if bad in [one.path for one in (case.driver, case.source) if one is not None]]
    assert hit
    assert {f.case_id for f in results.failures} == set(hit)
    assert all(f.stage == "data" and f.method is None and bad.name in f.reason for f in results.failures)
    assert not any(str(tmp_path) in f.reason for f in results.failures)
    csim = results.aggregate("copy-driver", "csim[dlib]")
    assert csim is not None
    assert (csim.cases_expected, csim.cases_failed) == (5, len(hit))
    assert rederive(results) == []


def test_a_video_without_a_face_is_named_and_counted(own_data: Path, tmp_path: Path) -> None:
    plan = make_plan(own_data, tmp_path / "out")
    _write_black(_driver(plan))
    outcome = run_plan(make_plan(own_data, tmp_path / "out"))
    assert outcome.any_scored
    reasons = [f.reason for f in outcome.results.failures if f.case_id == plan.cases[0].id]
    assert len(reasons) == 1
    assert "expected a face" in reasons[0]


def test_when_every_case_fails_the_outcome_says_so(own_data: Path, tmp_path: Path) -> None:
    for path in own_data.rglob("*.mp4"):
        _write_black(path)
    outcome = run_plan(make_plan(own_data, tmp_path / "out"))
    assert not outcome.any_scored
    assert {f.case_id for f in outcome.results.failures} == set(outcome.results.protocol.case_ids)
    assert all(row.value is None and row.failures for row in outcome.results.rows)
    assert (tmp_path / "out" / "results.json").is_file()


def test_self_reenactment_has_a_perfect_bound(data: Path, tmp_path: Path) -> None:
    plan = make_plan(data, tmp_path, protocol=tiny_protocol("self"), methods=("copy-driver", "copy-source"))
    results = run_plan(plan).results
    assert [method.name for method in results.methods] == ["copy-driver", "copy-source", "reference"]
    for metric, best in (("l1", 0.0), ("psnr", 100.0), ("ssim", 1.0), ("m_p[mesh468]", 0.0)):
        perfect, still = results.aggregate("copy-driver", metric), results.aggregate("copy-source", metric)
        assert perfect is not None and still is not None
        assert perfect.value == pytest.approx(best, abs=1e-9)
        assert still.value is not None
        assert still.value != perfect.value


def test_limit_runs_the_first_cases_of_the_same_list(data: Path, tmp_path: Path, whole: Results) -> None:
    results = run_plan(make_plan(data, tmp_path, limit=2)).results
    assert results.protocol.case_ids == whole.protocol.case_ids[:2]
    assert results.protocol.case_list_sha256 == whole.protocol.case_list_sha256
    assert results.protocol.limit == 2


def test_predictions_of_other_inputs_are_not_replaced_with_never(own_data: Path, tmp_path: Path) -> None:
    run_plan(make_plan(own_data, tmp_path / "out"))
    plan = make_plan(own_data, tmp_path / "out")
    harness.write_clip(_driver(plan), level=100)
    with pytest.raises(BenchmarkError, match="--overwrite missing"):
        run_plan(make_plan(own_data, tmp_path / "out", overwrite="never"))


def _driver(plan: Plan) -> Path:
    """The file that drives the first case."""
    driver = plan.cases[0].driver
    assert driver is not None
    return driver.path


def _write_black(path: Path) -> None:
    from fractions import Fraction

    from feed_dataset.core.media.video import write_video

    write_video(path, np.zeros((9, 96, 96, 3), np.uint8), Fraction(25))


KILLER = """
import os, signal
from baselines import Capabilities, Method

class Killer(Method):
    name = "killer"
    capabilities = Capabilities(drives=frozenset({"image"}), licence="MIT")

    def prepare(self, source):
        os.kill(os.getpid(), signal.SIGKILL)

    def drive(self, prepared, driver):
        yield from driver.frames
"""


def test_a_case_that_ends_its_process_is_counted_and_the_others_are_scored(data: Path, tmp_path: Path) -> None:
    (tmp_path / "killer.py").write_text(KILLER)
    methods = (f"{tmp_path / 'killer.py'}:Killer", "copy-source")
    plan = make_plan(data, tmp_path / "out", methods=methods, limit=2)
    with ProcessExecutor(2, harness.tools) as executor:
        outcome = run_plan(plan, executor)
    assert outcome.any_scored
    assert {(f.method, f.stage) for f in outcome.results.failures} == {("killer", "generate")}
    assert all("killed (signal 9" in f.reason for f in outcome.results.failures)
    scored = {m: outcome.results.aggregate(m, "csim[dlib]") for m in ("killer", "copy-source")}
    assert {m: a.cases_scored for m, a in scored.items() if a is not None} == {"killer": 0, "copy-source": 2}
    assert rederive(outcome.results) == []
