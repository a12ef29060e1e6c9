"""The rows of a results file: one for each method, metric and case, in a run's order, with frames that add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmark.features.lip_sync.timing import MIN_FPS
from benchmark.metrics import CARDS
from benchmark.results.schema import CaseRow, Failure, Results
from leaderboard.rules.known import KnownCase, KnownProtocol
from leaderboard.rules.metrics import beyond_range, fewest_due, frames_due
from leaderboard.rules.names import different, not_the_list, some

_SYNC_FPS = 25  # of the windows that lip sync counts


def by_metric(rows: Sequence[CaseRow]) -> dict[tuple[str, str], list[CaseRow]]:
    """Rows by (method, metric), in their order."""
    found: dict[tuple[str, str], list[CaseRow]] = {}
    for row in rows:
        found.setdefault((row.method, row.metric), []).append(row)
    return found


def row_problems(results: Results, known: KnownProtocol) -> Iterator[str]:
    """Every disagreement of rows with the protocol's cases, with each other, and with the failures of the file."""
    expected = [
        f"{a.method}/{a.metric}/{case}"
        for a in results.aggregates
        if a.level == "case" and a.not_computed is None
        for case in results.protocol.case_ids
    ]
    yield from not_the_list("rows", expected, [f"{r.method}/{r.metric}/{r.case_id}" for r in results.rows])
    cases = people_of(results, known)
    yield from _case_name_problems(cases, known)
    for row in results.rows:
        label = f"{row.method}/{row.metric}/{row.case_id}"
        if (case := cases.get(row.case_id)) is not None:
            yield from different(label, {"cluster": case.cluster, "source_cluster": case.source_cluster}, row)
        if (card := CARDS.get(row.metric)) is not None:
            if (problem := beyond_range(card, row.value)) is not None:
                yield f"{label}: {problem}"
            frames = known.frames_per_case if case is None else case.frames
            most, least = (due(card, frames, known.embed_every) for due in (frames_due, fewest_due))
            if known.cases is None:  # clips of any length and rate
                most, least = most * _SYNC_FPS // MIN_FPS, 0
            yield from _frame_problems(row, label, least, most)
    yield from _unequal_frames(results.rows)
    yield from _copied_columns(results.rows)
    yield from _failure_problems(results)


def people_of(results: Results, known: KnownProtocol) -> Mapping[str, KnownCase]:
    """Who drives and who is driven: as the protocol says; as the first row of a case says where that is not known."""
    if known.cases is not None:
        return {case.id: case for case in known.cases.cases}
    found: dict[str, KnownCase] = {}
    for row in results.rows:
        found.setdefault(
            row.case_id, KnownCase(row.case_id, row.cluster, row.source_cluster or "", known.frames_per_case)
        )
    return found


def _case_name_problems(cases: Mapping[str, KnownCase], known: KnownProtocol) -> Iterator[str]:
    """The id of a case begins with its driver and, between people, ends with its source."""
    for case in cases.values():
        source = "" if known.has_references else f"--{case.source_cluster.removeprefix('photo:')}"
        same = not known.has_references or case.source_cluster == case.cluster
        if not (case.id.startswith(f"{case.cluster}-") and case.id.endswith(source) and same):
            yield f"{case.id}: expected its driver and source but got {case.cluster!r} and {case.source_cluster!r}"


def _frame_problems(row: CaseRow, label: str, least: int, most: int) -> Iterator[str]:
    """A value needs a frame, and every frame is scored or has failed; a case too short to expect any has one reason."""
    if not least <= row.frames_expected <= most:
        yield f"{label}: expected {least} to {most} frames but got frames_expected {row.frames_expected}"
    if (row.value is None) != (row.frames_scored == 0):
        yield f"{label}: expected a value where frames were scored, and only there, but got {row.frames_scored} frames"
    failed = sum(failure.count for failure in row.failures)
    left = row.frames_expected - row.frames_scored
    if failed != left and not (row.frames_expected == 0 and failed == 1):
        yield f"{label}: expected reasons for {left} of {row.frames_expected} frames but got {failed}"
    reasons = [failure.reason for failure in row.failures]
    if len(set(reasons)) < len(reasons):
        yield f"{label}: expected each reason once but got {some(reasons)}"


def _unequal_frames(rows: Sequence[CaseRow]) -> Iterator[str]:
    """What a metric expects of a case is the same for all methods that have a value."""
    first: dict[tuple[str, str], CaseRow] = {}
    for row in rows:
        other = first.setdefault((row.metric, row.case_id), row) if row.value is not None else row
        if other.frames_expected != row.frames_expected:
            yield (
                f"{row.metric}/{row.case_id}: expected as many frames of every method but got {row.frames_expected} of"
                f" {row.method} and {other.frames_expected} of {other.method}"
            )


def _copied_columns(rows: Sequence[CaseRow]) -> Iterator[str]:
    """Different networks never give the same different numbers in every case."""
    columns: dict[tuple[object, ...], str] = {}
    for (method, metric), mine in by_metric(rows).items():
        values = tuple(row.value for row in mine)
        if metric not in CARDS or len({value for value in values if value is not None and value % 1}) < 2:
            continue
        networks = CARDS[metric].networks
        other = columns.setdefault((method, values), metric)
        if other != metric and CARDS[other].networks != networks:
            yield f"{method}: expected other values of {metric} than of {other}, which reads other networks"


def _failure_problems(results: Results) -> Iterator[str]:
    """A case that failed has no value in any row of its method, and the rows give the same reason."""
    methods = {method.name for method in results.methods}
    failed: dict[tuple[str, str], str] = {}
    for failure in results.failures:
        label = f"failures: {failure.method or 'data'}/{failure.case_id}"
        named = methods if failure.method is None else {failure.method}
        if not named <= methods or failure.case_id not in results.protocol.case_ids:
            yield f"{label}: expected a method and a case of this file"
        if (failure.method is None) != (failure.stage == "data"):
            yield f"{label}: expected stage 'data' for all methods, and only for all, but got {failure.stage!r}"
        if any((method, failure.case_id) in failed for method in named):
            yield f"{label}: expected one failure of a case but got another"
        failed |= {(method, failure.case_id): failure.reason for method in named}
    for row in results.rows:
        reason = failed.get((row.method, row.case_id))
        if reason is not None and row.failures != [Failure(reason=reason, count=max(1, row.frames_expected))]:
            yield f"{row.method}/{row.metric}/{row.case_id}: expected no frame because the case failed: {reason}"
