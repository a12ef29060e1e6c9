"""Every metric against its reference package: the comparisons of `tests/oracles/compare_*.py`, on more data."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

from scripts.bench_metrics_parts.figure import Figure

ORACLES = Path(__file__).resolve().parents[2] / "tests" / "oracles"


def run(quick: bool) -> Iterator[Figure]:
    """All comparisons whose packages are here. Raises ModuleNotFoundError at the end when one was missing."""
    missing: list[ModuleNotFoundError] = []
    for path in sorted(ORACLES.glob("compare_*.py")):
        try:
            yield from importlib.import_module(f"tests.oracles.{path.stem}").compare(quick)
        except ModuleNotFoundError as error:
            missing.append(error)
    if missing:
        raise missing[0]
