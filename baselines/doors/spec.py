"""A method as a small plain value that every process can load."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from baselines.doors.code import code_sha256
from baselines.doors.place import classes_of, import_class, line_of, source_file
from baselines.interface.capabilities import Capabilities
from baselines.interface.errors import MethodUnavailable
from baselines.interface.method import Method
from baselines.outside.command import CommandMethod
from baselines.outside.existing import ExistingFrames
from feed_dataset.core.jobs.errors import FeedError

Kind = Literal["class", "command", "frames"]

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")


@dataclass(frozen=True)
class MethodSpec:
    """Which method, and how to load it.

    Args:
        name: in tables, and of the folder with its predictions.
        kind: "class": a Method; "command": a CommandMethod; "frames": finished frames in a folder.
        target: "module:Class", "/path/to/file.py:Class", or the folder.
        options: keyword arguments of the class.
        code_sha256: digest of a user's own code, so that predictions of an edited file are made again; None for the
            methods of this package, which have `version`, and for finished frames.
    """

    name: str
    kind: Kind
    target: str
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    code_sha256: str | None = None

    def load(self) -> Method | CommandMethod | ExistingFrames:
        """Import and construct it; cheap, before any `Method.load`.

        Raises:
            MethodUnavailable: it cannot be imported or constructed, in one line.
        """
        if self.kind == "frames":
            return ExistingFrames(self.target)
        found = import_class(self.target)
        file = source_file(found)
        if self.code_sha256 is not None and file is not None and code_sha256(file) != self.code_sha256:
            raise MethodUnavailable(f"expected {file} to stay but it was edited since the run began; run again")
        try:
            method = found(**self.options)
        except FeedError:
            raise
        except Exception as error:
            raise MethodUnavailable(f"expected to construct {self.target} but got {line_of(error, file)}") from error
        if not isinstance(method, Method | CommandMethod):
            raise MethodUnavailable(f"expected a method from {self.target} but got {type(method).__name__}")
        if not isinstance(getattr(method, "capabilities", None), Capabilities):
            raise MethodUnavailable(
                f"expected {self.target} to have capabilities = Capabilities(drives=..., licence=...) but it has none"
            )
        if isinstance(method, CommandMethod) and not hasattr(method, "command"):
            raise MethodUnavailable(f"expected {self.target} to have a command but it has none")
        if getattr(method, "name", None) is None:
            method.name = self.name
        return method

    def card(self) -> Capabilities:
        """What the method's author says of it. Raises MethodUnavailable as `load`, and for finished frames."""
        method = self.load()
        if isinstance(method, ExistingFrames):
            raise MethodUnavailable(f"expected a method with a card but {self.name} is a folder of finished frames")
        return method.capabilities


def spec_of_class(target: str) -> MethodSpec:
    """The value of a class by its place; imports it.

    Raises:
        MethodUnavailable: it cannot be imported, is no method, or has a name that no folder can have.
    """
    found = import_class(target)
    if not issubclass(found, Method | CommandMethod):
        raise MethodUnavailable(
            f"expected {target} to be a subclass of baselines.Method or baselines.CommandMethod but it is neither"
        )
    file = source_file(found)
    return MethodSpec(
        name=checked_name(getattr(found, "name", None) or found.__name__, target),
        kind="command" if issubclass(found, CommandMethod) else "class",
        target=target,
        code_sha256=None if file is None else code_sha256(file),
    )


def spec_of_object(method: object) -> MethodSpec:
    """The value of a method that was constructed already; without a `name` of its own it has its class's.

    Raises:
        MethodUnavailable: it is a class or no method, or has a name that no folder can have.
    """
    if isinstance(method, type):
        raise MethodUnavailable(
            f"expected a method but got the class {method.__name__}; construct it: {method.__name__}()"
        )
    kind = type(method)
    if not isinstance(method, Method):
        raise MethodUnavailable(f"expected a baselines.Method or its name but got {kind.__name__}")
    target = f"{kind.__module__}:{kind.__qualname__}"
    return MethodSpec(checked_name(getattr(method, "name", None) or kind.__name__, target), "class", target)


def spec_of_file(file: Path) -> MethodSpec:
    """The value of the one method that a file has; imports it.

    Raises:
        MethodUnavailable: it cannot be imported, or has no method or several.
    """
    methods = [name for name, found in classes_of(file).items() if issubclass(found, Method | CommandMethod)]
    if len(methods) != 1:
        got = ", ".join(methods) or "none"
        raise MethodUnavailable(f"expected one method in {file} but got {got}; write {file}:Class")
    return spec_of_class(f"{file.resolve()}:{methods[0]}")


def spec_of_frames(text: str) -> MethodSpec:
    """The value of "DIR" or "DIR=NAME"; without a name the folder's own is taken.

    Raises:
        BatchError: there is no such folder.
        MethodUnavailable: no folder is named, or the name cannot be a folder's.
    """
    place, name = text, ""
    if not Path(text).is_dir() and "=" in text:
        place, _, name = text.rpartition("=")
    if not place:  # the working directory would be taken
        raise MethodUnavailable("expected a folder after frames: but got none; write frames:DIR or frames:DIR=NAME")
    folder = ExistingFrames(place).folder.resolve()
    return MethodSpec(
        checked_name(name or folder.name, f"frames:{text}; name it with frames:DIR=NAME"), "frames", str(folder)
    )


def checked_name(name: object, where: str) -> str:
    """`name` when predictions can lie in a folder of that name. Raises MethodUnavailable otherwise."""
    if not isinstance(name, str) or not _SAFE_NAME.fullmatch(name):
        raise MethodUnavailable(
            f"expected a name of letters, digits and _ . + - (64 at most, a letter or digit first) but got {name!r}"
            f" from {where}"
        )
    return name
