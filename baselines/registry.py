"""Methods by name, and every other way to say which method is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from baselines.interface.errors import MethodConflict, MethodUnavailable, UnknownMethod
from feed_dataset.core.jobs.suggestions import nearest, unknown

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from baselines.doors.spec import MethodSpec
    from baselines.interface.method import Method

ENTRY_POINTS = "feed_benchmark.methods"
FRAMES = "frames:"
_OTHER_FORMS = "or module:Class, file.py:Class, frames:DIR"


@dataclass(frozen=True)
class Entry:
    """What a list of methods shows without importing any of them; the method's card is its `Capabilities`.

    Args:
        target: "module:Class".
        options: the options that its class takes, e.g. ("model",).
    """

    name: str
    summary: str
    target: str
    options: tuple[str, ...] = ()


_ENTRIES = {
    entry.name: entry
    for entry in (
        Entry(
            "copy-driver",
            "returns the driver's frames: exactly its pose, somebody else's face",
            "baselines.bounds.copy_driver:CopyDriver",
        ),
        Entry(
            "copy-source",
            "repeats the source image: exactly its identity, no motion",
            "baselines.bounds.copy_source:CopySource",
        ),
        Entry(
            "emoportraits",
            "EMOPortraits, the small model that this package ships (emoportraits-mini); driven by frames or by sound",
            "baselines.reference.emoportraits:EmoPortraits",
            options=("model",),
        ),
        Entry(
            "megaportraits",
            "MegaPortraits, on which EMOPortraits builds; the small model that this package ships",
            "baselines.reference.megaportraits:MegaPortraits",
            options=("model",),
        ),
        Entry(
            "keypoint-warp",
            "thin-plate warp of the source by the driver's landmark motion; no training",
            "baselines.warp.keypoint_warp:KeypointWarp",
        ),
        Entry(
            "mesh-warp",
            "the source's 468-point mesh in 3D, moved as the driver is, turned by a pose if one is given; no training",
            "baselines.warp.mesh_warp:MeshWarp",
        ),
        Entry(
            "mesh-warp-absolute",
            "the same mesh at the driver's own landmarks: its pose and expression, and its face's shape",
            "baselines.warp.mesh_warp:MeshWarpAbsolute",
        ),
    )
}

OFFICIAL = "baselines.official.method:OfficialMethod"

BOUNDS = ("copy-source", "copy-driver")
"""The ends of a scale: nobody has to beat them."""

BESIDE = (*BOUNDS, "keypoint-warp")
"""Rows that a run shows beside any other method: the bounds, and what can be had without any training."""


def names() -> tuple[str, ...]:
    """Names of the methods of this package, sorted."""
    return tuple(sorted(_ENTRIES))


def entry(name: str) -> Entry:
    """The line of one method of this package. Raises UnknownMethod naming the nearest."""
    try:
        return _ENTRIES[name]
    except KeyError:
        raise UnknownMethod(unknown("method", name, _ENTRIES)) from None


def takes_option(name: str, option: str) -> bool:
    """Whether a method of this package takes an option, such as "model"."""
    return option in entry(name).options


def official_names() -> tuple[str, ...]:
    """Names of the methods that are an official repository in the user's own checkout, sorted."""
    from baselines.official.loading import method_names

    return method_names()


def outside_names() -> tuple[str, ...]:
    """Names of the methods that installed packages bring, sorted."""
    return tuple(sorted(_entry_points()))


def resolve(spec: str, **options: str | None) -> MethodSpec:
    """Which method a text means; everything that can be wrong with it is found here.

    Args:
        spec: a registered name, the name of an entry point of the group `feed_benchmark.methods`,
            `package.module:Class`, `path/to/file.py:Class`, a file with one method, or `frames:DIR[=NAME]`.
        options: `model="DIR or hub id"` for `emoportraits`; None counts as not given.

    Raises:
        UnknownMethod: no such name; suggests the nearest.
        MethodConflict: two methods claim one name.
        MethodUnavailable: the code cannot be imported, is no method, takes no such option, or has an unusable name.
        BatchError: the folder with finished frames is missing.

    Example:
        >>> resolve("copy-source").target
        'baselines.bounds.copy_source:CopySource'
    """
    given = {name: value for name, value in options.items() if value is not None}
    found = _resolve(spec.strip())
    taken = _ENTRIES[found.name].options if found.name in _ENTRIES else ()
    _check_options(found.name, given, taken)
    if not given:
        return found
    return replace(found, options={name: _absolute(value) for name, value in given.items()})


