"""Seeded mutations of a results file: of its values, its structure and its bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

Container = dict[str, Any] | list[Any]
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.0, -0.0, 0.5, 1e300, -1e300, 2**31, 2**63, 10**40, "", "0", "nan", "x" * 500, [], {}
)  # fmt: skip
LETTERS = "\u200b\u2060\u202e\u0000\u00e9\u0430 a1[]/\n\ud800"
TOKENS = (b"NaN", b"Infinity", b"1e999", b"null", b"[", b"]", b"{", b"}", b",", b'"', b"\\u0000", b"\xff", b"-")


def places(part: Container) -> Iterator[tuple[Container, Any]]:
    """Every (container, key) below a document."""
    for key in list(part) if isinstance(part, dict) else range(len(part)):
        yield part, key
        if isinstance(part[key], dict | list):
            yield from places(part[key])


def mutated(text: str, seed: int) -> bytes:
    """A results file with one to three mutations; one in eight has damaged bytes instead."""
    draw = random.Random(seed)
    if draw.random() < 1 / 8:
        return _damaged(text.encode(), draw)
    document = json.loads(text)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        every = [place for place in places(document) if place[0]]
        part, key = draw.choice(every)
        draw.choice(_MUTATIONS)(part, key, every, draw)
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _damaged(raw: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(raw))
    kind = draw.randrange(4)
    if kind == 0:
        return raw[:at]
    if kind == 1:
        return raw[:at] + draw.choice(TOKENS) + raw[at:]
    if kind == 2:
        return raw[:at] + bytes([draw.randrange(256)]) + raw[at + 1 :]
    other = draw.randrange(len(raw))
    return raw[: min(at, other)] + raw[max(at, other) :]


def _replaced(part: Any, key: Any, every: list[tuple[Container, Any]], draw: random.Random) -> None:
    part[key] = draw.choice(STRANGE)


def _nudged(part: Any, key: Any, every: list[tuple[Container, Any]], draw: random.Random) -> None:
    value = part[key]
    if isinstance(value, bool):
        part[key] = not value
    elif isinstance(value, int):
        part[key] = draw.choice((value + 1, value - 1, -value, 2 * value, float(value)))
    elif isinstance(value, float):
        part[key] = draw.choice((value * 1.01, value + 1e-6, -value, 1 - value, str(value)))
    elif isinstance(value, str):
        at = draw.randrange(len(value) + 1)
        part[key] = value[:at] + draw.choice(LETTERS) + value[at + draw.randrange(2) :]
    elif isinstance(value, list):
        draw.shuffle(value)


def _moved(part: Any, key: Any, every: list[tuple[Container, Any]], draw: random.Random) -> None:
    """The value of another place, of the same name where there is one."""
    same = [(p, k) for p, k in every if k == key and isinstance(k, str) and k in p]
    other, place = draw.choice(same or every)
    if isinstance(other, dict) and place not in other:
        return
    try:
        part[key], other[place] = json.loads(json.dumps([other[place], part[key]]))  # type: ignore[index]
    except (IndexError, KeyError):
        return  # an earlier mutation took it away


def _removed(part: Any, key: Any, every: list[tuple[Container, Any]], draw: random.Random) -> None:
    del part[key]


def _repeated(part: Any, key: Any, every: list[tuple[Container, Any]], draw: random.Random) -> None:
    if isinstance(part, list):
        part.insert(draw.randrange(len(part) + 1), json.loads(json.dumps(part[key])))
    else:
        part[f"{key}{draw.choice(LETTERS[:4])}"] = part[key]


_MUTATIONS: tuple[Callable[..., None], ...] = (_replaced, _nudged, _nudged, _moved, _removed, _repeated)
