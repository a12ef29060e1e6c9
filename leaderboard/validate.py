"""What a results file must satisfy before it is stored."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.errors import SubmissionError
from leaderboard.protocols import KnownProtocol, known_protocols
from leaderboard.text import one_line

if TYPE_CHECKING:
    from benchmark.results.schema import Results

MAX_BYTES = 64 * 2**20  # 2,000 cases x 16 metrics of one method are about 10 MB
_SHOWN = 3  # problems named in the one line


def read_submission(
    path: Path, *, max_bytes: int = MAX_BYTES, known: Mapping[str, KnownProtocol] | None = None
) -> Results:
    """Read a results file and check everything that can be checked without running a method.

    Args:
        path: a results.json, or the folder of a run that has one.
        max_bytes: refuse larger files unread.
        known: exact case lists by protocol name; the shipped ones when None.

    Raises:
        SubmissionError: one line; names the first problems found.
    """
    from benchmark.results.errors import ResultsError
    from benchmark.results.schema import Results

    path = path / "results.json" if path.is_dir() else path
    _check_file(path, max_bytes)
    try:
        results = Results.load(path)
    except ResultsError as error:
        raise SubmissionError(one_line(str(error))) from error
    problems = list(find_problems(results, known_protocols() if known is None else known))
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise SubmissionError(one_line(f"{path} is not accepted: {'; '.join(problems[:_SHOWN])}{more}"))
    return results


def find_problems(results: Results, known: Mapping[str, KnownProtocol]) -> Iterator[str]:
    """Every disagreement between a results file and its protocol, its rows, and itself.

    Aggregates over rows are derived again. Set-level values (such as a Frechet distance) cannot be: no rows
    lead to them, so they are stored as stated by the submitter.
    """
    from benchmark.results.schema import rederive

    yield from _protocol_problems(results, known)
    yield from _table_problems(results)
    yield from rederive(results)


def _check_file(path: Path, max_bytes: int) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise SubmissionError(one_line(f"cannot read {path}: {getattr(error, 'strerror', None) or error}")) from error
    if not stat.S_ISREG(status.st_mode):
        raise SubmissionError(f"expected a results file but {path} is not a regular file")
    if status.st_size > max_bytes:
        raise SubmissionError(
            f"expected a results file of at most {max_bytes / 2**20:.0f} MB but {path} has"
            f" {status.st_size / 2**20:.1f} MB; submit the results.json of a run"
        )


def _protocol_problems(results: Results, known: Mapping[str, KnownProtocol]) -> Iterator[str]:
    protocol = results.protocol
    if not protocol.case_ids:
        yield "protocol: expected at least one case but case_ids is empty"
    yield from _repeated("protocol.case_ids", protocol.case_ids)
    exact = known.get(protocol.name)
    if exact is None:
        return
    label = f"protocol {protocol.name}"
    if protocol.version != exact.version:
        yield f"{label}: expected version {exact.version} but got {protocol.version}; run the new version"
        return
    if (results.data.name, results.data.digest) != (exact.data_name, exact.data_digest):
        yield (
            f"{label}: expected data {exact.data_name} {exact.data_digest[:12]} but got"
            f" {results.data.name} {results.data.digest[:12]}"
        )
    expected = exact.case_ids if protocol.limit is None else exact.case_ids[: protocol.limit]
    yield from _difference(f"{label}: case ids", expected, protocol.case_ids)
    if protocol.case_list_sha256 != exact.case_list_sha256:
        want, got = exact.case_list_sha256[:12], protocol.case_list_sha256[:12]
        yield f"{label}: expected case list {want} but got {got}"


def _table_problems(results: Results) -> Iterator[str]:
    """Every method has every metric once, every metric of level "case" has a row for exactly every case."""
    from benchmark.results.schema import REFERENCE_ROW

    methods = [method.name for method in results.methods]
    if not methods:
        yield "methods: expected at least one but got none"
    yield from _repeated("methods", methods)
    yield from _repeated("aggregates", [f"{a.method}/{a.metric}" for a in results.aggregates])
    yield from _difference("methods with aggregates", methods, {a.method for a in results.aggregates})
    by_method = {m: {a.metric: a for a in results.aggregates if a.method == m} for m in methods}
    metrics = {a.metric for a in results.aggregates}
    for method, aggregates in by_method.items():
        if aggregates and method != REFERENCE_ROW:  # references are not compared with themselves
            yield from _difference(f"{method}: metrics", metrics, aggregates)
    for name in sorted(metrics):
        kinds = {(a.level, a.unit, a.higher_is_better) for a in results.aggregates if a.metric == name}
        if len(kinds) > 1:
            yield f"{name}: expected one level, unit and direction but got {sorted(map(str, kinds))}"
    case_ids: dict[tuple[str, str], list[str]] = {}
    for row in results.rows:
        case_ids.setdefault((row.method, row.metric), []).append(row.case_id)
    with_rows = [a for a in results.aggregates if a.level == "case" and a.not_computed is None]
    expected = [f"{a.method}/{a.metric}" for a in with_rows]
    yield from _difference("rows of", expected, [f"{method}/{metric}" for method, metric in case_ids])
    for (method, metric), ids in case_ids.items():
        yield from _repeated(f"{method}/{metric}: case ids", ids)
        yield from _difference(f"{method}/{metric}: case ids", results.protocol.case_ids, ids)
    yield from _interval_problems(results)
    yield from _failure_problems(results, methods)


def _interval_problems(results: Results) -> Iterator[str]:
    n_cases = len(results.protocol.case_ids)
    for a in results.aggregates:
        label = f"{a.method}/{a.metric}"
        if (a.ci_low is None) != (a.ci_high is None):
            yield f"{label}: expected both ends of the confidence interval or none"
        elif a.ci_low is not None and a.ci_high is not None and a.ci_low > a.ci_high:
            yield f"{label}: expected ci_low <= ci_high but got {a.ci_low} > {a.ci_high}"
        if a.cases_expected != n_cases:
            yield f"{label}: expected {n_cases} cases but got cases_expected {a.cases_expected}"


def _failure_problems(results: Results, methods: Sequence[str]) -> Iterator[str]:
    named = {failure.method for failure in results.failures if failure.method is not None}
    yield from _extra("failures: methods", named, methods)
    yield from _extra("failures: case ids", {f.case_id for f in results.failures}, results.protocol.case_ids)


def _difference(label: str, expected: Iterable[str], got: Iterable[str]) -> Iterator[str]:
    """One line when two sets of names differ: what is missing, what is too much."""
    want, have = set(expected), set(got)
    if want != have:
        differences = {"missing": want - have, "extra": have - want}
        parts = [f"{word} {_some(names)}" for word, names in differences.items() if names]
        yield f"{label}: {', '.join(parts)}"


def _extra(label: str, got: Iterable[str], allowed: Iterable[str]) -> Iterator[str]:
    unknown = set(got) - set(allowed)
    if unknown:
        yield f"{label}: extra {_some(unknown)}"


def _repeated(label: str, names: Iterable[str]) -> Iterator[str]:
    repeated = {name for name, count in Counter(names).items() if count > 1}
    if repeated:
        yield f"{label}: repeated {_some(repeated)}"


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return f"{', '.join(map(repr, listed[:_SHOWN]))}{more}"
