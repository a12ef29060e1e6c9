"""Faults of constants of modules: a threshold, weight, size or set of points that functions behind a metric read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np

from scripts.doctor_faults.behind import Behind, is_inside
from scripts.doctor_faults.families import CONSTANT, FACTOR

_MOST = 8  # numbers of a tuple that are shown
_SCALES = (int, float)


@dataclass(frozen=True, eq=False)
class ConstantFault:
    """A constant that has another value in every module that has it.

    Args:
        place: a function that reads it.
        owner: module that it belongs to.
        constant: its name there.
        modules: variables of the modules that have it.
        wrong: the value that it has while the fault is planted.
    """

    place: Behind
    owner: str
    constant: str
    modules: tuple[dict[str, Any], ...]
    right: Any
    wrong: Any
    after: str
    family: str = CONSTANT

    @property
    def name(self) -> str:
        """Module, constant, and what it became."""
        return f"{self.owner}.{self.constant}: {_shown(self.right)} -> {self.after}"

    def put(self) -> None:
        """Plant it."""
        for one in self.modules:
            one[self.constant] = self.wrong

    def take_back(self) -> None:
        """As it was."""
        for one in self.modules:
            one[self.constant] = self.right


def constant_faults(place: Behind) -> Iterator[ConstantFault]:
    """Scaled and zeroed numbers, and sets of points without the last one, of all constants that a function reads."""
    variables = place.functions[0].__globals__
    for name in sorted(set(_names(place.functions[0].__code__))):
        if name.strip("_").isupper() and name in variables:
            right = variables[name]
            modules = tuple(_holders(name, right))
            owner = _owner(name, place, modules)
            for after, wrong in wrong_values(right).items():
                yield ConstantFault(place, owner, name, modules, right, wrong, after)


def wrong_values(right: object) -> Mapping[str, Any]:
    """What a constant may become, by how it is called; empty for one that is no number and no sequence of them."""
    if isinstance(right, bool) or (isinstance(right, float) and not np.isfinite(right)):
        return {}
    if isinstance(right, int):
        return {f"{right + 1}": right + 1, "0": 0} if right else {}
    if isinstance(right, float):
        return {"scaled": right * FACTOR, "0": 0.0} if right else {}
    if not isinstance(right, tuple | list | np.ndarray):
        return {}
    array = np.asarray(right) if _is_numeric(right) else None
    if array is None or not array.size or array.dtype == bool:
        return {}
    if np.issubdtype(array.dtype, np.integer):
        return {"without the last": right[:-1]} if len(right) > 1 else {}
    scaled, zeroed = array * FACTOR, np.zeros_like(array)
    if isinstance(right, np.ndarray):
        return {"scaled": scaled, "zeroed": zeroed}
    kind = type(right)
    return {"scaled": kind(scaled.tolist()), "zeroed": kind(zeroed.tolist())}


def _is_numeric(right: Any) -> bool:
    if isinstance(right, np.ndarray):
        return bool(np.issubdtype(right.dtype, np.number))
    return all(isinstance(one, _SCALES) and not isinstance(one, bool) for one in right)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _names(one)


def _holders(name: str, right: object) -> Iterator[dict[str, Any]]:
    """The variables of every module that has this constant, its own and those that import it."""
    for module in list(sys.modules.values()):
        variables = getattr(module, "__dict__", {})
        if is_inside(variables.get("__name__")) and name in variables and _is_same(variables[name], right):
            yield variables


def _is_same(one: object, other: object) -> bool:
    """Numbers of one name and value are taken for one constant, whoever imports it from whom."""
    return one is other or (type(one) is type(other) and isinstance(one, _SCALES) and one == other)


def _owner(name: str, place: Behind, modules: tuple[dict[str, Any], ...]) -> str:
    """The module in whose text it is assigned; that of the function where none of them is known."""
    owners = [str(one["__name__"]) for one in modules if _assigns(str(one["__name__"]), name)]
    return min(owners) if owners else str(place.functions[0].__module__)


def _assigns(module: str, name: str) -> bool:
    import inspect

    try:
        text = inspect.getsource(sys.modules[module])
    except (OSError, TypeError):
        return False
    return any(line.startswith((f"{name} =", f"{name}:")) for line in text.splitlines())


def _shown(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"array {list(value.shape)}"
    if isinstance(value, tuple | list) and len(value) > _MOST:
        return f"{len(value)} numbers"
    return repr(value)
