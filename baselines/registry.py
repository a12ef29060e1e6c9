"""Methods by name. A method's module is imported only when that method is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from baselines.interface.errors import UnknownMethod
from feed_dataset.core.jobs.suggestions import unknown

if TYPE_CHECKING:
    from baselines.interface.method import Method


@dataclass(frozen=True)
class Card:
    """What a list of methods shows without importing any of them."""

    name: str
    summary: str
    target: str  # "module:Class"


_CARDS = {
    card.name: card
    for card in (
        Card(
            "copy-driver",
            "returns the driver's frames: exactly its pose, somebody else's face",
            "baselines.bounds.copy_driver:CopyDriver",
        ),
        Card(
            "copy-source",
            "repeats the source image: exactly its identity, no motion",
            "baselines.bounds.copy_source:CopySource",
        ),
        Card(
            "emoportraits",
            "EMOPortraits, the small model that this package ships (emoportraits-mini)",
            "baselines.reference.emoportraits:EmoPortraitsMini",
        ),
        Card(
            "keypoint-warp",
            "thin-plate warp of the source by the driver's landmark motion; no training",
            "baselines.warp.keypoint_warp:KeypointWarp",
        ),
    )
}

BOUNDS = ("copy-source", "copy-driver", "keypoint-warp")
"""Rows that a run shows beside any other method, from the least to the most that needs no training."""


def names() -> tuple[str, ...]:
    """All method names, sorted."""
    return tuple(sorted(_CARDS))


def card(name: str) -> Card:
    """The card of one method. Raises UnknownMethod naming the nearest."""
    try:
        return _CARDS[name]
    except KeyError:
        raise UnknownMethod(unknown("method", name, _CARDS)) from None


def load(name: str) -> Method:
    """Import and construct a method. Raises UnknownMethod naming the nearest."""
    module, _, attribute = card(name).target.partition(":")
    method: Method = getattr(import_module(module), attribute)()
    return method
