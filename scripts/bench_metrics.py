"""Are the metrics right, and how fast are they? Every figure against the reference package, in one run.

    python -m scripts.bench_metrics                     # all parts
    python -m scripts.bench_metrics equality one_pass   # some of them
    python -m scripts.bench_metrics --quick --json runs/bench_metrics.json

Parts are the modules of `scripts/bench_metrics_parts`. What compares with other packages needs the extra "oracles"
(an environment of its own: see CONTRIBUTING.md); a part whose packages are missing is listed as not run. Ratios are
taken in one run on the same files and CPU. Exits 1 when a floor is missed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import platform
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

from feed_dataset.core.jobs.atomic import replacing
from scripts.bench_metrics_parts.figure import Figure, missed

PARTS_FOLDER = Path(__file__).resolve().parent / "bench_metrics_parts"
PARTS_PACKAGE = "scripts.bench_metrics_parts"
OUR_ROOMS = ("feed_dataset", "benchmark", "baselines", "model", "leaderboard", "scripts")
NOT_PARTS = ("__init__", "figure")


def part_names() -> list[str]:
    """Names of the parts, in the order in which they run. Helpers begin with an underscore."""
    names = [path.stem for path in PARTS_FOLDER.glob("*.py")]
    return sorted(name for name in names if name not in NOT_PARTS and not name.startswith("_"))


def load_part(name: str) -> ModuleType | str:
    """The part's module, or which package it lacks."""
    try:
        return importlib.import_module(f"{PARTS_PACKAGE}.{name}")
    except ModuleNotFoundError as error:
        return lacking(error)


def lacking(error: ModuleNotFoundError) -> str:
    """Why a part cannot run; raises the error again where it is one of ours that is missing."""
    if error.name is None or error.name.split(".")[0] in OUR_ROOMS:
        raise error
    return f"not run: needs the extra oracles (no package {error.name})"


def run_part(name: str, quick: bool) -> tuple[list[Figure], str | None]:
    """The part's figures, printed as they come, and why some or all of them are missing."""
    part = load_part(name)
    if isinstance(part, str):
        return [], part
    figures: list[Figure] = []
    try:
        for figure in part.run(quick):
            print(f"  {figure}", flush=True)
            figures.append(figure)
    except ModuleNotFoundError as error:
        return figures, lacking(error)
    return figures, None


def prepare_torchvision() -> None:
    """Before any package that needs it is imported; nothing where it is not installed."""
    if importlib.util.find_spec("torchvision") is not None:
        from tests.oracles.torchvision_shim import ensure_torchvision

        ensure_torchvision()


def machine() -> str:
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.machine()}, {cores} cores, torch {torch.__version__} with {torch.get_num_threads()} threads"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(part_names())} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer frames and repeats")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.parts) - set(part_names()))
    if unknown:
        parser.error(f"expected parts of {', '.join(part_names())} but got {', '.join(unknown)}")
    prepare_torchvision()
    print(machine(), flush=True)
    figures: list[Figure] = []
    not_run: dict[str, str] = {}
    seconds: dict[str, float] = {}
    for name in arguments.parts or part_names():
        print(f"\n{name}", flush=True)
        started = time.perf_counter()
        measured, why_not = run_part(name, arguments.quick)
        seconds[name] = round(time.perf_counter() - started, 1)
        if why_not is not None:
            not_run[name] = why_not
            print(f"  {why_not}")
        figures += measured
    failed = missed(figures)
    print(f"\n{len(figures)} figures, {len(failed)} floors missed, {len(not_run)} parts not run")
    for figure in failed:
        print(f"  missed: {figure.name}")
    for name, why in not_run.items():
        print(f"  {name}: {why}")
    if arguments.json is not None:
        record = {
            "machine": machine(),
            "quick": arguments.quick,
            "seconds": seconds,
            "not_run": not_run,
            "figures": [{**asdict(figure), "met": figure.is_met} for figure in figures],
        }
        with replacing(arguments.json) as temporary:
            temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
