"""One thing to generate, and the list of them with its hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmark.protocols.protocol import RULES, Protocol

DriverKind = Literal["clip", "frame", "photo"]
_LATER = ("gives", "asks", *RULES)
"""Fields of a protocol that enter the hash only where they are used: lists keep theirs when protocols can say more."""


@dataclass(frozen=True)
class Source:
    """What is driven: the first frame of a clip, or a photograph.

    Args:
        id: "S07/FF_NR_C@0", "photo:grace_hopper" or "ffhq/00012".
        label: whom it shows: "S07", "grace_hopper" or "00012".
        at: of one frame of a video, where it stands there: 0 is its start and 1 its end.
        sha256: of a photograph: another file is an error.
        corpus: where it is from, where a protocol has several; "" takes the protocol's data.
    """

    id: str
    label: str
    path: Path
    is_photo: bool
    at: float | None = None
    sha256: str | None = None
    corpus: str = ""


@dataclass(frozen=True)
class CaseViews:
    """The cameras of a case besides the target, whose clip is the case's driver.

    Args:
        seen: the clip whose frames a method is driven by.
        seen_id: its name: "S07/FF_NR_C".
        others: what all other cameras saw, the seen one first.
        is_audited: whether offsets between the cameras' clocks must be found first.
    """

    seen: Path
    seen_id: str
    others: tuple[Path, ...]
    is_audited: bool


@dataclass(frozen=True)
class Case:
    """One thing to generate.

    Args:
        cluster: the driver's subject: cases of one subject are not independent.
        has_reference: the driver's frames are also what should come out.
        driver_kind: a clip, one frame of a video, or a photograph.
        driver_at: of one frame, where it stands in its video: 0 is its start and 1 its end.
        corpus: where the driver is from, where a protocol has several.
        language: that the driver speaks, where the data says it.
        views: of several cameras, what a method sees instead of the driver, which is what should come out.
    """

    id: str
    cluster: str
    source: Source
    driver_id: str
    driver_path: Path
    has_reference: bool
    driver_kind: DriverKind = "clip"
    driver_at: float | None = None
    corpus: str = ""
    language: str | None = None
    views: CaseViews | None = None

    @property
    def source_cluster(self) -> str:
        """Who is driven: a subject, or a photograph. Cases of one source are not independent either."""
        return self.source.id if self.source.is_photo and not self.source.corpus else self.source.label

    @property
    def drives_id(self) -> str:
        """What a method is driven by."""
        return self.driver_id if self.views is None else self.views.seen_id

    @property
    def judged_id(self) -> str | None:
        """What outputs are judged against, where it is another clip than drives; None: where there is no other."""
        return None if self.views is None else self.driver_id


@dataclass(frozen=True)
class CaseList:
    """The cases of a protocol on some data; `sha256` covers the protocol's settings and every pairing."""

    cases: tuple[Case, ...]
    sha256: str


def case_list(protocol: Protocol, cases: Sequence[Case]) -> CaseList:
    """The list with its hash."""
    return CaseList(tuple(cases), _list_sha256(protocol, cases))


def who_drives(driver: str, source: str, judged: str | None) -> str:
    """One line for readers: who drives whom, and what the output is judged against where that is another clip."""
    return f"{driver} drives {source}{'' if judged is None else f', judged against {judged}'}"


def case_id(driver_id: str, source_label: str | None = None) -> str:
    """A name that is a file's: of the driver, and of the source where it is somebody else."""
    name = driver_id if source_label is None else f"{driver_id}--{source_label}"
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name.replace("/", "-"))


def _list_sha256(protocol: Protocol, cases: Sequence[Case]) -> str:
    fields = type(protocol).model_fields
    unused = {name for name in _LATER if getattr(protocol, name) == fields[name].default}
    settings = protocol.model_dump(mode="json", exclude={"summary", "about", *unused})
    if not protocol.asks.takes and "asks" in settings:
        del settings["asks"]["takes"]
    if protocol.sources.subjects is None:
        del settings["sources"]["subjects"]
    content = {"protocol": settings, "cases": [_described(case) for case in cases]}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _described(case: Case) -> list[object]:
    places = [round(at, 9) for at in (case.driver_at, case.source.at) if at is not None]
    return [case.id, case.cluster, case.driver_id, case.source.id, case.source.sha256, case.has_reference, *places]
