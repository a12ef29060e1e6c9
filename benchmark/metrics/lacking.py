"""Why a metric has no value at all: what it reads cannot be had. The words are those of every results file."""

from __future__ import annotations

from collections.abc import Container

from benchmark.metrics.card import MetricCard
from benchmark.results.schema import NotComputed

_DISTRIBUTIONS = {"pkg_resources": "'setuptools<81'", "pycvvdp": "cvvdp"}
"""By import name, where a package is installed under another one."""

LATENTS = NotComputed(needs="expression descriptors z, which the method does not give")


def no_network(name: str, command: str | None) -> NotComputed:
    """A network is not here; `command` gets it."""
    return NotComputed(needs=f"the network {name}", command=command)


def no_package(name: str) -> NotComputed:
    """A Python package (import name) is not installed."""
    return NotComputed(needs=f"the Python package {name}", command=f"pip install {_DISTRIBUTIONS.get(name, name)}")


def first_lacking(card: MetricCard, present: Container[str]) -> NotComputed | None:
    """The first network of a metric that is not among those present, with the registry's command; None if all are."""
    from feed_dataset.core.weights import registry

    for name in card.networks:
        if name not in present:
            return no_network(name, registry.get(name).command)
    return None
