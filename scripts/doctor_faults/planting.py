"""A fault in place: the code of a function is exchanged wherever the function is known, and put back afterwards."""

from __future__ import annotations
import __future__

import ast
import copy
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from types import CodeType, FrameType

from benchmark.doctor.known_values.value import KnownValue
from scripts.doctor_faults.behind import Behind, Functions
from scripts.doctor_faults.constants import ConstantFault
from scripts.doctor_faults.families import changes_of

SECONDS = 20.0
"""Of processor time; a fault that makes a loop endless is found by this."""


class TooSlow(BaseException):
    """A fault that takes longer than any right answer; no error that a check could take for its own."""


@dataclass(frozen=True, eq=False)
class Fault:
    """A function that is altered at one place: the fault of this index among all that the rules find in it."""

    place: Behind
    index: int
    family: str
    lines: range
    before: str
    after: str
    right: CodeType
    number: int = 1

    @property
    def name(self) -> str:
        """The same wherever the line stands: function, what became what, and which of equal places it is."""
        place = f" #{self.number}" if self.number > 1 else ""
        return f"{self.place.name}: {self.before} -> {self.after}{place}"

    @cached_property
    def code(self) -> CodeType:
        """Compiled when it is planted: most faults that are found are not drawn."""
        with closing(changes_of(self.place.definition)) as changes:
            next(islice(changes, self.index, None))
            return _compiled(self.place.definition, self.place)

    def put(self) -> None:
        """Plant it."""
        self._exchange(self.code)

    def take_back(self) -> None:
        """As it was."""
        self._exchange(self.right)

    def _exchange(self, code: CodeType) -> None:
        for one in self.place.functions:
            one.__code__ = code


AnyFault = Fault | ConstantFault


def faults_of(place: Behind) -> list[Fault]:
    """Every fault of every family that the rules find in a function."""
    found: list[Fault] = []
    alike: Counter[tuple[str, str, str]] = Counter()
    right = place.functions[0].__code__
    for index, change in enumerate(changes_of(place.definition)):
        kind = (change.family, change.before, change.after)
        alike[kind] += 1
        found.append(Fault(place, index, change.family, change.lines, change.before, change.after, right, alike[kind]))
    return found


def _compiled(definition: ast.FunctionDef, place: Behind) -> CodeType:
    """The definition's code, with the same variables of functions around it."""
    function = place.functions[0]
    inner = copy.deepcopy(definition)
    inner.decorator_list, free = [], function.__code__.co_freevars
    body: list[ast.stmt] = [ast.Assign([ast.Name(one, ast.Store())], ast.Constant(None)) for one in free]
    outer = ast.parse("def outer(): pass").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.body = [*body, inner, ast.Return(ast.Name(inner.name, ast.Load()))]
    module = ast.fix_missing_locations(ast.Module([outer], []))
    namespace = dict(function.__globals__)
    flags = __future__.annotations.compiler_flag
    exec(compile(module, f"<{place.name}>", "exec", flags=flags, dont_inherit=True), namespace)
    code: CodeType = namespace["outer"]().__code__
    if code.co_freevars != free:
        raise ValueError(f"expected the variables {free} around {place.name} but got {code.co_freevars}")
    return code


@contextmanager
def planted(fault: AnyFault, functions: Functions) -> Iterator[None]:
    """The process with the fault in it."""
    functions.clear_caches()
    try:
        fault.put()
        yield
    finally:
        fault.take_back()
        functions.clear_caches()


def verdict(fault: AnyFault, values: Sequence[KnownValue], functions: Functions) -> str:
    """How the fault is found by the first known value that misses it: "value", "error" or "time"; "" if by none."""
    with planted(fault, functions):
        for one in values:
            try:
                with _limited():
                    answer = one.measure()
            except TooSlow:
                return "time"
            if not one.holds(answer):
                return "error" if answer.measured.broken else "value"
    return ""


@contextmanager
def _limited() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
