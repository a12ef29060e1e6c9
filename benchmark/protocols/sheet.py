"""Everything that a protocol says, in lines that a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmark.metrics import CARDS
from benchmark.protocols.case import CaseList
from benchmark.protocols.part import Part
from benchmark.protocols.protocol import RULES, Protocol, wanted_data

Block = tuple[str, list[str]]
_GIVEN = {"image": "every frame", "audio": "audio", "pose": "head rotations"}
_GIVEN_OF_VIEWS = _GIVEN | {"image": "every frame of the central camera", "pose": "head rotations of the target"}


def sheet_of(protocol: Protocol, found: CaseList | None = None) -> Iterator[Block]:
    """Headings with their lines; `found` is the case list of the data that is here."""
    about = protocol.about
    yield f"{protocol.name} v{protocol.version}", [protocol.summary, *([] if about.paper is None else [about.paper])]
    yield "cases", _cases(protocol, found)
    yield "input", _input(protocol)
    yield "metrics", [_metric(name) for name in protocol.metrics]
    if about.rows:
        yield "rows beside methods", [f"{name}: {why}" for name, why in about.rows.items()]
    if about.reported:
        tables = ", ".join(about.reported)
        yield "read beside, never ranked with", [f"{tables} (feed leaderboard show has the printed numbers)"]
    for point in about.open:
        others = "; ".join(point.alternatives)
        yield f"open: {point.question}", [f"here: {point.choice}", f"why: {point.why}", f"also possible: {others}"]


def _cases(protocol: Protocol, found: CaseList | None) -> list[str]:
    lines = [f"task: {protocol.task}", f"seed: {protocol.seed}"]
    for name in (*RULES, "sources"):
        part = getattr(protocol, name)
        if part is not None and part != type(protocol).model_fields[name].default:
            lines += _described(name, part)
    if found is not None:
        return [*lines, f"{len(found.cases)} on this data, case list {found.sha256}"]
    lines.append(f"up to {protocol.cases_at_most}; they depend on your copy, see {wanted_data(protocol.corpora)}")
    stated = protocol.about.stated
    if stated is not None:
        lines.append(f"stated listing ({stated.listing}): {stated.cases} cases, case list {stated.sha256}")
    return lines


def _input(protocol: Protocol) -> list[str]:
    frames = "1 frame a case" if protocol.frames_per_case == 1 else f"up to {protocol.frames_per_case} frames a case"
    embedded = f", identity on 1 frame of {protocol.embed_every}" if protocol.embed_every > 1 else ""
    words, of_what = (_GIVEN, " of the driver") if protocol.views is None else (_GIVEN_OF_VIEWS, "")
    given = [words[name] for name in protocol.gives] or ["only the first frame"]
    lines = [
        f"data: {protocol.data_name}",
        f"crop: a square around the face, {protocol.crop_scale:g} times the published code's, {protocol.size_px} px",
        f"frames: {frames}{embedded}",
        f"a method sees{of_what}: {', '.join(given)}",
    ]
    asked = {name: value for name, value in protocol.asks.model_dump().items() if value}
    return [*lines, *(f"asks of a method: {name} {_plain(value)}" for name, value in asked.items())]


def _metric(name: str) -> str:
    card = CARDS.get(name)
    if card is None:
        return f"{name}: no such metric here"
    # A card says "None: ..." under its heading; here that word would stand alone.
    words = card.preprocessing.rstrip(".").removeprefix("None: ").replace("None besides", "nothing besides")
    return f"{name}: {card.title}; {words or 'no preprocessing of its own'}"


def _described(name: str, part: Any) -> list[str]:
    """A part of the file as "pairs.sources.corpus: ffhq"; what is at its default is left out."""
    if not isinstance(part, Part):
        return [f"{name}: {_plain(part)}"]
    fields = type(part).model_fields
    used = [field for field in fields if getattr(part, field) != fields[field].default]
    return [line for field in used for line in _described(f"{name}.{field}", getattr(part, field))]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_plain(values)}" for name, values in value.items())
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
