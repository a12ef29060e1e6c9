"""Whatever a class or a command does: counted with its reason, the others are scored, nothing is left running."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from benchmark.engine.sharing import time_of
from benchmark.results.rederiving import rederive
from benchmark.results.schema import Results
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from tests.benchmark import harness
from tests.processes import is_alive, wait_for
from tests.small_disk import leave_kb, small_disk

CLASS = """
import os, signal, subprocess, time
from pathlib import Path
from baselines import Capabilities, Method

class Mine(Method):
    name = "class-{fault}"
    capabilities = Capabilities(drives={{"image"}}, licence="MIT")

    def prepare(self, source):
        return source

    def drive(self, prepared, driver):
        for t, frame in enumerate(driver.frames):
            made = prepared // 2 + frame // 2
            yield made[::2, ::2] if "{fault}" == "size" else made
            if t == 1:
                if "{fault}" == "crash":
                    raise RuntimeError("no kernel image")
                if "{fault}" == "hang":
                    Path("{child}").write_text(str(subprocess.Popen(["sleep", "600"]).pid))
                    time.sleep(600)
                if "{fault}" == "killed":
                    os.kill(os.getpid(), signal.SIGKILL)
                if "{fault}" == "few":
                    return
"""
COMMAND = """
from baselines import Capabilities, CommandMethod

class Mine(CommandMethod):
    name = "command-{fault}"
    capabilities = Capabilities(drives={{"image"}}, licence="MIT")
    command = ["{python}", "{tool}", "{{cases}}", "{{inputs}}", "{{out}}"]
    timeout_s = 3.0 if "{fault}" == "hang" else None
"""
TOOL = """
import csv, os, pathlib, signal, subprocess, sys, time
from PIL import Image
cases, inputs, out = map(pathlib.Path, sys.argv[1:])
for row in csv.DictReader(cases.open()):
    if "{fault}" == "crash":
        raise RuntimeError("no kernel image")
    if "{fault}" == "hang":
        pathlib.Path("{child}").write_text(str(subprocess.Popen(["sleep", "600"]).pid))
        time.sleep(600)
    if "{fault}" == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    (out / row["id"]).mkdir()
    drivers = sorted((inputs / row["driver"]).with_suffix("").iterdir())
    for file in drivers[:-2] if "{fault}" == "few" else drivers:
        image = Image.open(file)
        image.resize((48, 48) if "{fault}" == "size" else image.size).save(out / row["id"] / file.name)
"""
CASE_S = 4.0
FAULTS = ("crash", "hang", "few", "size", "killed")
REASONS = {
    "class-crash": r"^RuntimeError in class_crash\.py:\d+: no kernel image$",
    "class-hang": rf"^it took longer than {CASE_S:.0f} s$",
    "class-few": r"^expected \d+ generated frames but got 2$",
    "class-size": r"^expected generated frames of the driver's \d+ px but got \d+ px$",
    "class-killed": r"^the worker process was killed \(signal 9, out of memory\?\)$",
    "command-crash": r"it ended with exit code 1: .*RuntimeError: no kernel image$",
    "command-hang": r"it ran out of time and was ended$",
    "command-size": r"^expected frames of \d+x\d+ px but got 48x48$",
    "command-killed": r"it was killed by signal 9$",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


def write_methods(folder: Path) -> list[str]:
    """Files of a class and of a command for each fault."""
    for fault in FAULTS:
        tool = folder / f"tool_{fault}.py"
        for name, text in ((f"class_{fault}", CLASS), (f"command_{fault}", COMMAND), (tool.stem, TOOL)):
            fields = {"fault": fault, "python": sys.executable, "tool": tool, "child": folder / f"{name}.child"}
            (folder / f"{name}.py").write_text(text.format(**fields))
    return [str(folder / f"{kind}_{fault}.py") for kind in ("class", "command") for fault in FAULTS]


def limit_s(task: object) -> float:
    """Of a case that several methods are to make together as of one: the second of them hangs."""
    return min(time_of(task, CASE_S), CASE_S)


def test_every_fault_is_counted_and_what_was_started_is_ended(data: Path, tmp_path: Path) -> None:
    methods = (*write_methods(tmp_path), "copy-source")
    plan = harness.make_plan(data, tmp_path / "out", methods=methods, limit=1)
    with ProcessExecutor(2, harness.tools, limit_s=limit_s) as executor:
        results = harness.run_plan(plan, executor).results
    reasons = {str(one.method): one.reason for one in results.failures}
    assert reasons.keys() == REASONS.keys()
    for method, pattern in REASONS.items():
        assert re.search(pattern, reasons[method]), reasons[method]
    assert {row.method: row.frames_expected - row.frames_scored for row in rows(results)} == {
        **dict.fromkeys(REASONS, rows(results)[0].frames_expected),
        "command-few": 2,  # a video that is too short is scored as far as it goes, and each lost frame counted
        "copy-source": 0,
    }
    assert rederive(results) == []
    for name in ("class_hang", "tool_hang"):
        child = int((tmp_path / f"{name}.child").read_text())
        wait_for(lambda child=child: not is_alive(child))  # type: ignore[misc]


def rows(results: Results):  # type: ignore[no-untyped-def]
    """Of a metric that is due on every frame."""
    return [row for row in results.rows if row.metric == "pose_error_deg[mesh468]"]


def test_a_full_disk_stops_a_run_that_then_continues(data: Path, tmp_path: Path) -> None:
    """However much room there is: the same error, and with more of it the same results as without."""
    whole = harness.run_plan(harness.make_plan(data, tmp_path / "out", methods=("copy-driver",), limit=2)).results
    with small_disk(tmp_path / "disk", 8192) as disk:
        for free_kb in (0, 8, 100, 300):
            filler = leave_kb(disk, free_kb)
            with pytest.raises(OSError, match="No space left on device"):
                harness.run_plan(harness.make_plan(data, disk / "out", methods=("copy-driver",), limit=2))
            filler.unlink()
        plan = harness.make_plan(data, disk / "out", methods=("copy-driver",), limit=2)
        assert harness.run_plan(plan).results.fingerprint() == whole.fingerprint()
