"""The registry: every network that any part of this project reads, by name. Its data is `networks.toml`."""

from __future__ import annotations

from importlib import resources

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.core.weights.entries import read_entries
from feed_dataset.core.weights.weight import Weight


class UnknownWeights(FeedError):
    """A name that is not in the registry."""


def get(name: str) -> Weight:
    """The entry of that name. Raises UnknownWeights naming the nearest."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise UnknownWeights(unknown("network", name, REGISTRY)) from None


REGISTRY: dict[str, Weight] = read_entries(
    resources.files("feed_dataset.core.weights").joinpath("networks.toml").read_text(encoding="utf-8")
)
