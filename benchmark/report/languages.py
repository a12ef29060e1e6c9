"""Which language each case is in, and which methods hear it with what never learned it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from baselines.interface.refusals import unheard
from benchmark.results.reserved import hears_its_own
from benchmark.results.schema import CaseRow, Results
from feed_dataset.catalog.rendered_audio import languages_of
from feed_dataset.layout.mini import EMBEDDED

UNHEARD = "§"
"""Beside a method, and its value of a language that what it hears with was not trained on."""


def spoken(results: Results) -> Mapping[str, str]:
    """By driver's person the language, as the data says it; nobody where it says nothing or is other data."""
    return _spoken(results.data.name, results.data.digest)


@lru_cache(maxsize=16)
def _spoken(data: str, digest: str) -> Mapping[str, str]:
    place = EMBEDDED.get(data)
    return {} if place is None else languages_of(place, digest)


def foreign_to(results: Results, method: str) -> tuple[str, ...]:
    """Languages of a run's cases that a method hears with what was not trained on them."""
    card = next((one.card for one in results.methods if one.name == method), None)
    if card is None or card.hears is None or not hears_its_own(method):
        return ()
    people = {row.cluster for row in results.rows}
    return unheard(card.hears, [language for person, language in spoken(results).items() if person in people])


def unheard_mark(results: Results, row: CaseRow) -> str:
    """The sign of a value whose language the method's hearing never learned; "" elsewhere."""
    return UNHEARD if spoken(results).get(row.cluster) in foreign_to(results, row.method) else ""


def unheard_legend(results: Results) -> str:
    """What the sign says, whom it concerns included; "" where no method has it."""
    parts = [
        f"{one.name}: {', '.join(one.card.hears) or 'none'}; here also {', '.join(foreign)}"
        for one in results.methods
        if (foreign := foreign_to(results, one.name)) and one.card is not None and one.card.hears is not None
    ]
    return f"{UNHEARD} hears with what was trained on some of the languages alone ({'; '.join(parts)})" if parts else ""
