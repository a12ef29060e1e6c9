"""The parts of scripts/bench_main.py: seconds of a process tree, and how rows agree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.bench_main import ROOT, Seconds, agreement, best, check_out, environment, protocol_of, rows_of, timed

BUSY = "import time\nwhile time.process_time() < 0.3: pass\n"
WITH_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}], check=True)"


def test_seconds_are_those_of_the_whole_tree(tmp_path: Path) -> None:
    seconds = timed([sys.executable, "-c", WITH_CHILD], cwd=tmp_path, env=os.environ, log=tmp_path / "log")
    assert seconds.cpu >= 0.3
    assert seconds.wall >= 0.3


def test_a_failure_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="ended with 3:\nwhy"):
        timed(
            [sys.executable, "-c", "print('why'); raise SystemExit(3)"],
            cwd=tmp_path,
            env=os.environ,
            log=tmp_path / "log",
        )


def test_each_side_has_its_own_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "benchmark").mkdir()
    (tmp_path / "benchmark/__init__.py").write_text("")
    code = "import benchmark, sys; print(benchmark.__file__, sys.dont_write_bytecode)"
    for root in (tmp_path, ROOT):
        said = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path.parent, env=environment(root), capture_output=True, text=True
        )
        assert said.stdout.split() == [str(root / "benchmark/__init__.py"), "False"]


def test_rows_agree_or_say_by_how_much_they_do_not(tmp_path: Path) -> None:
    row = {"method": "m", "case_id": "c", "metric": "x", "value": 2.0}
    (tmp_path / "results.json").write_text(json.dumps({"rows": [row, {**row, "metric": "y", "value": None}]}))
    rows = rows_of(tmp_path / "results.json")
    assert rows == {("m", "c", "x"): 2.0, ("m", "c", "y"): None}
    assert agreement(rows, rows).endswith("all equal")
    other = {**rows, ("m", "c", "x"): 2.5, ("m", "c", "y"): 0.0, ("m", "d", "x"): 1.0}
    said = agreement(rows, other)
    assert "2 rows in common, 0 only before, 1 only now" in said
    assert "1 have a value on one side only" in said
    assert "x: up to 2.0e-01 of the value apart" in said


def test_protocols_with_other_cases_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    said = set()
    for version, cases in (("2", ["a"]), ("3", ["a"]), ("3", ["a", "b"])):
        about = {"name": "p", "version": version, "case_ids": cases, "frames_per_case": 6, "case_list_sha256": "f" * 64}
        path.write_text(json.dumps({"protocol": about}))
        said.add(protocol_of(path))
    assert len(said) == 3 and "p v3, 2 cases of up to 6 frames, list ffffffffffff" in said


def test_the_best_is_taken_of_each() -> None:
    assert best([Seconds(3, 1), Seconds(2, 5)]) == Seconds(2, 1)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a clone")
def test_a_commit_is_checked_out(tmp_path: Path) -> None:
    folder = check_out("HEAD", tmp_path)
    assert (folder / "benchmark/__init__.py").is_file()
    assert not (folder / ".git").exists()
