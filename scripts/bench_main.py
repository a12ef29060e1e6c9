"""The main job against an earlier commit: seconds of whole processes, side by side on this machine.

    python -m scripts.bench_main                          # against 5e02435, one run each
    python -m scripts.bench_main --repeats 3 --workers 2
    python -m scripts.bench_main --commit HEAD~1 --limit 4

Both sides run by turns with this Python, the same networks and caches, each on the main protocol as it has it: first
into an empty folder, then once more with everything kept. Rows are compared where both have the same cases. Wall
seconds mean something only on a quiet machine; CPU seconds are those of the whole process tree. Needs git and a clone.
Exits 1 when a floor is missed.
"""

from __future__ import annotations

import argparse
import compileall
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMIT = "5e02435"
FLOORS = {"first": 0.4, "kept": 0.3}
"""At most this share of the earlier commit's wall time: into an empty folder, and with everything kept."""

RowKey = tuple[str, str, str]  # method, case, metric


@dataclass(frozen=True)
class Seconds:
    """What a process and its children took."""

    wall: float
    cpu: float


def check_out(commit: str, folder: Path) -> Path:
    """The files of a commit of this clone, without their history."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def timed(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> Seconds:
    """Run a command. Raises SystemExit with the end of its log where it fails."""
    with log.open("wb") as stream:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=stream, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{log.read_text()[-3000:]}")
    return Seconds(wall, usage.ru_utime + usage.ru_stime)


def environment(root: Path) -> dict[str, str]:
    """This environment with the modules of `root`, and bytecode kept as an installed package has it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(root)}


def protocol_of(results: Path) -> str:
    """Which protocol a results file is of, in words that differ when its cases do."""
    protocol = json.loads(results.read_text(encoding="utf-8"))["protocol"]
    cases, frames = len(protocol["case_ids"]), protocol["frames_per_case"]
    name = f"{protocol['name']} v{protocol['version']}"
    return f"{name}, {cases} cases of up to {frames} frames, list {protocol['case_list_sha256'][:12]}"


def rows_of(results: Path) -> dict[RowKey, float | None]:
    """The value of each row of a results file, whatever its version."""
    rows = json.loads(results.read_text(encoding="utf-8"))["rows"]
    return {(row["method"], row["case_id"], row["metric"]): row["value"] for row in rows}


def agreement(before: Mapping[RowKey, float | None], after: Mapping[RowKey, float | None]) -> str:
    """How two runs' rows agree, in words."""
    common = [key for key in before if key in after]
    lines = [
        f"{len(common)} rows in common, {len(before) - len(common)} only before, {len(after) - len(common)} only now"
    ]
    if before == after:
        return f"{lines[0]}: all equal"
    one_sided = sum((before[key] is None) != (after[key] is None) for key in common)
    worst: dict[str, float] = {}
    for key in common:
        old, new = before[key], after[key]
        if old is not None and new is not None and old != new:
            worst[key[2]] = max(worst.get(key[2], 0.0), abs(old - new) / max(abs(old), abs(new)))
    if one_sided:
        lines.append(f"{one_sided} have a value on one side only")
    lines += [f"{metric}: up to {share:.1e} of the value apart" for metric, share in sorted(worst.items())]
    return "\n  ".join(lines)


def best(runs: Sequence[Seconds]) -> Seconds:
    """The smallest of each, which other work on the machine disturbs least."""
    return Seconds(min(run.wall for run in runs), min(run.cpu for run in runs))


def main() -> int:
    """Run both sides by turns and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commit", default=COMMIT, help=f"the other side (default: {COMMIT})")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit", type=int, help="only the first cases")
    arguments = parser.parse_args()
    job = ["-m", "benchmark", "run", "--method", "emoportraits", "--workers", str(arguments.workers)]
    job += [] if arguments.limit is None else ["--limit", str(arguments.limit)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        roots = {arguments.commit: check_out(arguments.commit, folder / "before"), "now": ROOT}
        for root in roots.values():
            for room in ("feed_dataset", "model", "baselines", "benchmark"):
                compileall.compile_dir(root / room, quiet=2)
        found: dict[tuple[str, str], list[Seconds]] = {}
        rows: dict[str, dict[RowKey, float | None]] = {}
        protocols: dict[str, str] = {}
        for repeat in range(arguments.repeats):
            for name, root in roots.items():
                out = folder / f"{'now' if root == ROOT else 'before'}-{repeat}"
                for what in FLOORS:
                    command = [sys.executable, *job, "--out", str(out)]
                    log = folder / "log.txt"
                    seconds = timed(command, cwd=folder, env=environment(root), log=log)
                    found.setdefault((what, name), []).append(seconds)
                    print(f"{what:5} {name:8} {seconds.wall:7.1f} s wall {seconds.cpu:7.1f} s CPU", flush=True)
                rows[name], protocols[name] = rows_of(out / "results.json"), protocol_of(out / "results.json")
    missed = 0
    for what, floor in FLOORS.items():
        before, now = best(found[what, arguments.commit]), best(found[what, "now"])
        is_met = now.wall <= floor * before.wall
        missed += not is_met
        print(
            f"{what}: {now.wall / before.wall:.2f} of the wall time, {now.cpu / before.cpu:.2f} of the CPU time;"
            f" floor {floor} {'met' if is_met else 'MISSED'}"
        )
    for name, protocol in protocols.items():
        print(f"{name}: {protocol}")
    if protocols[arguments.commit] == protocols["now"]:
        print(agreement(rows[arguments.commit], rows["now"]))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
