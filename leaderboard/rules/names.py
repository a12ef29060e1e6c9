"""One line where two things differ that should be equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

_SHOWN = 3  # names in one line


def different(label: str, expected: Mapping[str, object], got: object) -> Iterator[str]:
    """A line for each attribute of `got` that is not as expected."""
    for name, want in expected.items():
        have = getattr(got, name)
        if have != want or type(have) is not type(want):
            yield f"{label}: expected {name} {want!r} but got {have!r}"


def not_the_list(label: str, expected: Sequence[str], got: Sequence[str]) -> Iterator[str]:
    """A line when two lists of names differ: what is missing, too much, repeated, or in another order."""
    if list(expected) == list(got):
        return
    parts = []
    for word, names in (("missing", set(expected) - set(got)), ("extra", set(got) - set(expected))):
        if names:
            parts.append(f"{word} {some(names)}")
    repeated = {name for name, count in Counter(got).items() if count > 1}
    if repeated:
        parts.append(f"repeated {some(repeated)}")
    yield f"{label}: {', '.join(parts) or 'not in the order of a run'}"


def some(names: Iterable[str]) -> str:
    """The first of some names, and how many more there are."""
    listed = sorted(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return f"{', '.join(map(repr, listed[:_SHOWN]))}{more}"
