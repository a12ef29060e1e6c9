"""A run that is killed at random points and started again ends with the numbers of one that was not.

    python -m scripts.check_resume                           # 20 kills, local and Ray (where it is installed) in turn
    python -m scripts.check_resume --kills 100 --executors local --limit 8

Runs `feed benchmark run` of feed-mini in processes of their own. Each kill is a SIGKILL to the process that has the
run, a random time after it wrote its first file, with 1 to 3 workers. When a run ends before its kill, the next one
begins anew. Exit 1 when a number differs by more than 1e-6, or a row or a failure is another.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmark.results.schema import Results

TOLERANCE = 1e-6
_METHODS = "copy-source,copy-driver,keypoint-warp"
_WORKERS = (1, 2, 3)
_POLL_S = 0.01


@dataclass(frozen=True)
class Job:
    """What is run.

    Args:
        limit: of cases.
    """

    protocol: str
    limit: int

    def command(self, out: Path, executor: str, workers: int) -> list[str]:
        """Arguments of a process that does it."""
        what = ["--protocol", self.protocol, "--limit", str(self.limit), "--method", _METHODS, "--out", str(out)]
        how = ["--executor", executor, "--workers", str(workers)]
        if executor == "ray":
            how += ["--ray-address", "local"]
        return [sys.executable, "-m", "benchmark", "run", *what, *how]


def whole_run(job: Job, out: Path) -> tuple[Results, float]:
    """Its results, and how long the work took in seconds."""
    subprocess.run(job.command(out, "local", 2), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    results = Results.load(out / "results.json")
    return results, sum(results.timings_s.values())


def killed_after(command: Sequence[str], out: Path, seconds: float) -> bool:
    """Start a run and kill it some time after it wrote a file; whether it was still going on.

    Raises:
        RuntimeError: it ended with an error of its own.
    """
    before = _files(out)
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        while child.poll() is None and _files(out) <= before:
            time.sleep(_POLL_S)
        try:
            code = child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
            return True
        said.seek(0)
        if code != 0:
            raise RuntimeError(f"expected the run to end well but got exit code {code}: {said.read()[-2000:]}")
        return False


def differences(found: Results, wanted: Results) -> Iterator[str]:
    """What is another number, row or failure."""
    if found.failures != wanted.failures:
        yield "failures"
    for name, ours, theirs in (
        ("row", _rows(found), _rows(wanted)),
        ("aggregate", _aggregates(found), _aggregates(wanted)),
    ):
        if ours.keys() != theirs.keys():
            yield f"other {name}s"
        for key in ours.keys() & theirs.keys():
            a, b = ours[key], theirs[key]
            if (a is None) != (b is None) or (a is not None and b is not None and abs(a - b) > TOLERANCE):
                yield f"{name} {' '.join(key)}: {a} instead of {b}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--protocol", default="feed-mini-cross", metavar="P")
    parser.add_argument("--limit", type=int, default=4, metavar="N", help="cases (default: 4)")
    has_ray = find_spec("ray") is not None
    parser.add_argument("--executors", default="local,ray" if has_ray else "local", metavar="A[,B]")
    given = parser.parse_args(arguments)
    if not has_ray:
        print('not run: --executor ray, which is not installed: pip install "feed-benchmark[ray]"')
    chance, job = random.Random(given.seed), Job(given.protocol, given.limit)
    executors = given.executors.split(",")
    with tempfile.TemporaryDirectory(prefix="feed-resume-") as folder:
        wanted, seconds = whole_run(job, Path(folder, "whole"))
        print(f"whole: {seconds:.1f} s, {len(wanted.rows)} rows, {len(wanted.aggregates)} aggregates")
        out, killed, ended, bad = Path(folder, "killed"), 0, 0, []
        while killed < given.kills:
            executor, workers = executors[killed % len(executors)], chance.choice(_WORKERS)
            if killed_after(job.command(out, executor, workers), out, chance.uniform(0.0, 0.4) * seconds):
                killed += 1
                print(f"kill {killed}: {executor}, {workers} workers, {_made(out)} predictions are there", flush=True)
                continue
            ended += 1
            bad += list(differences(Results.load(out / "results.json"), wanted))
            shutil.rmtree(out)
        subprocess.run(job.command(out, executors[0], 2), check=True, stdout=subprocess.DEVNULL)
        bad += list(differences(Results.load(out / "results.json"), wanted))
    print("\n".join(bad))
    print(f"{killed} kills, {ended + 1} runs ended, {len(bad)} differences above {TOLERANCE:g}")
    return 1 if bad else 0


def _files(out: Path) -> set[Path]:
    """What is there whole: files that are being written lie in hidden folders."""
    return {one for one in out.rglob("*") if not any(part.startswith(".") for part in one.relative_to(out).parts)}


def _made(out: Path) -> int:
    return len(list(out.glob("predictions/*/*.json")))


def _rows(results: Results) -> dict[tuple[str, ...], float | None]:
    return {(row.method, row.case_id, row.metric): row.value for row in results.rows}


def _aggregates(results: Results) -> dict[tuple[str, ...], float | None]:
    found: dict[tuple[str, ...], float | None] = {}
    for one in results.aggregates:
        for name, value in (("value", one.value), ("low", one.ci_low), ("high", one.ci_high)):
            found[one.method, one.metric, name] = value
    return found


if __name__ == "__main__":
    sys.exit(main())
