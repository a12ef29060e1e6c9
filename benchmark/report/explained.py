"""What `diff` says, in words and tables."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from benchmark.report.grid import Grid
from benchmark.runs.explain import STAGES, Explanation, NumberDifference
from benchmark.runs.inputs import InputDifference
from feed_dataset.core.jobs.words import counted

_UNEXPLAINED: dict[str, str] = {
    "frames": "a method that makes other frames of the same inputs each time, or something outside of its card changed",
    "scoring": "a metric that gives other numbers for the same frames, or a file that was edited",
    "inputs": "files changed without their digest, or were cut out differently",
}


def headline(found: Explanation) -> list[str]:
    """The answer, in a few lines."""
    first, changed = found.first, len(found.numbers)
    total = f"{counted(found.compared, 'value')} of methods in metrics"
    if changed:
        lines = [f"{changed} of {total} differ"]
        lines.append(_nothing(found) if first is None else f"first differing input: {first}")
    else:
        lines = [f"the numbers are the same: {total}"]
        lines.append("no recorded input differs" if first is None else f"an input differs without effect: {first}")
    lines += [f"the {one.follows} also decides the {one.name}" for one in found.inputs if one.follows]
    lines += [f"a file contradicts itself: {one}" for one in found.faults]
    lines += list(found.alone)
    lines += [f"{one.kind}: {one.name} not recorded in {one.where}, may differ, too" for one in found.unrecorded]
    return lines


def _nothing(found: Explanation) -> str:
    stage = found.numbers[0].stage
    why = _UNEXPLAINED.get(stage, "something that is not recorded")
    return f"no recorded input explains it ({STAGES[stage]}): {why}"


def explanation_grids(found: Explanation) -> list[Grid]:
    """All inputs that differ in causal order, then all numbers with where their difference begins."""
    grids = []
    if found.inputs:
        header = ("kind", "input", "A", "B", "numbers that differ since")
        rows = tuple((one.kind, one.name, *one.values, _effect(found, one)) for one in found.inputs)
        grids.append(Grid("Inputs that differ, in causal order", header, rows, names=4))
    if found.numbers:
        columns = ("method", "metric", "A", "B", "cases", "largest", "begins", "since")
        grids.append(Grid("Numbers that differ", columns, tuple(map(_row, found.numbers)), names=2))
    return grids


def _effect(found: Explanation, one: InputDifference) -> str:
    if one.follows:
        return f"follows from the {one.follows}"
    return str(sum(number.cause == one for number in found.numbers))


def _row(one: NumberDifference) -> tuple[str, ...]:
    return (
        one.method,
        one.metric,
        _exact(one.a),
        _exact(one.b),
        "whole set" if one.is_of_set else str(len(one.cases)),
        _exact(one.largest),
        STAGES[one.stage],
        "not recorded" if one.cause is None else f"{one.cause.kind}: {one.cause.name}",
    )


def _exact(value: float | None) -> str:
    """Enough digits to see a small difference."""
    return "–" if value is None else f"{value:.6g}"


def as_json(found: Explanation) -> dict[str, Any]:
    """Everything, for programs."""
    numbers = [{**asdict(one), "cause": None if one.cause is None else _input(one.cause)} for one in found.numbers]
    return {
        "same": found.is_same,
        "first": None if found.first is None else _input(found.first),
        "inputs": [_input(one) for one in found.inputs],
        "unrecorded": [asdict(one) for one in found.unrecorded],
        "compared": found.compared,
        "numbers": numbers,
        "alone": list(found.alone),
        "faults": list(found.faults),
    }


def _input(one: InputDifference) -> dict[str, str]:
    return {"kind": one.kind, "name": one.name, "a": one.values[0], "b": one.values[1], "follows": one.follows}
