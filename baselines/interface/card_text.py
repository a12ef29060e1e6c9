"""A card in words."""

from __future__ import annotations

from dataclasses import fields

from baselines.interface.capabilities import UNKNOWN, Capabilities

_ABSENT = {"size_px": "any", "fps": "any", "hears": "any", "weights_licence": "the code's"}


def card_lines(card: Capabilities) -> list[tuple[str, str]]:
    """(field, text) of every field, in the card's order."""
    return [(field.name, _text(field.name, getattr(card, field.name))) for field in fields(card)]


def _text(name: str, value: object) -> str:
    if value is None:
        return _ABSENT.get(name, UNKNOWN)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "nothing"
    return str(value)
