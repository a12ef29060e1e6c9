"""The page of one submission: where its numbers come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmark.results.schema import MethodRecord, Results
from feed_dataset.core.jobs.cells import one_line
from leaderboard.web.board import EMPTY, Board, Row, key_of
from leaderboard.web.environment import page
from leaderboard.web.facts import facts_of
from leaderboard.web.pages import Site
from leaderboard.web.rows import cell_html

_SHOWN_FAILURES = 50


@dataclass(frozen=True)
class MethodPart:
    """One method of a submission: facts as (name, words), and its row in the table."""

    name: str
    facts: tuple[tuple[str, str], ...]
    row: Row | None


def submission_page(site: Site, number: int, document: str) -> str:
    """Provenance, methods, failures and values of one submission.

    Args:
        document: its results file as it was sent; it was checked when it came in.
    """
    results = Results.model_validate_json(document)
    board = _board_of(site, number)
    return page(
        "submission.html.j2",
        root="../",
        here="",
        links=site.links,
        number=number,
        results=results,
        board=board,
        heads=[] if board is None else list(board.heads),
        empty=EMPTY,
        cell_html=cell_html,
        provenance=list(_provenance(results)),
        packages=sorted(results.environment.packages.items()),
        networks=sorted(results.networks.items()),
        methods=_methods(results, document, board, number),
        failures=_failures(results),
        notes=[one_line(note) for note in results.notes or []],
        verdict=_verdict(site, board, number),
    )


def _board_of(site: Site, number: int) -> Board | None:
    def has(board: Board) -> bool:
        return any(entry is not None for row in board.table.rows if row.submission == number for entry in row.entries)

    return next((board for board in site.boards if has(board)), None)


def _verdict(site: Site, board: Board | None, number: int) -> tuple[str, str] | None:
    rows = [] if board is None else [row for row in (*board.methods, *board.references) if row.submission == number]
    name = next((row.verdict for row in rows if row.verdict is not None), None)
    return None if name is None else (name, site.verdicts.get(name, ""))


def _provenance(results: Results) -> Iterator[tuple[str, str]]:
    protocol, data, environment = results.protocol, results.data, results.environment
    part = f", the first {protocol.limit}" if protocol.limit is not None else ""
    yield "protocol", f"{protocol.name} v{protocol.version}"
    yield "cases", f"{len(protocol.case_ids)}{part}; list {protocol.case_list_sha256}"
    yield "data", f"{data.name}, {'rendered people' if data.synthetic else 'real people'}; version {data.digest}"
    yield "frames", f"{protocol.frames_per_case} of each case, {protocol.size_px} px"
    if results.compute is not None:
        yield "networks ran on", f"{results.compute.device}, {results.compute.precision}"
    yield "device", environment.device
    yield "Python and platform", f"{environment.python}, {environment.platform}"
    yield "video reader", environment.reader
    if environment.code is not None:
        yield "this package", environment.code
    yield "seconds", ", ".join(f"{name} {seconds:.1f}" for name, seconds in sorted(results.timings_s.items()))
    yield "run at", results.created_at
    yield "command", results.command
    yield "format of the results", results.schema_version


def _methods(results: Results, document: str, board: Board | None, number: int) -> list[MethodPart]:
    known = facts_of(document).methods
    parts = []
    for method in results.methods:
        row = None if board is None else board.row(key_of(number, method.name))
        facts = [("licence", method.licence or "not stated"), ("people of this data", known[method.name].contamination)]
        parts.append(MethodPart(one_line(method.name), (*facts, *_method_facts(method)), row))
    return parts


def _method_facts(method: MethodRecord) -> Iterator[tuple[str, str]]:
    yield "weights", method.weights_sha256 or "none"
    yield "seconds to make the frames", f"{method.seconds_generate:.1f}"
    if method.speed is not None and method.speed.frame_p50_s:
        yield "frames per second", f"{1 / method.speed.frame_p50_s:.3g} (median; as stated, on the machine of the run)"
    if method.speed is not None and method.speed.peak_memory_bytes:
        yield "memory", f"{method.speed.peak_memory_bytes / 2**20:.0f} MiB at most"
    if method.reads_with is not None:
        yield "looks at faces with", ", ".join(method.reads_with) or "nothing"
    if method.card is not None:
        yield "driven by", ", ".join(method.card.drives) or "not stated"
        listed = method.card.trained_on
        yield "trained on", "not stated" if listed is None else ", ".join(listed) or "nothing: no training"
        for name in ("paper", "repository", "commit", "frame_rule"):
            if (words := getattr(method.card, name)) is not None:
                yield name.replace("_", " "), words
    for name in ("code_sha256", "setting_sha256"):
        if (digest := getattr(method, name)) is not None:
            yield name.replace("_sha256", ""), digest


def _failures(results: Results) -> Sequence[str]:
    lines = [one_line(f"{one.method or 'all methods'}, {one.case_id}: {one.reason}") for one in results.failures]
    more = len(lines) - _SHOWN_FAILURES
    return [*lines[:_SHOWN_FAILURES], *([f"and {more} more"] if more > 0 else [])]
