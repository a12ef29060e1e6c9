"""Cards of methods against themselves and the run: what an author says he trained on, and whom of these people.

Nobody can check the training itself. What can be checked is that the mark of contamination, which tables show, follows
from what the card says.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.results.schema import CardRecord, Results
from leaderboard.rules.known import KnownProtocol
from leaderboard.rules.names import not_the_list, some
from leaderboard.rules.rows import people_of


def card_problems(results: Results, known: KnownProtocol) -> Iterator[str]:
    """Cards whose list of seen people does not follow from what they were trained on."""
    cases = people_of(results, known)
    here = {case.cluster.casefold() for case in cases.values()}
    here |= {case.source_cluster.removeprefix("photo:").casefold() for case in cases.values()}
    for method in results.methods:
        if method.card is not None:
            for problem in _problems(method.card, here, known.data.casefold()):
                yield f"methods: {method.name}: {problem}"


def _problems(card: CardRecord, here: set[str], data: str) -> Iterator[str]:
    if card.hears is not None:
        yield from not_the_list("hears", sorted(set(card.hears)), card.hears)
    trained, seen = card.trained_on, card.seen_people
    if trained is None or seen is None:
        if trained is not seen:
            yield "expected seen_people where trained_on is known, and only there"
        return
    yield from not_the_list("seen_people", sorted(set(seen)), seen)
    known = {one.casefold() for one in trained}
    strange = [one for one in seen if not {one.casefold(), one.casefold().partition("/")[0]} & known]
    if strange:
        yield f"expected seen_people of what it was trained on but got {some(strange)}"
    if here and (absent := [one for one in seen if _person(one) not in here]):
        yield f"expected seen_people of this run but got {some(absent)}"
    named = {one.casefold() for one in seen}
    of_data = [one for one in trained if "/" in one and data.startswith(one.casefold().partition("/")[0])]
    left_out = [one for one in of_data if _person(one) in here and one.casefold() not in named]
    if left_out:
        yield f"expected {some(left_out)} in seen_people, on whom it was trained and who are in this run"


def _person(name: str) -> str:
    """Of "corpus/person" the person."""
    return name.casefold().rpartition("/")[2]
