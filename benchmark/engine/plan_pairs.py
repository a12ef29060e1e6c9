"""From pairs of videos that exist already to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmark.engine.inputs import Input
from benchmark.engine.networks import NetworkStatus
from benchmark.engine.outputs import Existing, Reference
from benchmark.engine.panels import Panels
from benchmark.engine.plan import Plan, PlannedCase, PlannedData, PlannedMethod, PlannedProtocol
from benchmark.features.extractors.catalog import split_ids
from benchmark.features.types.extractor import Compute
from benchmark.metrics import CARDS, MetricCard
from benchmark.pairing.pair_list import NO_AUDIO, NO_SOURCE, Pair, PairList
from benchmark.results.schema import REFERENCE_ROW

PROTOCOL = "score"
PROTOCOL_VERSION = "1"
EMBED_EVERY = 5  # as in the shipped protocols


def plan_pairs(
    pairs: PairList,
    metrics: Sequence[MetricCard],
    networks: NetworkStatus,
    out: Path,
    *,
    method: str,
    data: str,
    embed_every: int = EMBED_EVERY,
    seed: int = 0,
    command: str = "",
    compute: Compute | None = None,
    panels: Panels = "fail",
    origin: str = "",
    replaces: bool = False,
) -> Plan:
    """Score videos: each is compared with its reference, and the references have a row of their own.

    Args:
        method: name of what is scored, in tables.
        data: name of the references, in tables.
        panels: "score" takes frames of another shape than their reference's, and such as show the person twice.
        origin: which files these are, in words.
        replaces: results in `out` that scoring would lose may be replaced.
    """
    whole = [pair for pair in pairs.pairs if pair.problem is None]
    generated = {pair.id: pair.generated for pair in whole if pair.generated is not None}
    lost = {pair.id: pair.problem for pair in pairs.pairs if pair.reference is not None and pair.problem is not None}
    audio = {pair.id: pair.audio for pair in whole if pair.audio is not None} if pairs.has_audio else None
    return Plan(
        protocol=PlannedProtocol(PROTOCOL, PROTOCOL_VERSION, seed, embed_every),
        data=PlannedData(data, None, synthetic=False),
        cases=tuple(_case(pair, pairs) for pair in pairs.pairs),
        methods=(
            PlannedMethod(method, Existing(generated, audio, reasons=lost), origin=origin),
            PlannedMethod(REFERENCE_ROW, Reference()),
        ),
        metrics=tuple(metrics),
        networks=networks,
        out=out,
        command=command,
        compute=compute or Compute(),
        notes=tuple(_remarks(pairs, metrics, networks, panels)),
        panels=panels,
        replaces=replaces,
    )


def allowed_metrics() -> list[MetricCard]:
    """Every metric whose inputs existing videos can have: all but those that look inside of a method."""
    return [metric for metric in CARDS.values() if "latents" not in metric.needs]


def _case(pair: Pair, pairs: PairList) -> PlannedCase:
    no_source = NO_SOURCE if pairs.has_sources and pair.source is None else None
    return PlannedCase(
        id=pair.id,
        cluster=pair.cluster,
        source_cluster=pair.source_cluster,
        source=None if pair.source is None else Input("source", pair.source, "first-frame"),
        source_label=pair.source.name if pair.source is not None else "first frame of the reference",
        driver=None if pair.reference is None else Input("reference", pair.reference, "clip"),
        driver_label=pair.id,
        audio=pair.reference or NO_AUDIO,  # its own: the row `reference` must not hear what was generated
        has_reference=True,
        no_source=no_source,
        problem=pair.problem if pair.reference is None else None,  # a generated video that is not here is its method's
    )


def _remarks(pairs: PairList, metrics: Sequence[MetricCard], networks: NetworkStatus, panels: Panels) -> list[str]:
    """Where identity and audio come from, which changes what numbers mean; then what is in no pair."""
    source = (
        "the source given for each pair"
        if pairs.has_sources
        else "the first frame of each reference, because no source was given"
    )
    lines = [f"identity is compared with {source}"]
    computable = [metric for metric in metrics if networks.missing_for(metric) is None]
    if split_ids(one for metric in computable for one in metric.features)[2]:
        audio = "the sound file of each pair" if pairs.has_audio else "each generated file's own sound"
        lines.append(f"sync is measured against {audio}, in the row {REFERENCE_ROW} against each reference's own")
    if panels == "score":
        lines.append("frames of another shape than their reference's are scored, and such as show the person twice")
    if all(pair.cluster == pair.id for pair in pairs.pairs):
        lines.append(
            "every pair counts as another person, because no cluster was given: intervals, and what"
            " csim_calibration calls different people, depend on it"
        )
    return [*lines, *(f"{label} is in no pair: {reason}" for label, reason in pairs.left_out)]
