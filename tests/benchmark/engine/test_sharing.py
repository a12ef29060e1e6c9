"""Several processes on one run: no case is made twice, a killed one is followed, results are those of one process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.cli import main
from benchmark.engine.sharing import claims_of, present, processes
from benchmark.engine.state import contents_of, features_of, gate, to_remove
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import Results
from tests.benchmark import harness

ROOT = Path(__file__).resolve().parents[3]
DEADLINE_S = 120
CASES = 2 * 5  # of both methods


def start(data: Path, out: Path, log: Path, seconds_a_case: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.benchmark.engine.shared_run", str(data), str(out), str(log)]
    return subprocess.Popen([*command, str(seconds_a_case), "2"], cwd=ROOT, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes]) -> None:
    _, error = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, error.decode()


def lines(log: Path) -> list[list[str]]:
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run by one process."""
    out = tmp_path_factory.mktemp("whole")
    harness.run_plan(harness.make_plan(data, out, methods=("copy-source", "copy-driver")))
    return out


def fingerprint(out: Path) -> str:
    return Results.load(out / "results.json").fingerprint()


def test_two_processes_share_a_run_without_double_work(data: Path, whole: Path, tmp_path: Path) -> None:
    log, out = tmp_path / "log", tmp_path / "out"
    both = [start(data, out, log, 0.4) for _ in range(2)]
    for process in both:
        ended(process)
    made = lines(log)
    assert len(made) == CASES
    assert Counter((method, seed) for _, method, seed in made).most_common(1)[0][1] == 1
    assert {int(pid) for pid, *_ in made} == {process.pid for process in both}  # and both had a share
    assert fingerprint(out) == fingerprint(whole)
    assert not (out / "claims").exists()


def test_what_a_killed_process_was_at_is_taken_over(data: Path, whole: Path, tmp_path: Path) -> None:
    log, out = tmp_path / "log", tmp_path / "out"
    victim, other = start(data, out, log, 0.5), start(data, out, log, 0.5)
    deadline = time.monotonic() + DEADLINE_S
    while not any(pid == str(victim.pid) for pid, *_ in lines(log)):
        assert time.monotonic() < deadline and other.poll() is None
        time.sleep(0.02)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    ended(other)
    made = lines(log)
    assert len(made) - CASES in (0, 1)  # at most the case that the victim was at is made twice
    assert fingerprint(out) == fingerprint(whole)


def test_status_says_who_works_and_what_is_there(
    data: Path, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", str(whole)]) == 0
    out = capsys.readouterr().out
    assert "results: copy-source, copy-driver on 5 cases of feed-cross" in out
    assert "frames of copy-driver: 5 cases" in out and "nobody works here" in out
    assert f"features: {contents_of(whole).features} files" in out
    plan = harness.make_plan(data, tmp_path / "run", methods=("copy-source",))
    with present(plan), claims_of(plan.out).hold("task-x", "driver ID_1/rotations_C"):
        assert main(["status", str(plan.out)]) == 0
        out = capsys.readouterr().out
        assert "results: none yet" in out and f"pid {os.getpid()}" in out and "last sign" in out
        assert "at work: driver ID_1/rotations_C" in out and "nobody works" not in out
    assert processes(plan.out) == []
    with gate(tmp_path / "stopped"), present(replace(plan, out=tmp_path / "stopped")):
        pass
    assert main(["status", str(tmp_path / "stopped")]) == 0
    out = capsys.readouterr().out
    assert "a run began here and ended early; the next one goes on here" in out
    assert "results: none yet" in out and "nobody works here" in out
    assert main(["status", str(tmp_path)]) == 2
    assert "has neither frames nor results" in capsys.readouterr().err


def test_two_protocols_do_not_work_in_one_folder(data: Path, tmp_path: Path) -> None:
    """Said before any work: only one of them could write its results."""
    plan = harness.make_plan(data, tmp_path, methods=("copy-source",))
    protocol = harness.tiny_protocol().model_copy(update={"name": "mine"})
    other = harness.make_plan(data, tmp_path, methods=("copy-source",), protocol=protocol)
    with present(plan):
        with present(plan):
            assert len(processes(tmp_path)) == 2
        with pytest.raises(BenchmarkError, match=rf"alone but pid {os.getpid()} on .* works there on another protocol"):
            harness.run_plan(other)
    assert [one.name for one in tmp_path.iterdir()] == [".features.lock"]
    with present(other):
        pass


def test_what_goes_is_old_or_longest_unused(whole: Path) -> None:
    found = list(features_of(whole))
    newest = max(one.used_s for one in found)
    assert to_remove(found, now_s=newest, older_than_s=1e9, most_bytes=None) == []
    assert len(to_remove(found, now_s=newest + 100, older_than_s=99, most_bytes=None)) == len(found)
    total = sum(one.size_bytes for one in found)
    gone = to_remove(found, now_s=newest, older_than_s=None, most_bytes=total // 2)
    assert total - sum(one.size_bytes for one in gone) <= total // 2
    assert total - sum(one.size_bytes for one in gone[:-1]) > total // 2  # and no more than that
    assert max(one.used_s for one in gone) <= min(one.used_s for one in found if one not in gone)


def test_the_store_has_scores_of_sets_and_what_killed_processes_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each goes by its age like a feature; nothing else in the folder is touched."""
    features = tmp_path / "features"
    score, unfinished = features / "scores" / "a.json", features / "dlib" / ".b.x1.tmp" / "b.safetensors"
    feature, foreign = features / "dlib" / "b.safetensors", features / "scores" / "notes.txt"
    for age_days, file in ((9, score), (8, unfinished), (1, feature), (9, foreign)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(1000))
        os.utime(file, (time.time() - 86_400 * age_days,) * 2)
    assert sum(one.size_bytes for one in features_of(tmp_path)) == 3000
    assert main(["gc", str(tmp_path), "--older-than-days", "8.5"]) == 0
    assert not score.exists() and unfinished.exists()
    assert main(["gc", str(tmp_path), "--max-gb", "1e-6"]) == 0
    assert "removed 1 file of 2" in capsys.readouterr().out
    assert not unfinished.parent.exists() and feature.exists() and foreign.exists()


def test_gc_of_a_folder_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run" / "features").mkdir(parents=True)
    assert main(["gc", str(tmp_path / "run"), "--max-gb", "0"]) == 0
    assert main(["gc", str(tmp_path), "--max-gb", "0"]) == 2
    assert "has no features, frames or results" in capsys.readouterr().err


def test_gc_leaves_results_and_a_run_makes_again_what_is_gone(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = harness.make_plan(data, tmp_path / "run", methods=("copy-source",))
    harness.run_plan(plan)
    before, count = fingerprint(plan.out), contents_of(plan.out).features
    folder = str(plan.out)
    assert main(["gc", folder, "--max-gb", "0", "--dry-run"]) == 0
    assert f"would remove {count} files of {count}" in capsys.readouterr().out
    assert contents_of(plan.out).features == count
    with present(plan):
        assert main(["gc", folder, "--max-gb", "0"]) == 2
        assert f"pid {os.getpid()}" in capsys.readouterr().err
    assert contents_of(plan.out).features == count
    assert main(["gc", folder]) == 2
    assert "expected --older-than-days D or --max-gb G" in capsys.readouterr().err
    assert main(["gc", folder, "--max-gb", "0"]) == 0
    assert contents_of(plan.out).features == 0 and contents_of(plan.out).methods == {"copy-source": 5}
    harness.run_plan(plan)
    assert fingerprint(plan.out) == before
