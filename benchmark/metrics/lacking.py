"""Why a metric has no value at all: what it reads cannot be had. The words are those of every results file."""

from __future__ import annotations

from collections.abc import Container

from benchmark.metrics.card import MetricCard
from benchmark.results.schema import NotComputed

_DISTRIBUTIONS = {"pkg_resources": "setuptools<81", "pycvvdp": "cvvdp"}
"""By import name, where a package is installed under another one."""
_EXTRAS = {"onnxruntime": "insightface", "pycvvdp": "jod", "pyiqa": "quality"}
"""By import name this project's extra, which has the version that the numbers are of."""

LATENTS = NotComputed(needs="expression descriptors z, which the method does not give")


def no_network(name: str, command: str | None) -> NotComputed:
    """A network is not here; `command` gets it."""
    return NotComputed(needs=f"the network {name}", command=command)


def no_package(name: str) -> NotComputed:
    """A Python package (import name) is not installed."""
    wanted = f"feed-benchmark[{_EXTRAS[name]}]" if name in _EXTRAS else _DISTRIBUTIONS.get(name, name)
    quoted = wanted if wanted.isidentifier() else f"'{wanted}'"
    return NotComputed(needs=f"the Python package {_DISTRIBUTIONS.get(name, name)}", command=f"pip install {quoted}")


def package_label(name: str) -> str:
    """A Python package (import name) as it is installed, and the extra that brings it."""
    extra = f" (extra `{_EXTRAS[name]}`)" if name in _EXTRAS else ""
    return f"{_DISTRIBUTIONS.get(name, name)}{extra}"


def first_lacking(card: MetricCard, present: Container[str]) -> NotComputed | None:
    """The first network of a metric that is not among those present, with the registry's command; None if all are."""
    from feed_dataset.core.weights import registry

    for name in card.networks:
        if name not in present:
            return no_network(name, registry.get(name).command)
    return None
