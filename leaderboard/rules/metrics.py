"""A results file against the catalogue of metrics: which there are, what they are, which networks are behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from benchmark.features.extractors.catalog import is_thinned, networks_of
from benchmark.features.store import preprocessing_of
from benchmark.features.types.extractor import FACE_NETWORKS, LANDMARKS
from benchmark.metrics import CARDS, MetricCard, cards_of
from benchmark.metrics.catalog import reference_metrics
from benchmark.metrics.lacking import LATENTS, first_lacking, no_package
from benchmark.metrics.sync_scores import WINDOW_FRAMES
from benchmark.results.reserved import CEILINGS
from benchmark.results.schema import REFERENCE_ROW, Aggregate, NotComputed, Results
from feed_dataset.core.weights import registry
from leaderboard.rules.known import KnownProtocol
from leaderboard.rules.names import different, not_the_list

ROUNDING = 1e-6  # how far beyond its range float32 takes a value
_OF_SOME_FRAMES = frozenset({"silence_opening"})
"""Metrics that look at frames that the driver's sound chooses."""
_METHOD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")  # a folder of predictions has the method's name


def frames_due(card: MetricCard, frames: int, embed_every: int) -> int:
    """Frames that a metric can expect at most of a case that has `frames`."""
    stride = embed_every if is_thinned(card.features) else 1
    return -(-frames // stride)


def fewest_due(card: MetricCard, frames: int, embed_every: int) -> int:
    """Frames that it expects at least: velocities are one fewer, windows of lip sync four; of silence, any."""
    if card.id.partition("[")[0] in _OF_SOME_FRAMES:
        return 0
    lost = 0 if is_thinned(card.features) else WINDOW_FRAMES - 1 if "audio" in card.needs else 1
    return max(0, frames_due(card, frames, embed_every) - lost)


def method_problems(results: Results, known: KnownProtocol) -> Iterator[str]:
    """Names of methods, each once; a row of the references exactly where the protocol has references."""
    names = [method.name for method in results.methods]
    strange = [name for name in names if not _METHOD.fullmatch(name)]
    if strange:
        yield f"methods: expected names of letters, digits and _ . + - (64 at most) but got {strange[0]!r}"
    yield from not_the_list("methods", list(dict.fromkeys(names)), names)
    if reserved := [name for name in names if name in CEILINGS]:
        yield f"methods: expected methods but got {reserved[0]!r}, which is a ceiling's name"
    if (REFERENCE_ROW in names) != known.has_references or not set(names) - {REFERENCE_ROW}:
        row = f"and the row {REFERENCE_ROW!r}" if known.has_references else f"and no row {REFERENCE_ROW!r}"
        yield f"methods: expected at least one method {row} but got {', '.join(map(repr, names)) or 'none'}"


def metric_problems(results: Results, known: KnownProtocol) -> Iterator[str]:
    """Every method has exactly the protocol's metrics, each as its card says, on the networks that it names."""
    cards = cards_of(known.metrics)
    of_references = reference_metrics(cards)
    expected = [
        f"{method.name}/{card.id}"
        for method in results.methods
        for card in (of_references if method.name == REFERENCE_ROW else cards)
    ]
    yield from not_the_list("aggregates", expected, [f"{a.method}/{a.metric}" for a in results.aggregates])
    yield from _network_problems(results, cards)
    lacking = _Lacking(results)
    yield from _extractor_problems(results, cards, lacking)
    for aggregate in results.aggregates:
        if (card := CARDS.get(aggregate.metric)) is None or card not in cards:
            continue  # named above as extra
        label = f"{aggregate.method}/{aggregate.metric}"
        is_a = {"level": card.level, "unit": card.unit, "higher_is_better": card.higher_is_better}
        yield from different(label, is_a, aggregate)
        yield from different(label, {"cases_expected": len(results.protocol.case_ids)}, aggregate)
        want = lacking.of(aggregate, card)
        if aggregate.not_computed != want:
            yield (
                f"{label}: expected {_computed(want)}, by the networks of the file, but got"
                f" {_computed(aggregate.not_computed)}; run all methods of a file with the same networks"
            )
        if aggregate.not_computed is not None:
            yield from different(label, {"ci_low": None, "ci_high": None, "extra": {}}, aggregate)


def beyond_range(card: MetricCard, value: float | None) -> str | None:
    """What is wrong with a value that the metric cannot have; None where nothing is."""
    low, high = card.value_range
    if value is None or ((low is None or value >= low - ROUNDING) and (high is None or value <= high + ROUNDING)):
        return None
    return f"expected a value of {card.id} from {low} to {high} but got {value}"


def _network_problems(results: Results, cards: Sequence[MetricCard]) -> Iterator[str]:
    """Networks are those of the registry, by their hash; every run has the face networks."""
    needed = {*FACE_NETWORKS, *networks_of(dict.fromkeys(one for card in cards for one in card.features))}
    yield from not_the_list(
        "networks", sorted(({*results.networks} & needed) | {*FACE_NETWORKS}), sorted(results.networks)
    )
    for name, sha256 in results.networks.items():
        want = registry.get(name).sha256 if name in needed else None
        if want is not None and sha256 != want:
            yield f"networks: expected {name} with sha256 {want[:12]}, as the registry has it, but got {sha256[:12]}"


def _extractor_problems(results: Results, cards: Sequence[MetricCard], lacking: _Lacking) -> Iterator[str]:
    """Every feature of every metric that could be computed, prepared as it is here."""
    features = [LANDMARKS, *(one for card in cards if lacking.inputs_of(card) is None for one in card.features)]
    want, got = preprocessing_of(features), results.extractors or {}
    yield from not_the_list("extractors", sorted(want), sorted(got))
    for name in sorted(want.keys() & got.keys()):
        if want[name] != got[name]:
            yield f"extractors: expected {name} prepared as {want[name]!r} but got {got[name]!r}; run again"


def _computed(why_not: NotComputed | None) -> str:
    if why_not is None:
        return "that it is computed"
    command = f" ({why_not.command})" if why_not.command else ""
    return f"not computed, needs {why_not.needs}{command}"


class _Lacking:
    """Why metrics are not computed, which is one reason for a whole file: nobody leaves out a single metric.

    A network that is not in the file is missing for every metric that reads it, a package likewise, and a method gives
    descriptors or gives none.
    """

    def __init__(self, results: Results) -> None:
        self._present = results.networks
        stated = [(a, a.not_computed) for a in results.aggregates if a.metric in CARDS]
        packages = {one for a, _ in stated for one in CARDS[a.metric].packages}
        self._packages = {one for one in packages if any(why == no_package(one) for _, why in stated)}
        self._without_latents = {a.method for a, why in stated if why == LATENTS and "latents" in CARDS[a.metric].needs}

    def of(self, aggregate: Aggregate, card: MetricCard) -> NotComputed | None:
        """Why one metric of one method cannot be there; None where it must be."""
        if "latents" in card.needs and aggregate.method in self._without_latents:
            return LATENTS
        return self.inputs_of(card)

    def inputs_of(self, card: MetricCard) -> NotComputed | None:
        """The network or package that a metric lacks, whatever the method."""
        package = next((no_package(one) for one in card.packages if one in self._packages), None)
        return first_lacking(card, self._present) or package
