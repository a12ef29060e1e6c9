"""A bundle's numbers made again by the benchmark itself: from the submitted frames, or from a method that ships.

The leaderboard runs no method and no network; it starts `python -m benchmark run` and compares what that writes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.bundle.problems import Problem
from leaderboard.errors import SubmissionError
from leaderboard.verdicts import Verdict

if TYPE_CHECKING:
    from benchmark.results.schema import MethodRecord, Results

_SUBMITTED = "submitted-"
ROW_TOLERANCE = 1e-3
"""Of a row, relative to max(1, |value|): networks round differently on other processors."""
SET_TOLERANCE = 1e-2
"""Of a whole set, likewise."""
BOUNDS = ("copy-source", "copy-driver", "mean-of-views", "reference")
"""Rows that a run adds by itself; nobody submits frames of them."""


@dataclass(frozen=True)
class Again:
    """What came of it.

    Args:
        differences: numbers that are others than in the bundle; empty where the verdict is earned.
    """

    verdict: Verdict
    differences: tuple[Problem, ...]
    methods: tuple[str, ...]


def rescored(
    results: Results, frames: Mapping[str, Path], *, options: Sequence[str] = (), out: Path | None = None
) -> Again:
    """Look at submitted frames with this package's networks.

    Args:
        results: of a bundle that was accepted.
        frames: by method a folder with its videos by case id; of every method but the bounds.
        options: more for `benchmark run`, such as `--data`.
        out: keep the run here; None throws it away.

    Raises:
        SubmissionError: frames of a method are missing, or the run fails.
    """
    due = methods_of(results)
    if set(frames) != set(due):
        raise SubmissionError(f"expected frames of {', '.join(due)} but got those of {', '.join(frames) or 'none'}")
    names = {f"{_SUBMITTED}{name}": name for name in frames}  # a name that ships is its method's alone
    specs = [f"frames:{folder}={_SUBMITTED}{name}" for name, folder in frames.items()]
    return _again("rescored", results, specs, names, options, out)


def reproduced(results: Results, *, options: Sequence[str] = (), out: Path | None = None) -> Again:
    """Make the frames again, of methods that ship with this package.

    Raises:
        SubmissionError: a method is somebody's own, or the run fails.
    """
    due = methods_of(results)
    records = {one.name: one for one in results.methods}
    own = [name for name in due if not _ships(records[name])]
    if own:
        raise SubmissionError(f"expected methods that ship but {own[0]} is somebody's own; rescore it from frames")
    return _again("reproduced", results, due, {name: name for name in due}, options, out)


def methods_of(results: Results) -> list[str]:
    """Methods that somebody submits: all but the bounds, or those where there is nothing else."""
    names = [one.name for one in results.methods]
    return [one for one in names if one not in BOUNDS] or [one for one in names if one != "reference"]


def differences(stated: Results, made: Results, methods: Sequence[str]) -> Iterator[Problem]:
    """Rows and values of whole sets that are not the same."""
    rows = {(row.method, row.metric, row.case_id): row for row in made.rows}
    for row in stated.rows:
        if row.method not in methods:
            continue
        place, again = f"{row.method}/{row.metric}/{row.case_id}", rows.get((row.method, row.metric, row.case_id))
        if again is None:
            yield Problem(place, "expected a row but the networks are not here")
        elif not _near(again.value, row.value, ROW_TOLERANCE):
            yield Problem(place, f"expected {again.value} but the bundle has {row.value}")
    for one in stated.aggregates:
        if one.method not in methods or one.level != "set" or one.not_computed is not None:
            continue
        found = made.aggregate(one.method, one.metric)
        if found is None or not _near(found.value, one.value, SET_TOLERANCE):
            got = "nothing" if found is None else found.value
            yield Problem(f"{one.method}/{one.metric}", f"expected {got} but the bundle has {one.value}")


def _again(
    verdict: Verdict,
    stated: Results,
    specs: Sequence[str],
    names: Mapping[str, str],
    options: Sequence[str],
    out: Path | None,
) -> Again:
    from benchmark.results.errors import ResultsError
    from benchmark.results.joining import of_methods, renamed
    from benchmark.results.schema import RESULTS_FILE, Results

    with tempfile.TemporaryDirectory() as temporary:
        folder = out or Path(temporary) / "run"
        command = [sys.executable, "-m", "benchmark", "run", "--method", ",".join(specs), "--out", str(folder)]
        command += ["--protocol", stated.protocol.name, *options]
        if stated.protocol.limit is not None:
            command += ["--limit", str(stated.protocol.limit)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise SubmissionError(f"the benchmark did not make the numbers again: {' '.join(last)}")
        try:
            # A run adds rows of its own, some under names that shipped methods have.
            made = renamed(of_methods(Results.load(folder / RESULTS_FILE), names), names)
        except ResultsError as error:
            raise SubmissionError(str(error)) from error
    due = list(names.values())
    found = [*_other_inputs(stated, made), *_other_methods(verdict, stated, made, due), *differences(stated, made, due)]
    return Again("rejected" if found else verdict, tuple(found), tuple(due))


def _other_inputs(stated: Results, made: Results) -> Iterator[Problem]:
    for name in ("version", "case_list_sha256", "case_ids"):
        if getattr(stated.protocol, name) != getattr(made.protocol, name):
            yield Problem("protocol", f"expected the same {name} but this package has another")
    if stated.data.digest != made.data.digest:
        yield Problem("data", "expected the same data but these here are others")


def _other_methods(verdict: Verdict, stated: Results, made: Results, due: Sequence[str]) -> Iterator[Problem]:
    """A method that ships must be the one of the bundle."""
    again = {one.name: one for one in made.methods}
    for one in stated.methods:
        if verdict == "reproduced" and one.name in due:
            for name in ("version", "weights_sha256"):
                want, got = getattr(again[one.name], name), getattr(one, name)
                if want != got:
                    yield Problem(one.name, f"expected {name} {want} but the bundle has {got}")


def _ships(record: MethodRecord) -> bool:
    return record.version is not None and record.code_sha256 is None and record.setting_sha256 is None


def _near(a: float | None, b: float | None, tolerance: float) -> bool:
    return a is b if a is None or b is None else abs(a - b) <= tolerance * max(1.0, abs(a))
