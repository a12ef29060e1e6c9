"""From a results file to a submission that can be stored: read, checked, and its numbers derived again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.cells import one_line
from leaderboard.errors import SubmissionError
from leaderboard.rules.known import KnownProtocol, known_protocol, known_protocols
from leaderboard.text import unknown

if TYPE_CHECKING:
    from benchmark.results.schema import Aggregate, Results

MAX_BYTES = 64 * 2**20  # 2,000 cases x 16 metrics of one method are about 10 MB
_SHOWN = 3  # problems named in the one line
_COUNTED = 1000


@dataclass(frozen=True)
class Submission:
    """Results that were checked, and their aggregates with every number that rows lead to computed here."""

    results: Results
    aggregates: tuple[Aggregate, ...]


def read_submission(
    path: Path,
    *,
    max_bytes: int = MAX_BYTES,
    known: Mapping[str, KnownProtocol] | None = None,
    protocol_file: Path | None = None,
) -> Submission:
    """Read a results file and check everything that can be checked without running a method.

    Args:
        path: a results.json, or the folder of a run that has one.
        max_bytes: refuse larger files unread.
        known: protocols by name; the shipped ones when None.
        protocol_file: a protocol of one's own, beside those.

    Raises:
        SubmissionError: one line; names the first problems found.
    """
    import numpy as np

    from benchmark.results.errors import ResultsError
    from benchmark.results.schema import Results

    protocols = protocols_with(known, protocol_file)
    try:
        results = Results.load(path / "results.json" if path.is_dir() else path, max_bytes=max_bytes)
    except ResultsError as error:
        raise SubmissionError(one_line(str(error))) from error
    from leaderboard.rules.values import derived

    with np.errstate(over="ignore", invalid="ignore"):  # absurd numbers are found, not warned of
        problems = list(islice(find_problems(results, protocols), _COUNTED))
        if not problems:
            return Submission(results, tuple(derived(results)))
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    raise SubmissionError(one_line(f"{path} is not accepted: {'; '.join(problems[:_SHOWN])}{more}"))


def protocols_with(known: Mapping[str, KnownProtocol] | None, protocol_file: Path | None) -> dict[str, KnownProtocol]:
    """Protocols that a submission may name: `known` (the shipped ones when None) and one from a file.

    Raises:
        SubmissionError: the file is no protocol.
    """
    from benchmark.protocols import protocol
    from benchmark.results.errors import BenchmarkError

    protocols = dict(known_protocols() if known is None else known)
    if protocol_file is not None:
        try:
            own = protocol.load(str(protocol_file))
        except BenchmarkError as error:
            raise SubmissionError(one_line(str(error))) from error
        protocols[own.name] = known_protocol(own)
    return protocols


def find_problems(results: Results, protocols: Mapping[str, KnownProtocol]) -> Iterator[str]:
    """Every disagreement between a results file and its protocol, the catalogue, its rows, and itself.

    Values of whole sets (such as a Frechet distance) cannot be derived: no rows lead to them, so they are stored as
    stated by the submitter. Later checks rely on earlier ones, so a kind of problem ends the search.
    """
    from leaderboard.rules.bounds import bound_problems
    from leaderboard.rules.cards import card_problems
    from leaderboard.rules.metrics import method_problems, metric_problems
    from leaderboard.rules.protocol import protocol_problems
    from leaderboard.rules.rows import row_problems
    from leaderboard.rules.studies import study_problems
    from leaderboard.rules.values import value_problems

    known = protocols.get(results.protocol.name)
    if known is None:
        asked = unknown("protocol", results.protocol.name, protocols)
        yield f"{asked}; name the file of a protocol of your own with --protocol"
        return
    checks = (protocol_problems, method_problems, metric_problems, row_problems, value_problems)
    for check in (*checks, card_problems, study_problems):
        problems = check(results, known)
        if (first := next(problems, None)) is not None:
            yield first
            yield from problems
            return
    yield from bound_problems(results)
