"""Make the shipped ceilings of the protocols on rendered people, or compare them with what this machine makes.

    python -m scripts.update_ceilings                     # writes benchmark/ceilings/data/*.json
    python -m scripts.update_ceilings --check             # compares; 1 where a value is farther off than the tolerance

Minutes for each protocol: exact renders are drawn, and everything is encoded, decoded and measured.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmark.ceilings.shipped import COMMAND, FILE_NAME, CeilingsFile, shipped_path
from benchmark.protocols import protocol
from benchmark.results.schema import Results

TOLERANCE = 0.02
"""Relative, or absolute below 1: encoders and networks use other instructions on other processors."""


def make(name: str, out: Path, workers: int) -> CeilingsFile:
    """Run the command that people type."""
    command = [sys.executable, "-m", "benchmark", "ceilings", "--protocol", name, "--out", str(out)]
    subprocess.run([*command, "--workers", str(workers)], check=True, stdout=subprocess.DEVNULL)
    made = CeilingsFile.load(out / FILE_NAME)
    said = made.results.model_copy(update={"command": f"{COMMAND} --protocol {name}"})  # without the folder of this run
    return made.model_copy(update={"results": said})


def disagreements(shipped: Results, made: Results) -> list[str]:
    """Rows that differ by more than the tolerance, and rows that one side lacks."""
    ours, theirs = ({(r.method, r.case_id, r.metric): r.value for r in one.rows} for one in (shipped, made))
    lines = [f"{'/'.join(key)}: on one side only" for key in sorted(ours.keys() ^ theirs.keys())]
    for key in sorted(ours.keys() & theirs.keys()):
        one, other = ours[key], theirs[key]
        if one is None or other is None:
            if one is not other:
                lines.append(f"{'/'.join(key)}: {one} and {other}")
        elif abs(one - other) > TOLERANCE * max(1.0, abs(one)):
            lines.append(f"{'/'.join(key)}: {one:.4f} and {other:.4f}")
    return lines


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("protocols", nargs="*", help="default: all whose data comes with the package")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    embedded = [name for name in protocol.names() if protocol.load(name).root is not None]
    missed = 0
    for name in arguments.protocols or embedded:
        with tempfile.TemporaryDirectory() as folder:
            made = make(name, Path(folder), arguments.workers)
        if not arguments.check:
            made.save(shipped_path(name))
            print(f"{shipped_path(name)}: {len(made.results.rows)} rows")
            continue
        lines = disagreements(CeilingsFile.load(shipped_path(name)).results, made.results)
        missed += len(lines)
        print("\n".join([f"{name}: {len(made.results.rows)} rows, {len(lines)} apart", *lines]))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
