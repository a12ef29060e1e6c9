"""What methods' cards say, for readers of their numbers: a mark beside those that know the test people, and a table."""

from __future__ import annotations

from dataclasses import dataclass

from baselines.interface.speed import Speed, speed_text
from benchmark.report.languages import UNHEARD, foreign_to, unheard_legend
from benchmark.results.schema import CardRecord, MethodRecord, Results

SEEN = "‡"
"""Beside the name of a method that was trained on people of the protocol."""
UNKNOWN = "unknown"
_NAMED = 6


@dataclass(frozen=True)
class MethodView:
    """One method's card as a table has it: (label, text) pairs."""

    name: str
    facts: tuple[tuple[str, str], ...]


def label_of(results: Results, name: str) -> str:
    """The method's name with its marks."""
    seen = SEEN if any(one.name == name and _seen(one) for one in results.methods) else ""
    return f"{name} {seen}{UNHEARD if foreign_to(results, name) else ''}".rstrip()


def label_legends(results: Results) -> list[str]:
    """What the marks beside names say."""
    return [one for one in (seen_legend(results), unheard_legend(results)) if one]


def seen_legend(results: Results) -> str:
    """What the mark says, whom it concerns included; "" where no method has it."""
    parts = [f"{one.name} on {_listed(_seen(one))}" for one in results.methods if _seen(one)]
    return f"{SEEN} trained on people of this protocol ({'; '.join(parts)})" if parts else ""


def method_views(results: Results) -> list[MethodView]:
    """A card for each method that has one."""
    return [MethodView(one.name, _facts(one, one.card)) for one in results.methods if one.card is not None]


def _facts(method: MethodRecord, card: CardRecord) -> tuple[tuple[str, str], ...]:
    code = card.repository if card.commit is None else f"{card.repository or 'repository unknown'} at {card.commit}"
    trained_on = card.trained_on if card.trained_on is None else ", ".join(card.trained_on) or "no training"
    return (
        ("driven by", ", ".join(card.drives) or "nothing"),
        ("motion", card.motion or UNKNOWN),
        ("works at", f"{f'{card.size_px} px' if card.size_px else 'any size'}, {card.fps or 'any'} fps"),
        ("crop", card.crop or UNKNOWN),
        ("frames", card.frame_rule or UNKNOWN),
        ("without a codec", _answer(card.lossless)),
        ("trained on", trained_on or UNKNOWN),
        *([] if card.hears is None else [("hears, by training", ", ".join(card.hears) or "nothing")]),
        ("trained for each source", _answer(card.needs_optimisation)),
        ("same seed, same frames", _answer(card.seeded)),
        ("licence", method.licence),
        ("paper", card.paper or UNKNOWN),
        ("code", code or UNKNOWN),
        ("speed", UNKNOWN if method.speed is None else speed_text(Speed(**method.speed.model_dump()))),
    )


def _answer(value: bool | None) -> str:
    return UNKNOWN if value is None else "yes" if value else "no"


def _seen(method: MethodRecord) -> list[str]:
    return [] if method.card is None else list(method.card.seen_people or [])


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
