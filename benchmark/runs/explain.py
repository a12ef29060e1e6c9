"""Two runs explained against each other: which numbers differ, and since which input.

Frames decide where to look. Where the inputs of a case differ, what made them is to blame; where they are equal and the
frames of a method differ, its generation is; where its frames are equal, the cause lies in scoring. Of the inputs that
can act there, the first in causal order is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmark.results.rederiving import rederive
from benchmark.results.schema import REFERENCE_ROW, TOLERANCE, Aggregate, Results, close
from benchmark.runs.inputs import InputDifference, Unrecorded, input_differences

Stage = Literal["cases", "inputs", "frames", "scoring", "unknown"]
STAGES: dict[Stage, str] = {
    "cases": "other cases",
    "inputs": "inputs differ",
    "frames": "inputs equal, frames differ",
    "scoring": "frames equal",
    "unknown": "frames not recorded",
}


@dataclass(frozen=True)
class NumberDifference:
    """One metric of one method.

    Args:
        a, b: of the aggregates.
        is_of_set: whether it is a metric of the whole set, which has no cases.
        cases: of those that both runs have, the ones whose value differs.
        largest: difference in one case; None where no two numbers differ.
        stage: where the difference begins, by the frames.
        cause: the first input that can be to blame; None where none is recorded.
    """

    method: str
    metric: str
    a: float | None
    b: float | None
    is_of_set: bool
    cases: tuple[str, ...]
    largest: float | None
    stage: Stage
    cause: InputDifference | None


@dataclass(frozen=True)
class Explanation:
    """Everything that two files say differently.

    Args:
        inputs: in causal order, whether or not a number changed with them.
        numbers: the differing ones.
        compared: how many aggregates both files have.
        alone: what only one of them has, in words.
        faults: where a file contradicts itself, as one does that was edited.
    """

    inputs: tuple[InputDifference, ...]
    unrecorded: tuple[Unrecorded, ...]
    numbers: tuple[NumberDifference, ...]
    compared: int
    alone: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def first(self) -> InputDifference | None:
        """The first input, in causal order, that a differing number leads to; of equal numbers the first of all."""
        if not self.numbers:
            return next((one for one in self.inputs if not one.follows), None)
        causes = [one.cause for one in self.numbers if one.cause is not None]
        return min(causes, key=self.inputs.index, default=None)

    @property
    def is_same(self) -> bool:
        """Whether both files have the same numbers of the same things."""
        return not self.numbers and not self.alone


def explain(
    a: Results,
    b: Results,
    *,
    tolerance: float = TOLERANCE,
    methods: Sequence[str] | None = None,
    metrics: Sequence[str] | None = None,
) -> Explanation:
    """Compare two files.

    Args:
        tolerance: up to which two values are one number, relative to max(1, |value|).
        methods, metrics: only these; all when None.
    """

    def wanted(one: Aggregate) -> bool:
        return (methods is None or one.method in methods) and (metrics is None or one.metric in metrics)

    inputs, unrecorded = input_differences(a, b)
    found = [{(one.method, one.metric): one for one in file.aggregates if wanted(one)} for file in (a, b)]
    common = [key for key in found[0] if key in found[1]]
    numbers = [
        difference
        for key in common
        if (difference := _number(a, b, found[0][key], found[1][key], inputs, tolerance)) is not None
    ]
    faults = [f"{name}: {line}" for name, file in (("A", a), ("B", b)) for line in rederive(file)]
    return Explanation(
        tuple(inputs), tuple(unrecorded), tuple(numbers), len(common), tuple(_alone(*found)), tuple(faults)
    )


def _number(
    a: Results, b: Results, ours: Aggregate, theirs: Aggregate, inputs: Sequence[InputDifference], tolerance: float
) -> NumberDifference | None:
    values = [{row.case_id: row.value for row in file.case_rows(ours.method, ours.metric)} for file in (a, b)]
    shared = [one for one in values[0] if one in values[1]]
    cases = [one for one in shared if not close(values[0][one], values[1][one], tolerance)]
    parts = ("value", "ci_low", "ci_high")
    if not cases and all(close(getattr(ours, one), getattr(theirs, one), tolerance) for one in parts):
        return None
    sizes = [abs(x - y) for one in cases if (x := values[0][one]) is not None and (y := values[1][one]) is not None]
    stage = _stage(a, b, ours.method, cases)
    return NumberDifference(
        ours.method,
        ours.metric,
        ours.value,
        theirs.value,
        ours.level == "set",
        tuple(cases),
        max(sizes, default=None),
        stage,
        next((one for one in inputs if _can_act(one, stage, ours.method, ours.metric)), None),
    )


def _stage(a: Results, b: Results, method: str, cases: Sequence[str]) -> Stage:
    """Where the difference of some cases begins; without any, that of the whole set."""
    if not cases and a.protocol.case_ids != b.protocol.case_ids:
        return "cases"
    contents = [_contents(file, method) for file in (a, b)]
    shared = [one for one in a.protocol.case_ids if one in contents[0] and one in contents[1]]
    stages = {_of_case(contents[0][one], contents[1][one]) for one in (cases or shared) if one in shared}
    order: tuple[Stage, ...] = ("inputs", "frames", "unknown", "scoring")
    return next((one for one in order if one in stages), "unknown")


def _contents(file: Results, method: str) -> dict[str, tuple[str | None, ...] | None]:
    """By case the content ids of driver, source and the method's frames; None where they are not recorded."""
    outputs = next((one.outputs for one in file.methods if one.name == method), None)
    ids = file.protocol.case_ids
    if file.inputs is None or outputs is None:
        return dict.fromkeys(ids)
    return dict(zip(ids, zip(file.inputs.drivers, file.inputs.sources, outputs, strict=True), strict=True))


def _of_case(ours: tuple[str | None, ...] | None, theirs: tuple[str | None, ...] | None) -> Stage:
    if ours is None or theirs is None:
        return "unknown"
    if ours[:2] != theirs[:2]:
        return "inputs"
    return "scoring" if ours == theirs else "frames"


def _can_act(one: InputDifference, stage: Stage, method: str, metric: str) -> bool:
    """Whether an input can change a number where its difference begins."""
    if one.follows:
        return False
    frames = method != REFERENCE_ROW and (one.methods is None or method in one.methods)
    scoring = one.metrics is None or metric in one.metrics
    if stage == "unknown":
        return one.changes_inputs or frames or scoring
    return {"cases": one.changes_cases, "inputs": one.changes_inputs, "frames": frames, "scoring": scoring}[stage]


def _alone(ours: dict[tuple[str, str], Aggregate], theirs: dict[tuple[str, str], Aggregate]) -> Iterator[str]:
    for name, mine, other in (("A", ours, theirs), ("B", theirs, ours)):
        methods = _names(method for method, _ in mine if not any(method == one for one, _ in other))
        metrics = _names(metric for _, metric in mine if not any(metric == one for _, one in other))
        yield from (f"method {one} only in {name}" for one in methods)
        yield from (f"metric {one} only in {name}" for one in metrics)
        rest = [key for key in mine if key not in other and key[0] not in methods and key[1] not in metrics]
        yield from (f"{method}/{metric} only in {name}" for method, metric in rest)


def _names(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))
