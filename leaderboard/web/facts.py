"""What a results file says of its methods besides numbers: licence, training data, speed, machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feed_dataset.core.jobs.cells import one_line


@dataclass(frozen=True)
class MethodFacts:
    """What a method's card says; None stands for "not stated".

    Args:
        trained_on: corpora or single people; empty for a method without training.
        seen_people: people of this protocol's data whom the method was trained on.
        hears: languages that what it hears with was trained on, where sound drives and it says so.
        frames_per_s: after its first frame, on the machine of the run.
        drives: what drives it, such as "image".
    """

    licence: str
    trained_on: tuple[str, ...] | None = None
    seen_people: tuple[str, ...] | None = None
    hears: tuple[str, ...] | None = None
    frames_per_s: float | None = None
    drives: tuple[str, ...] = ()
    weights_sha256: str | None = None
    paper: str | None = None
    repository: str | None = None
    commit: str | None = None

    @property
    def contamination(self) -> str:
        """Whether the method saw the people that it is judged on, in a few words."""
        if self.seen_people:
            return f"trained on {len(self.seen_people)} of these people"
        if self.seen_people is not None:
            return "no training" if self.trained_on == () else "trained on none of these people"
        return "training data not stated" if self.trained_on is None else f"trained on {', '.join(self.trained_on)}"


@dataclass(frozen=True)
class RunFacts:
    """The machine of a run, and its methods by name."""

    device: str
    created_at: str
    methods: Mapping[str, MethodFacts]


UNKNOWN = MethodFacts(licence="not stated")


def facts_of(document: str) -> RunFacts:
    """Read them from a stored results file, which was checked when it came in.

    Args:
        document: JSON text.
    """
    content: dict[str, Any] = json.loads(document)
    return RunFacts(
        device=content["environment"]["device"],
        created_at=content["created_at"],
        methods={method["name"]: _method(method) for method in content["methods"]},
    )


def _method(record: Mapping[str, Any]) -> MethodFacts:
    card = record.get("card") or {}
    median_s = (record.get("speed") or {}).get("frame_p50_s")
    return MethodFacts(
        licence=one_line(record["licence"]) or "not stated",
        trained_on=_names(card.get("trained_on")),
        seen_people=_names(card.get("seen_people")),
        hears=_names(card.get("hears")),
        frames_per_s=1 / median_s if median_s else None,
        drives=tuple(card.get("drives") or ()),
        weights_sha256=record["weights_sha256"],
        paper=card.get("paper"),
        repository=card.get("repository"),
        commit=card.get("commit"),
    )


def _names(listed: list[str] | None) -> tuple[str, ...] | None:
    return None if listed is None else tuple(map(one_line, listed))
