"""The functions behind a metric: those of the metrics' and features' rooms that run when its known values are asked."""

from __future__ import annotations

import ast
import gc
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any

from benchmark.doctor.known_values.value import KnownValue

ROOMS = ("benchmark.metrics.", "benchmark.features.", "feed_dataset.core.faces.geometry")
NOT_VALUES = {
    "benchmark.metrics.catalog": "finds the metric by its name",
    "benchmark.metrics.jackknife": "intervals, whose coverage `scripts.bench_statistics` measures",
    "benchmark.metrics.precision_recall.shares_without": "intervals: values without some people",
    "benchmark.features.types.extractor": "data about extractors",
    "benchmark.features.extractors.catalog": "finds extractors by their names",
    "benchmark.features.networks.folding": "how a network's layers are put together; checked against packages",
}
"""Modules and functions that run, but decide no value, and why."""
_TEXTS = ("str", "str | None", "None", "bool")


@dataclass(frozen=True, eq=False)
class Behind:
    """One function behind metrics.

    Args:
        name: module and qualified name.
        functions: the objects that share its code: one, or one for each closure.
        definition: its text.
    """

    name: str
    functions: tuple[FunctionType, ...]
    definition: ast.FunctionDef


class Functions:
    """Every function of the rooms in this process, by its code; and the caches in front of some of them."""

    def __init__(self) -> None:
        by_code: dict[CodeType, list[FunctionType]] = {}
        self._caches: list[Any] = []
        for one in gc.get_objects():
            if type(one) is FunctionType and is_inside(one.__module__):
                by_code.setdefault(one.__code__, []).append(one)
            elif type(one).__name__ == "_lru_cache_wrapper" and is_inside(getattr(one, "__module__", None)):
                self._caches.append(one)
        self._by_code = by_code
        self._known: dict[CodeType, Behind | None] = {}
        self._parts = {code: frozenset(_within(code)) for code in by_code}
        self._traced = frozenset().union(*self._parts.values())

    def clear_caches(self) -> None:
        """What functions gave before they were altered is forgotten."""
        for cache in self._caches:
            cache.cache_clear()

    def behind(self, values: Iterable[KnownValue]) -> dict[Behind, set[int]]:
        """The functions that run when these values are asked, in the order of their first call.

        A function that another one of them makes anew in each call belongs to that one: what was left of earlier calls
        is not what runs. With each the lines of it that run, counted from 1 at its first.
        """
        self.clear_caches()
        ran: dict[CodeType, set[int]] = {}

        def note(frame: FrameType, event: str, argument: object) -> Any:
            if frame.f_code not in self._traced:
                return None
            ran.setdefault(frame.f_code, set()).add(frame.f_lineno)
            return note

        before = sys.gettrace()
        sys.settrace(note)
        try:
            for value in values:
                value.measure()
        finally:
            sys.settrace(before)
        called = {code: found for code in ran if (found := self._place(code)) is not None}
        made = {part for code in called for part in self._parts[code] if part != code}
        return {place: self._lines(code, ran) for code, place in called.items() if code not in made}

    def _place(self, code: CodeType) -> Behind | None:
        """The function that has this code, once its text is read; None where it decides no value."""
        if code not in self._by_code:
            return None
        if code not in self._known:
            self._known[code] = _behind(self._by_code[code])
        return self._known[code]

    def _lines(self, code: CodeType, ran: dict[CodeType, set[int]]) -> set[int]:
        absolute = set().union(*(ran.get(part, set()) for part in self._parts[code]))
        return {line - code.co_firstlineno + 1 for line in absolute}


def _within(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of functions and comprehensions in it."""
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _within(one)


def is_inside(module: str | None) -> bool:
    """Whether a module is one of the rooms', and decides values."""
    return bool(module) and f"{module}.".startswith(ROOMS) and module not in NOT_VALUES


def _behind(functions: list[FunctionType]) -> Behind | None:
    one = functions[0]
    name = f"{one.__module__}.{one.__qualname__}"
    if name in NOT_VALUES or hasattr(
        one, "__wrapped__"
    ):  # a decorator's own function, whose text would be that of the one inside
        return None
    try:
        parsed = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
    except (OSError, SyntaxError, TypeError):  # made by a library, or a lambda in the middle of a line
        return None
    if not isinstance(parsed, ast.FunctionDef) or parsed.name != one.__name__:
        return None
    if parsed.returns is not None and ast.unparse(parsed.returns) in _TEXTS:
        return None  # words about a value, not the value
    return Behind(name, tuple(functions), parsed)
