"""Does the doctor see? Faults are planted into the functions behind every metric, and its known values are asked.

    python -m scripts.bench_doctor                 # every fault of every metric, a few minutes on one core
    python -m scripts.bench_doctor --metrics psnr  # of some metrics
    python -m scripts.bench_doctor --docs          # also write the table into docs/doctor.md

Prints how many were found by family and by metric, and every one that was not: 1 below 100 %, and where a reason why
faults change nothing has no such fault left.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from benchmark.doctor.known_values.catalog import known_values
from benchmark.metrics import CARDS
from benchmark.results.schema import write_text_atomic
from scripts.doctor_faults.behind import NOT_VALUES, Functions
from scripts.doctor_faults.equivalent import EQUIVALENT
from scripts.doctor_faults.families import FAMILIES
from scripts.doctor_faults.score import Candidates, Known, Planted, by_cost, candidates, plant
from scripts.render_metric_cards import filled

PAGE = Path(__file__).resolve().parent.parent / "docs" / "doctor.md"
LEAST_FAULTS = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant, print; 1 when a fault was not found, or there were fewer than 60."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--metrics", metavar="A[,B...]", help="only these")
    parser.add_argument("--docs", action="store_true", help="write the tables into docs/doctor.md")
    options = parser.parse_args(arguments)
    wanted = list(CARDS) if options.metrics is None else options.metrics.split(",")
    unknown = [one for one in wanted if one not in CARDS]
    if unknown:
        parser.error(f"expected ids of metrics but got {unknown[0]!r}; see: python -m benchmark list metrics")
    start = time.process_time()
    known: Known = {metric: known_values()[metric] for metric in wanted}
    order = by_cost(known)  # also imports what the functions import when they run
    found, planted = examine({metric: known[metric] for metric in order})
    text = markdown(known, found, planted)
    print(text)
    print(f"{time.process_time() - start:.0f} s of processor time")
    missed = [one for one in planted if one.is_missed]
    for one in missed:
        print(f"not found: [{one.fault.family}] {one.fault.name} ({', '.join(one.found)})")
    stale = [] if options.metrics else _unused(planted)
    for pattern in stale:
        print(f"a reason that excuses nothing any more: {pattern}")
    if options.docs:
        write_text_atomic(PAGE, filled(PAGE.read_text(encoding="utf-8"), text))
    n_found = sum(one.is_found for one in planted)
    return 1 if missed or stale or (not options.metrics and n_found < LEAST_FAULTS) else 0


def _unused(planted: Sequence[Planted]) -> list[str]:
    """Patterns of faults that change nothing which no such fault has."""
    names = [one.fault.name for one in planted if one.reason is not None]
    return [pattern for pattern, _ in EQUIVALENT if not any(fnmatchcase(name, pattern) for name in names)]


def examine(known: Known) -> tuple[Candidates, list[Planted]]:
    """Every fault behind some metrics, planted, each metric asked."""
    functions = Functions()
    found = candidates(known, functions)
    return found, plant(found.faults, known, functions)


def markdown(known: Known, found: Candidates, planted: Sequence[Planted]) -> str:
    """The score, by family and by metric; what changes nothing, with reasons."""
    return "\n\n".join([_by_family(found, planted), _by_metric(known, planted), _equivalent(planted)]) + "\n"


def _by_family(found: Candidates, planted: Sequence[Planted]) -> str:
    lines = [
        "| family | planted | found by a value | by an error | change nothing | not found |",
        "|---|---|---|---|---|---|",
    ]
    for family in (*FAMILIES, "all"):
        own = [one for one in planted if family in (one.fault.family, "all")]
        by = [("value" if "value" in one.found.values() else "error") for one in own if one.is_found]
        nothing = sum(one.reason is not None for one in own)
        missed = sum(one.is_missed for one in own)
        lines.append(f"| {family} | {len(own)} | {by.count('value')} | {by.count('error')} | {nothing} | {missed} |")
    total = sum(one.reason is None for one in planted)
    share = sum(one.is_found for one in planted) / total if total else 0.0
    lines.append("")
    lines.append(
        f"**{share:.1%}** of {total} faults that change something were found. {found.not_run} more lie in lines that"
        " known values do not run (refusals and their reasons) and were not planted."
    )
    return "\n".join(lines)


def _by_metric(known: Known, planted: Sequence[Planted]) -> str:
    lines = [f"| metric | known values | {' | '.join(FAMILIES)} |", f"|---|---|{'---|' * len(FAMILIES)}"]
    for metric in (one for one in CARDS if one in known):
        seen = Counter(one.fault.family for one in planted if one.found.get(metric))
        cells = [str(seen[family]) if seen[family] else "" for family in FAMILIES]
        lines.append(f"| `{metric}` | {len(known[metric])} | {' | '.join(cells)} |")
    lines.append("")
    lines.append(
        "Faults found by the metric's own known values. An empty cell: its functions have no place for this kind."
    )
    return "\n".join(lines)


def _equivalent(planted: Sequence[Planted]) -> str:
    counts = Counter(one.reason for one in planted if one.reason is not None)
    lines = ["| why a fault changes nothing | faults |", "|---|---|"]
    lines += [
        f"| {reason} | {counts[reason]} |" for reason in dict.fromkeys(r for _, r in EQUIVALENT) if counts[reason]
    ]
    lines.append("")
    lines.append("Left alone, because they decide no value:")
    lines += [f"- `{module}`: {why}." for module, why in NOT_VALUES.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