def resolve_object(method: object) -> MethodSpec:
    """The value of a method that was constructed already, as `resolve` gives it for a text.

    Raises:
        MethodUnavailable: it is no method, or has an unusable name.
        MethodConflict: it has the name of a method of this package.
    """
    from baselines.doors.spec import spec_of_object

    found = spec_of_object(method)
    return _own(found, found.target)


def check_distinct(specs: Iterable[MethodSpec]) -> None:
    """Raise MethodConflict when two methods of one run have one name: their predictions would share a folder."""
    seen: dict[str, MethodSpec] = {}
    for spec in specs:
        other = seen.setdefault(spec.name, spec)
        if other != spec:
            raise MethodConflict(
                f"expected methods of different names but {other.target} and {spec.target} are both {spec.name!r}"
            )


def load(spec: str) -> Method:
    """Import and construct a method that is a class. Raises as `resolve` does."""
    from baselines.interface.method import Method

    method = resolve(spec).load()
    if not isinstance(method, Method):
        raise MethodUnavailable(f"expected a method that is a class but {spec} is {type(method).__name__}")
    return method


def _resolve(text: str) -> MethodSpec:
    from baselines.doors.spec import MethodSpec, spec_of_class, spec_of_file, spec_of_frames

    if text.startswith(FRAMES):
        return _own(spec_of_frames(text.removeprefix(FRAMES)), text)
    if ":" in text:
        place, _, name = text.rpartition(":")
        return _own(spec_of_class(f"{Path(place).resolve()}:{name}" if place.endswith(".py") else text), text)
    outside = _entry_points()
    if text in _ENTRIES and text in outside:
        raise MethodConflict(
            f"expected one method {text!r} but got the one of this package and {_described(outside[text])};"
            f" name the one that you mean by its place: {_ENTRIES[text].target} or {_target(outside[text])}"
        )
    if text in _ENTRIES:
        return MethodSpec(text, "class", _ENTRIES[text].target)
    if text in official_names():
        return MethodSpec(text, "command", OFFICIAL, {"repository": text})
    if text in outside:
        return _own(spec_of_class(_target(outside[text])), _described(outside[text]))
    if text.endswith(".py"):
        return _own(spec_of_file(Path(text)), text)
    reason = _undrivable(text)
    if reason is not None:
        raise MethodUnavailable(f"{text} cannot be run: {reason}; give finished frames with frames:DIR={text}")
    known = sorted({*_ENTRIES, *official_names(), *outside})
    guess = nearest(text, known)
    hint = f"; did you mean {guess!r}?" if guess else ""
    raise UnknownMethod(f"expected a method among {', '.join(known)}, {_OTHER_FORMS}, but got {text!r}{hint}")


def _undrivable(name: str) -> str | None:
    """Why a repository that is known here cannot be driven; None where it can be, or is not known."""
    from baselines.official.loading import adapter, adapter_names

    return adapter(name).reason if name in adapter_names() else None


def _own(spec: MethodSpec, text: str) -> MethodSpec:
    """`spec`, unless it has the name of a method of this package without being that method."""
    registered = _ENTRIES.get(spec.name)
    if registered is None and spec.kind != "frames" and spec.name in official_names():
        raise MethodConflict(
            f"expected a name of its own for {text} but {spec.name!r} is an official repository; give it another name"
        )
    if registered is None:
        return spec
    if registered.target != spec.target:
        raise MethodConflict(
            f"expected a name of its own for {text} but {spec.name!r} is {registered.target}; give it another name"
        )
    return type(spec)(spec.name, "class", spec.target)


def _check_options(name: str, given: Mapping[str, str], taken: tuple[str, ...]) -> None:
    for option in given:
        if option not in taken:
            takers = [one.name for one in _ENTRIES.values() if option in one.options]
            who = f"; {', '.join(takers)} has it" if takers else ""
            raise MethodUnavailable(f"expected no option {option!r} for {name}: it takes none of that name{who}")


def _absolute(value: str) -> str:
    """A folder by its full path: workers may stand elsewhere."""
    return str(Path(value).resolve()) if Path(value).is_dir() else value


def _entry_points() -> dict[str, EntryPoint]:
    """Entry points by name. Raises MethodConflict when two packages have one name."""
    from importlib.metadata import entry_points

    found: dict[str, EntryPoint] = {}
    for one in entry_points(group=ENTRY_POINTS):
        other = found.setdefault(one.name, one)
        if other.value != one.value:
            raise MethodConflict(
                f"expected one method {one.name!r} but got {_described(other)} and {_described(one)};"
                " uninstall one of them"
            )
    return found


def _target(one: EntryPoint) -> str:
    return f"{one.module}:{one.attr}"  # without the extras that a value may end with


def _described(one: EntryPoint) -> str:
    return f"{_target(one)} of the package {one.dist.name if one.dist else 'unknown'}"
