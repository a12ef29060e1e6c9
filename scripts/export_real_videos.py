"""Write what is known of the real videos of the protocols whose data ships, where the leaderboard reads it.

    python -m scripts.export_real_videos                          # minutes for each protocol
    python -m scripts.export_real_videos --runs DIR --check       # compare; runs are DIR/PROTOCOL, made where missing

Run it after a change of a network, a metric, a protocol or feed-mini.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmark.protocols import protocol
from benchmark.results.schema import RESULTS_FILE, Results, write_text_atomic
from leaderboard.bundle.check import features_of
from leaderboard.bundle.pack import pack
from leaderboard.bundle.real_videos import values_of
from leaderboard.rules.bounds import DATA, TOLERANCE

TARGET = Path(__file__).resolve().parent.parent / "leaderboard" / "data" / DATA
BOUND = "copy-source"
_DIGITS = 8


def entry_of(run: Path) -> dict[str, Any]:
    """What a run's real videos are like."""
    results = Results.load(run / RESULTS_FILE)
    with tempfile.TemporaryDirectory() as folder:
        features = features_of(pack(run, Path(folder)).path)
    found = values_of(features, results)
    values = {
        standin: {
            metric: {case: float(f"{value:.{_DIGITS}g}") for case, value in by_case.items()}
            for metric, by_case in by_metric.items()
            if by_case
        }
        for standin, by_metric in found.items()
    }
    return {"version": results.protocol.version, "data_digest": results.data.digest, "values": values}


def run_of(name: str, folder: Path) -> Path:
    """The run of a protocol, made where it is not there."""
    out = folder / name
    if not (out / RESULTS_FILE).is_file():
        command = [sys.executable, "-m", "benchmark", "run", "--protocol", name, "--method", BOUND, "--out", str(out)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def apart(shipped: dict[str, Any], made: dict[str, Any]) -> list[str]:
    """Values that are farther from each other than the leaderboard allows, or on one side only."""
    ours, theirs = _flat(shipped), _flat(made)
    lines = [f"{one}: on one side only" for one in sorted(ours.keys() ^ theirs.keys())]
    for key in sorted(ours.keys() & theirs.keys()):
        if abs(ours[key] - theirs[key]) > TOLERANCE * max(1.0, abs(ours[key])):
            lines.append(f"{key}: {ours[key]} and {theirs[key]}")
    return lines


def _flat(entry: dict[str, Any]) -> dict[str, float]:
    return {
        f"{standin}/{metric}/{case}": value
        for standin, by_metric in entry.get("values", {}).items()
        for metric, by_case in by_metric.items()
        for case, value in by_case.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("protocols", nargs="*", help="default: all whose data comes with the package")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="where runs are, or are kept")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    embedded = [name for name in protocol.names() if protocol.load(name).root is not None]
    shipped: dict[str, Any] = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.is_file() else {}
    missed = 0
    for name in options.protocols or embedded:
        with tempfile.TemporaryDirectory() as temporary:
            made = entry_of(run_of(name, options.runs or Path(temporary)))
        if options.check:
            lines = apart(shipped.get(name, {}), made)
            missed += len(lines)
            print("\n".join([f"{name}: {len(_flat(made))} values, {len(lines)} apart", *lines]))
            continue
        shipped[name] = made
        write_text_atomic(TARGET, json.dumps(shipped, separators=(",", ":"), sort_keys=True) + "\n")
        print(f"{name}: {len(_flat(made))} values")
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
