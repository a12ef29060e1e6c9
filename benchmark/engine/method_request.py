"""What a protocol and this machine ask of a method's card, and what of the card stands in the results."""

from __future__ import annotations

import platform
from collections.abc import Collection, Sequence
from fractions import Fraction
from importlib.metadata import version

from baselines.interface.capabilities import Capabilities
from baselines.interface.refusals import Request, reads_drivers, seen_people
from baselines.outside.command import CommandMethod
from benchmark.features.types.extractor import Compute
from benchmark.metrics import MetricCard
from benchmark.protocols.case import Case, Source
from benchmark.protocols.protocol import Protocol
from benchmark.results.schema import CardRecord
from feed_dataset.core.media.thinning import plan_frames

PHOTOS = "photo"
"""The corpus of photographs among people: "photo/grace_hopper"."""


def request_to(
    card: Capabilities,
    kind: type,
    protocol: Protocol,
    cases: Sequence[Case],
    metrics: Sequence[MetricCard],
    compute: Compute,
) -> Request:
    """What is asked of a method.

    Args:
        kind: its class: a command's code runs in another interpreter, and its videos may end early.

    Raises:
        FeedError: a driver's file cannot be read; only where the card makes its frames matter.
    """
    is_command = issubclass(kind, CommandMethod)
    return Request(
        gives=protocol.gives,
        takes=protocol.asks.takes,
        needs_latents=all("latents" in metric.needs for metric in metrics),
        may_optimise=not protocol.asks.no_optimisation,
        motion=protocol.asks.motion,
        needs_seed=protocol.asks.seeded,
        needs_unseen=protocol.asks.unseen_people,
        people=people_of(protocol, cases),
        spoken=[case.language for case in cases if case.language is not None] if protocol.is_heard else (),
        drivers=_drivers(protocol, cases) if reads_drivers(card) else {},
        whole_videos=is_command,
        device=compute.device,
        versions={} if is_command else {"python": platform.python_version(), "torch": version("torch")},
    )


def people_of(protocol: Protocol, cases: Sequence[Case]) -> tuple[str, ...]:
    """Everyone who drives or is driven, as "CORPUS/PERSON"."""
    found = {f"{case.corpus or protocol.data}/{case.cluster}" for case in cases}
    found |= {f"{_corpus_of(case.source, protocol)}/{case.source.label}" for case in cases}
    return tuple(sorted(found))


def _corpus_of(source: Source, protocol: Protocol) -> str:
    return source.corpus or (PHOTOS if source.is_photo else protocol.data)


def licence_of(card: Capabilities) -> str:
    """Of code and weights, in one text."""
    if card.weights_licence is None or card.weights_licence == card.licence:
        return card.licence
    return f"{card.licence}; weights: {card.weights_licence}"


def card_record(card: Capabilities, people: Collection[str], *, is_heard: bool) -> CardRecord:
    """The card as it stands in the results.

    Args:
        is_heard: whether sound drives; elsewhere languages say nothing of the method's numbers.
    """
    seen = seen_people(card, people)
    return CardRecord(
        drives=sorted(card.drives),
        size_px=card.size_px,
        fps=None if card.fps is None else str(card.fps),
        crop=card.crop,
        motion=card.motion,
        frame_rule=None if card.frame_rule is None else str(card.frame_rule),
        lossless=card.lossless,
        needs_optimisation=card.needs_optimisation,
        needs_gpu=card.needs_gpu,
        seeded=card.seeded,
        parallel_safe=card.parallel_safe,
        trained_on=None if card.trained_on is None else sorted(card.trained_on),
        seen_people=None if seen is None else list(seen),
        hears=sorted(card.hears) if is_heard and card.hears is not None and "audio" in card.drives else None,
        python=card.python,
        torch=card.torch,
        paper=card.paper,
        repository=card.repository,
        commit=card.commit,
    )


def _drivers(protocol: Protocol, cases: Sequence[Case]) -> dict[str, tuple[int, int, Fraction]]:
    """Frames, frames that are used, and the rate of the used ones, of every driver that is a video."""
    if protocol.drives_with_images:
        return {}
    found = {}
    for name, path in {case.driver_id: case.driver_path for case in cases}.items():
        plan = plan_frames(path, protocol.frames_per_case, span_s=protocol.span_s)
        found[name] = (plan.frame_count, len(plan.indices), plan.fps)
    return found
