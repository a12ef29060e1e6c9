"""Which face networks a run can use: present with their hash, or missing with the command that gets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from benchmark.features.types.extractor import FACE_NETWORKS
from benchmark.metrics import MetricCard
from benchmark.metrics.lacking import no_network, no_package
from benchmark.results.schema import NotComputed
from feed_dataset.core.jobs.errors import WeightsUnavailable

REQUIRED = FACE_NETWORKS
"""Without these there is no crop, hence no run."""

_LISTED = 12


@dataclass(frozen=True)
class NetworkStatus:
    """Outcome of `acquire`."""

    present: Mapping[str, str]  # name -> sha256
    missing: Mapping[str, NotComputed]

    def lacking(self, names: Iterable[str]) -> NotComputed | None:
        """Why something that needs these networks cannot be computed, or None when it can."""
        return next((self.missing[name] for name in names if name in self.missing), None)

    def missing_for(self, metric: MetricCard) -> NotComputed | None:
        """Why a metric cannot be computed here: a network or a package is missing. None when it can."""
        return self.lacking(metric.networks) or lacking_package(metric.packages)


def unasked(metrics: Sequence[MetricCard]) -> NetworkStatus:
    """Before any network was looked for: none is here, so that nothing is refused for what a network would change."""
    names = {*REQUIRED, *(name for metric in metrics for name in metric.networks)}
    return NetworkStatus({}, {name: no_network(name, None) for name in sorted(names)})


def metrics_by_network() -> dict[str, list[str]]:
    """Which metrics read a network, by its name: their ids, or only how many where a line would not hold them."""
    from benchmark.metrics import CARDS

    ids: dict[str, list[str]] = {}
    for metric in CARDS.values():
        for name in metric.networks:
            ids.setdefault(name, []).append(metric.id)
    return {name: some if len(some) <= _LISTED else [f"{len(some)} metrics"] for name, some in ids.items()}


def lacking_package(names: Iterable[str]) -> NotComputed | None:
    """The first of some Python packages (import names) that is not installed."""
    return next((no_package(name) for name in names if find_spec(name) is None), None)


def acquire(names: Iterable[str], *, fetch: bool, announce: Callable[[str], None]) -> NetworkStatus:
    """Find the networks, fetching each that is not here (once) when `fetch` is set.

    Args:
        announce: called with one line before each download that may take a while, and one of all that failed.

    Raises:
        WeightsUnavailable: a network that every run needs is missing.
    """
    from feed_dataset.core.weights import resolve, sha256_of
    from feed_dataset.core.weights.fetching import is_offline

    present: dict[str, str] = {}
    missing: dict[str, NotComputed] = {}
    lost: list[str] = []
    for name in sorted({*REQUIRED, *names}):
        try:
            try:
                resolve(name, fetch=False)
            except WeightsUnavailable:
                if not fetch:
                    raise
                if not is_offline():
                    announce(f"fetching the network {name} (once) ...")
                resolve(name)
            present[name] = sha256_of(name)
        except WeightsUnavailable as error:
            if fetch and name in REQUIRED:
                raise
            if fetch:
                lost.append(name)
            missing[name] = no_network(name, error.command)
    if lost:
        announce(f"not available: {', '.join(lost)}; what they are for, and how to get them: feed weights list")
    return NetworkStatus(present, missing)
