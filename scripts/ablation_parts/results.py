"""Results of an ablation on disk, which a later call goes on with."""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import words_of
from model.networks.errors import ModelError


def read_results(path: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """What is there. Raises ModelError where it was made with other settings, or is damaged."""
    if not path.exists():
        return {"settings": settings, "runs": {}}
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        then = found["settings"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"expected results of an ablation in {path} but got: {words_of(error)}") from error
    if then != settings:
        raise ModelError(f"expected the settings {then} of {path} but got {settings}; name another folder with --out")
    return found


def write_results(path: Path, results: dict[str, Any]) -> None:
    """Whole or not at all."""
    with replacing(path) as part:
        part.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")


def run_missing(
    path: Path,
    results: dict[str, Any],
    rows: Sequence[str],
    seeds: int,
    run: Callable[[str, int], dict[str, Any]],
    minutes: float | None = None,
) -> None:
    """Run what is not among the results, all rows of a seed before the next seed, and write them after each.

    Args:
        run: row and seed -> what is kept of it, with `row`, `seed`, `numbers` and `cpu_s`.
        minutes: begin no run after this long.
    """
    started = time.monotonic()
    missing = []
    for seed in range(seeds):
        for row in rows:
            name = f"{row}-{seed}"
            if name in results["runs"]:
                continue
            if minutes is not None and time.monotonic() - started > 60 * minutes:
                missing.append(name)
                continue
            results["runs"][name] = run(row, seed)
            write_results(path, results)
            print(f"{name}: {results['runs'][name]['cpu_s']} s of CPU", file=sys.stderr, flush=True)
    if missing:
        print(f"still to be run: {', '.join(missing)}; run again", file=sys.stderr)


def numbers_of(results: dict[str, Any]) -> dict[str, dict[int, dict[str, float]]]:
    """Row -> seed -> numbers."""
    found: dict[str, dict[int, dict[str, float]]] = defaultdict(dict)
    for run in results["runs"].values():
        found[run["row"]][run["seed"]] = run["numbers"]
    return found


def hours_of(results: dict[str, Any], rows: Sequence[str], seeds: Sequence[int]) -> float:
    """CPU time of these runs."""
    seconds: int = sum(results["runs"][f"{row}-{seed}"]["cpu_s"] for row in rows for seed in seeds)
    return seconds / 3600
