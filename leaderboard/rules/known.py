"""What the leaderboard knows of protocols: everything of those that it ships, cases too where their data ships.

`leaderboard` does not read data, so the cases are a data file, written by `scripts/export_protocols.py`; a test
compares it with what the benchmark builds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.protocols.protocol import Protocol


@dataclass(frozen=True)
class KnownCase:
    """One case: its id, who drives and is driven, and the frames that a run makes of it at most."""

    id: str
    cluster: str
    source_cluster: str
    frames: int


@dataclass(frozen=True)
class KnownCases:
    """The cases of a protocol on one data set."""

    sha256: str
    cases: tuple[KnownCase, ...]
    data_digest: str


@dataclass(frozen=True)
class KnownProtocol:
    """One protocol: a submission that names it must match it exactly.

    Args:
        has_references: the driver's frames are also what should come out, hence results have a row of references.
        data: name of the data set.
        is_rendered: its data comes with the package: people and motions that were rendered.
        settings: what else results record of it, by name.
        cases: None where they depend on somebody's copy of the data.
    """

    name: str
    version: str
    size_px: int
    frames_per_case: int
    embed_every: int
    seed: int
    has_references: bool
    metrics: tuple[str, ...]
    data: str
    is_rendered: bool
    settings: Mapping[str, str]
    cases: KnownCases | None


@cache
def known_protocols() -> dict[str, KnownProtocol]:
    """Shipped protocols by name."""
    from benchmark.protocols import protocol

    return {name: known_protocol(protocol.load(name)) for name in protocol.names()}


def known_protocol(protocol: Protocol) -> KnownProtocol:
    """What a submission to a protocol must match; the cases, too, where the leaderboard has them."""
    from benchmark.protocols.settings import recorded_settings

    return KnownProtocol(
        name=protocol.name,
        version=protocol.version,
        size_px=protocol.size_px,
        frames_per_case=protocol.frames_per_case,
        embed_every=protocol.embed_every,
        seed=protocol.seed,
        has_references=protocol.has_references,
        metrics=protocol.metrics,
        data=protocol.data_name,
        is_rendered=protocol.root is not None,
        settings=recorded_settings(protocol.embed_every, protocol.crop_scale, protocol.gives),
        cases=_shipped_cases().get(protocol.name),
    )


@cache
def _shipped_cases() -> dict[str, KnownCases]:
    text = (files("leaderboard") / "data" / "protocols.json").read_text(encoding="utf-8")
    return {entry["name"]: _cases(entry) for entry in json.loads(text)["protocols"]}


def _cases(entry: dict[str, Any]) -> KnownCases:
    return KnownCases(
        sha256=entry["case_list_sha256"],
        cases=tuple(KnownCase(*case) for case in entry["cases"]),
        data_digest=entry["data_digest"],
    )
