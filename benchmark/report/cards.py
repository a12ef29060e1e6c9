"""Metric cards: everything that a reader must know of a number, gathered from where it is decided.

Definition and pitfalls come from the metric, hashes and licences from the weights registry, cost from
`metrics/costs.json` (written by `scripts/bench_metrics.py`), known answers from the doctor.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from benchmark.doctor.expectations import EXPECTATIONS
from benchmark.metrics import CARDS, MetricCard, card_of
from benchmark.metrics.conditions import CONDITIONS
from benchmark.metrics.lacking import package_label
from feed_dataset.core.weights.registry import get

_NEEDS = {
    "reference": "a reference video (self-reenactment)",
    "latents": "the method's expression descriptors z",
    "audio": "audio",
}
_SHORT_HASH = 12
_NOT_MEASURED = "not measured"
_NOT_PUBLISHED = "not published"


@dataclass(frozen=True)
class CardNetwork:
    """A network behind a number."""

    name: str
    purpose: str
    licence: str
    sha256: str  # as far as it is published


@dataclass(frozen=True)
class FullCard:
    """A metric's card with what the registry, the measured costs and the doctor add to it."""

    metric: MetricCard
    direction: str
    value_range: str
    needs: tuple[str, ...]
    networks: tuple[CardNetwork, ...]
    cost: str
    known_answers: tuple[str, ...]


@dataclass(frozen=True)
class Costs:
    """Measured seconds per 1,000 frames, by feature: metrics that read the same one share its cost."""

    machine: str
    seconds_per_1000_frames: dict[str, float]

    def of_metric(self, metric: MetricCard) -> float | None:
        """Of all features that a metric reads; None where one was not measured."""
        found = [self.seconds_per_1000_frames.get(name) for name in metric.features]
        return None if None in found else sum(one for one in found if one is not None)


def full_card(metric_id: str) -> FullCard:
    """The card of one metric. Raises BenchmarkError that names the nearest id."""
    metric = card_of(metric_id)
    return FullCard(
        metric=metric,
        direction=_direction(metric),
        value_range=_range(metric),
        needs=tuple(_NEEDS[need] for need in sorted(metric.needs)),
        networks=tuple(_network(name) for name in metric.networks),
        cost=_cost(metric),
        known_answers=tuple(
            f"{CONDITIONS[one.condition].summary}: {one.words(metric)}" for one in EXPECTATIONS.get(metric_id, ())
        ),
    )


def full_cards(metric_ids: Iterable[str] | None = None) -> list[FullCard]:
    """Cards of these metrics, of all by default; ids that this version does not know are left out."""
    return [full_card(one) for one in (CARDS if metric_ids is None else metric_ids) if one in CARDS]


def markdown(one: FullCard, *, level: int = 3) -> str:
    """A card as Markdown; hashes are shortened, `networks_markdown` has them in full."""
    metric = one.metric
    lines = [f"{'#' * level} {metric.id}", "", f"**{metric.title}.** {metric.summary}", ""]
    lines += [f"- **{label}:** {text}" for label, text in facts(one, short=True)]
    for label, items in lists(one):
        lines.append(f"- **{label}:**")
        lines += [f"  - {item}" for item in items]
    return "\n".join(lines) + "\n"


def networks_markdown(some: Iterable[FullCard]) -> str:
    """A table of every network behind these cards."""
    networks = {network.name: network for one in some for network in one.networks}
    lines = ["| network | what it is | licence | sha256 |", "|---|---|---|---|"]
    lines += [f"| `{n.name}` | {n.purpose} | {n.licence} | `{n.sha256}` |" for _, n in sorted(networks.items())]
    return "\n".join(lines) + "\n"


def facts(one: FullCard, *, short: bool = False) -> list[tuple[str, str]]:
    """The card's single statements, in reading order; empty ones are left out."""
    metric = one.metric
    network_text = _short_network if short else _network_text
    texts = [
        ("Definition", metric.definition),
        ("Direction and range", f"{one.direction}; {one.value_range}{f'; in {metric.unit}' if metric.unit else ''}"),
        ("Needs", "; ".join(one.needs)),
        ("Networks", "; ".join(network_text(network) for network in one.networks) or "none"),
        ("Python packages", ", ".join(map(package_label, metric.packages))),
        ("Preprocessing", metric.preprocessing),
        ("Cost", one.cost),
        ("Source", metric.source),
    ]
    return [(label, text) for label, text in texts if text]


def lists(one: FullCard) -> list[tuple[str, Sequence[str]]]:
    """The card's lists; empty ones are left out."""
    named: list[tuple[str, Sequence[str]]] = [
        ("Pitfalls", one.metric.pitfalls),
        ("The doctor expects", one.known_answers),
    ]
    return [(label, items) for label, items in named if items]


@cache
def measured_costs() -> Costs | None:
    """What `scripts/bench_metrics.py` measured; None when it has not run."""
    file = resources.files("benchmark.metrics") / "costs.json"
    if not file.is_file():
        return None
    content = json.loads(file.read_text(encoding="utf-8"))
    return Costs(str(content["machine"]), dict(content["seconds_per_1000_frames"]))


def _direction(metric: MetricCard) -> str:
    if metric.higher_is_better is None:
        return "neither direction is better"
    return "higher is better" if metric.higher_is_better else "lower is better"


def _range(metric: MetricCard) -> str:
    low, high = metric.value_range
    if low is None and high is None:
        return "no bounds"
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"


def _network(name: str) -> CardNetwork:
    weight = get(name)
    digest = weight.sha256 or _NOT_PUBLISHED
    return CardNetwork(name, weight.purpose, weight.licence, digest)


def _network_text(network: CardNetwork) -> str:
    return f"`{network.name}` ({network.purpose}; {network.licence}; sha256 `{network.sha256}`)"


def _short_network(network: CardNetwork) -> str:
    digest = network.sha256 if network.sha256 == _NOT_PUBLISHED else f"{network.sha256[:_SHORT_HASH]}..."
    return f"`{network.name}` ({digest})"


def _cost(metric: MetricCard) -> str:
    costs = measured_costs()
    seconds = None if costs is None else costs.of_metric(metric)
    if costs is None or seconds is None:
        return _NOT_MEASURED
    return f"{seconds:.3g} s per 1,000 frames ({costs.machine})"
