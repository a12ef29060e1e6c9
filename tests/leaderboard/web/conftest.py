from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from benchmark.results.schema import Results
from leaderboard.cases import StoredCases
from leaderboard.entries import Entry, Group
from leaderboard.web.board import Board, boards_of
from leaderboard.web.facts import facts_of
from leaderboard.web.pages import Site
from tests.leaderboard.honest import honest

VERDICTS = {"self-reported": "Rows only.", "recomputed": "Features lead to the numbers."}


def entries_of(number: int, results: Results) -> tuple[Group, list[Entry]]:
    """What a store would have of a submission."""
    protocol, data = results.protocol, results.data
    ids = "b" * 64
    group = Group(
        *(protocol.name, protocol.version, protocol.case_list_sha256, ids, protocol.limit, len(protocol.case_ids)),
        *(data.name, data.digest, data.synthetic),
    )
    weights = {method.name: method.weights_sha256 for method in results.methods}
    return group, [
        Entry(
            submission=number,
            method=a.method,
            weights_sha256=weights[a.method],
            metric=a.metric,
            level=a.level,
            value=a.value,
            ci_low=a.ci_low,
            ci_high=a.ci_high,
            cases_expected=a.cases_expected,
            cases_scored=a.cases_scored,
            higher_is_better=a.higher_is_better,
            unit=a.unit,
            needs=a.not_computed.needs if a.not_computed else None,
        )
        for a in results.aggregates
    ]


def site_of(submissions: Sequence[Results], *, is_static: bool = False) -> Site:
    """Pages of these results, as if they were submitted in this order."""
    documents = {number: results.to_json() for number, results in enumerate(submissions, start=1)}
    groups: dict[Group, list[Entry]] = {}
    for number, results in enumerate(submissions, start=1):
        group, entries = entries_of(number, results)
        groups.setdefault(group, []).extend(entries)
    boards = boards_of(groups, lambda number: facts_of(documents[number]))
    return Site(boards, StoredCases(documents.__getitem__), verdicts=VERDICTS, is_static=is_static)


@pytest.fixture(scope="session")
def submissions() -> list[Results]:
    """Two runs of one protocol: all cases, so that methods may be told apart."""
    return [
        honest(("alpha", "copy-source"), limit=None, seed=1),
        honest(("beta", "gamma"), limit=None, seed=2),
    ]


@pytest.fixture(scope="session")
def site(submissions: list[Results]) -> Site:
    return site_of(submissions)


@pytest.fixture(scope="session")
def board(site: Site) -> Board:
    (found,) = site.boards
    return found


@pytest.fixture(scope="session")
def make_site() -> Callable[..., Site]:
    return site_of
