"""The adapters that this package brings, by name: read when they are asked for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from baselines.interface.errors import UnknownMethod
from baselines.official.adapter import Adapter, InvalidAdapter, Variant, read_adapter
from feed_dataset.core.jobs.suggestions import unknown

_SUFFIX = ".toml"


@cache
def adapter_names() -> tuple[str, ...]:
    """Every repository that is described here, sorted, the ones that cannot be run included."""
    found = (entry.name for entry in files("baselines.official").iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


@cache
def adapter(name: str) -> Adapter:
    """One adapter. Raises UnknownMethod naming the nearest, or InvalidAdapter."""
    if name not in adapter_names():
        raise UnknownMethod(unknown("official repository", name, adapter_names()))
    place = files("baselines.official") / f"{name}{_SUFFIX}"
    found = read_adapter(place.read_text(encoding="utf-8"), place.name)
    if found.name != name:
        raise InvalidAdapter(f"{place.name}: expected name = {name!r} but got {found.name!r}")
    return found


@cache
def method_names() -> tuple[str, ...]:
    """Every way to run one, sorted: NAME for its default variant, NAME-VARIANT for the others."""
    return tuple(sorted(name for one in adapter_names() for name in _variants(adapter(one))))


def split_name(name: str) -> tuple[Adapter, str]:
    """The adapter and variant of a method's name. Raises UnknownMethod naming the nearest."""
    for one in adapter_names():
        found = adapter(one)
        if name in _variants(found):
            return found, _variants(found)[name]
    raise UnknownMethod(unknown("official method", name, method_names()))


def variant(found: Adapter, name: str) -> Variant:
    """One variant of an adapter."""
    return found.variants[name]


def _variants(found: Adapter) -> dict[str, str]:
    """Variants by the name of the method."""
    return {found.name if one == found.default else f"{found.name}-{one}": one for one in found.variants}
