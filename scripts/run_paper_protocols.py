"""Run the paper's protocols end to end on rendered people, at the full number of pairs. (again: goes on)

    python -m scripts.run_paper_protocols --out runs/paper
    python -m scripts.run_paper_protocols --out runs/paper --only paper-table3-mead --method copy-source

Corpora are written in their official layouts from the rendered clips that come with the package; nothing in them is of
these corpora but the names. What it shows is that every step works at the paper's size, and how long it takes. The
numbers say nothing about a method. It prints cases, rows, failures and seconds of each protocol, and keeps them in
OUT/summary.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmark.protocols.protocol import load
from benchmark.results.schema import Results, write_text_atomic
from scripts.paper_corpora.write import write_corpora

PROTOCOLS = (
    "paper-table3-mead",
    "paper-table3-feed",
    "paper-table4",
    "paper-table4-latents",
    "paper-table5-hdtf",
    "paper-table6-hdtf",
)
METHODS = {"paper-table4-latents": "emoportraits"}
"""Of protocols that measure a method's descriptors; copy-source has none."""


def run_protocol(name: str, method: str, data: dict[str, Path], out: Path, limit: int | None) -> dict[str, Any]:
    """One run in a process of its own, and what came out."""
    corpora = [part for corpus, place in data.items() for part in ("--data", f"{corpus}={place}")]
    command = [sys.executable, "-m", "benchmark", "run", "--protocol", name, "--method", method]
    command += [*corpora, "--out", str(out), "--workers", "1"]
    command += [] if limit is None else ["--limit", str(limit)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    code = subprocess.run(command, check=False).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.monotonic() - started
    processor_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found: dict[str, Any] = {
        "method": method,
        "exit": code,
        "wall_s": round(seconds),
        "processor_s": round(processor_s),
    }
    if code == 0:
        found |= counted(Results.load(out / "results.json"), method)
    return found


def counted(results: Results, method: str) -> dict[str, Any]:
    """Cases, rows, failed cases, and every aggregate of a method."""
    mine = [one for one in results.aggregates if one.method == method]
    return {
        "cases": len(results.protocol.case_ids),
        "rows": sum(row.method == method for row in results.rows),
        "failed_cases": len(results.failures),
        "case_list_sha256": results.protocol.case_list_sha256,
        "values": {one.metric: one.value for one in mine if one.not_computed is None},
        "not_computed": sorted(one.metric for one in mine if one.not_computed is not None),
    }


def main() -> int:
    """Write corpora, run protocols, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=PROTOCOLS, default=PROTOCOLS, metavar="PROTOCOL")
    parser.add_argument("--method", help="instead of copy-source, and of emoportraits where descriptors are measured")
    parser.add_argument("--limit", type=int, help="only the first so many cases")
    arguments = parser.parse_args()
    out: Path = arguments.out.resolve()
    summary_path = out / "summary.json"
    summary = json.loads(summary_path.read_text()) if summary_path.exists() else {}
    for name in arguments.only:
        corpora = write_corpora(out / "corpora", load(name).corpora, lambda line: print(line, flush=True))
        method = arguments.method or METHODS.get(name, "copy-source")
        summary[name] = run_protocol(name, method, corpora, out / name, arguments.limit)
        write_text_atomic(summary_path, json.dumps(summary, indent=1, sort_keys=True) + "\n")
        facts = ", ".join(f"{key} {value}" for key, value in summary[name].items() if key not in ("values",))
        print(f"{name}: {facts}", flush=True)
    return max((one["exit"] for one in summary.values()), default=0)


if __name__ == "__main__":
    raise SystemExit(main())
