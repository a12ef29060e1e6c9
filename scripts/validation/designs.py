"""Who drives whom: the designs of all shipped protocols, and those that papers have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmark.protocols import protocol
from benchmark.protocols.cases import build_cases
from benchmark.protocols.stated import stated_cases
from benchmark.results.crossed import Crossing
from feed_dataset.catalog.catalog import open_catalog


@dataclass(frozen=True)
class Design:
    """Who drives whom, and which metrics are scored on it; None: any."""

    crossing: Crossing
    metrics: frozenset[str] | None = None


def designs() -> dict[str, Design]:
    """Every design by name: a protocol that is added is in it."""
    shipped = {}
    for name in protocol.names():
        one = protocol.load(name)
        cases = (build_cases(one, open_catalog(one.root)) if one.root is not None else stated_cases(one)).cases
        crossing = Crossing.of([case.cluster for case in cases], [case.source_cluster for case in cases])
        shipped[name] = Design(crossing, frozenset(one.metrics))
    return shipped | {
        "4 x 5 crossed": Design(crossed(4, 5)),
        "20 x 100 crossed": Design(crossed(20, 100)),
        "the paper's: 100 sources, 20 of 100 drivers each, by 5 people": Design(papers_own()),
    }


def crossed(n_drivers: int, n_sources: int) -> Crossing:
    """Every driver with every source."""
    return _of((driver, source) for driver in range(n_drivers) for source in range(n_sources))


def papers_own(seed: int = 0) -> Crossing:
    """100 sources, each driven by 20 of 100 images, which are of 5 people; the driver's cluster is the person."""
    rng = np.random.default_rng(seed)
    return _of((int(image) // 20, source) for source in range(100) for image in rng.choice(100, 20, replace=False))


def _of(pairs: Iterable[tuple[int, int]]) -> Crossing:
    drivers, sources = zip(*pairs, strict=True)
    return Crossing.of(drivers, sources)
