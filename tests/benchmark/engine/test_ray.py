"""A run on several machines is the run on one, also when a machine is lost meanwhile. Needs the extra ray."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from baselines.interface.seeds import case_seed
from benchmark.results.rederiving import rederive
from benchmark.results.schema import Results
from feed_dataset.core.jobs.carrier import SharedFiles
from feed_dataset.core.jobs.ray_executor import RayExecutor
from feed_dataset.core.jobs.stored_files import StoredFiles
from tests.benchmark import harness
from tests.benchmark.harness import make_plan, run_plan
from tests.feed_dataset.core.jobs.ray_nodes import Nodes, nodes
from tests.feed_dataset.core.jobs.s3_server import s3_server

pytest.importorskip("ray", reason="the extra ray is not installed")

ROOT = Path(__file__).resolve().parents[3]
DEADLINE_S = 180


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """In this process, in one go."""
    return run_plan(make_plan(data, tmp_path_factory.mktemp("whole"))).results


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(scope="module")
def cluster(bucket: str) -> Iterator[Nodes]:
    """Three machines, which know where the bucket is."""
    with nodes(3) as found:
        yield found


def test_machines_that_share_a_folder(cluster: Nodes, data: Path, tmp_path: Path, whole: Results) -> None:
    plan = make_plan(data, tmp_path)
    with RayExecutor(harness.tools, workers=2, address=cluster.address, files=SharedFiles(tmp_path)) as executor:
        assert run_plan(plan, executor).results.fingerprint() == whole.fingerprint()


def test_the_run_itself_is_killed_and_goes_on_elsewhere(
    cluster: Nodes, data: Path, tmp_path: Path, whole: Results
) -> None:
    """Its workers end with it; the same command goes on, here in one process."""
    arguments = [str(data), str(tmp_path), "2", cluster.address]
    child = subprocess.Popen([sys.executable, "-m", "tests.benchmark.harness", *arguments], cwd=ROOT)
    _wait_for_prediction(make_plan(data, tmp_path).predictions)
    child.kill()
    assert child.wait() == -signal.SIGKILL, "it was at work"
    assert run_plan(make_plan(data, tmp_path)).results.fingerprint() == whole.fingerprint()


def test_a_machine_is_lost_while_files_go_through_a_bucket(
    cluster: Nodes, bucket: str, data: Path, tmp_path: Path, whole: Results
) -> None:
    """Killed after the first prediction: no case is lost, every number and every file is there."""
    plan = make_plan(data, tmp_path / "out")
    files = StoredFiles(f"{bucket}/run", plan.out)
    with RayExecutor(harness.slow_tools, workers=3, address=cluster.address, files=files) as executor:
        killer = threading.Thread(target=_lose_one, args=(cluster, plan.predictions))
        killer.start()
        results = run_plan(plan, executor).results
        killer.join()
    assert results.failures == []
    assert results.fingerprint() == whole.fingerprint()
    again = run_plan(make_plan(data, tmp_path / "out")).results
    assert again.timings_s.get("cases", 0) < 5
    assert again.fingerprint() == whole.fingerprint()


KILLER = """
import os, signal
from baselines import Capabilities, Method

class Killer(Method):
    name = "killer"
    capabilities = Capabilities(drives=frozenset({{"image"}}), licence="MIT")

    def prepare(self, source):
        return source

    def drive(self, prepared, driver):
        if driver.seed == {seed}:
            os.kill(os.getpid(), signal.SIGKILL)
        yield from driver.frames
"""


def test_a_case_that_ends_its_worker_costs_itself(cluster: Nodes, data: Path, tmp_path: Path) -> None:
    """Counted with its reason; the driver's other cases and the other methods are scored."""
    protocol = harness.tiny_protocol()
    cases = make_plan(data, tmp_path / "none").cases
    victim = next(one.id for one in cases if sum(other.driver == one.driver for other in cases) > 1)
    (tmp_path / "killer.py").write_text(KILLER.format(seed=case_seed(protocol.seed, victim)))
    plan = make_plan(data, tmp_path / "out", methods=(f"{tmp_path / 'killer.py'}:Killer", "copy-source"))
    with RayExecutor(harness.tools, workers=2, address=cluster.address, files=SharedFiles(plan.out)) as executor:
        results = run_plan(plan, executor).results
    (failure,) = results.failures
    assert (failure.method, failure.case_id, failure.stage) == ("killer", victim, "generate")
    assert "ended (killed, or out of memory?)" in failure.reason
    scored = {name: results.aggregate(name, "csim[dlib]") for name in ("killer", "copy-source")}
    assert {name: one.cases_scored for name, one in scored.items() if one is not None} == {
        "killer": len(cases) - 1,
        "copy-source": len(cases),
    }
    assert rederive(results) == []


def _lose_one(cluster: Nodes, predictions: Path) -> None:
    _wait_for_prediction(predictions)
    cluster.lose_one()


def _wait_for_prediction(predictions: Path) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not list(predictions.glob("*/*.json")):
        assert time.monotonic() < deadline_s, "expected a prediction that did not come"
        time.sleep(0.005)
