"""The registry: every network that any part of this project can use, by name."""

from __future__ import annotations

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.core.weights.entries import ENTRIES
from feed_dataset.core.weights.weight import Weight


class UnknownWeights(FeedError):
    """A name that is not in the registry."""


def get(name: str) -> Weight:
    """The entry of that name. Raises UnknownWeights naming the nearest."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise UnknownWeights(unknown("network", name, REGISTRY)) from None


def _build() -> dict[str, Weight]:
    registry = {entry.name: entry for entry in ENTRIES}
    if len(registry) != len(ENTRIES) or len({entry.file_name for entry in ENTRIES}) != len(ENTRIES):
        raise ValueError("expected unique names and file names in the weights registry")
    return registry


REGISTRY: dict[str, Weight] = _build()
