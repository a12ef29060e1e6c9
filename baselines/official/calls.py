"""What a launcher calls in a repository, and whether a checkout has it with those arguments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from feed_dataset.core.jobs.errors import FeedError, words_of

_CALL = re.compile(r"(?P<file>[\w./-]+\.py): (?P<name>\w+(?:\.\w+)*)\((?P<arguments>[\w, ]*)\)")
_MADE_BY_METHOD = ("self", "cls")


class InvalidCall(FeedError):
    """A call that an adapter lists cannot be read."""


@dataclass(frozen=True)
class Call:
    """One call, always with names.

    Args:
        file: of the checkout. name: of a function, a class, or a method as "Class.method".
        arguments: names of what is passed.
    """

    file: str
    name: str
    arguments: tuple[str, ...]


class Signature(BaseModel):
    """What a function takes: names, those without a default, and whether any other name is taken, too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parameters: tuple[str, ...]
    required: tuple[str, ...] = ()
    any_name: bool = False


def read_call(text: str) -> Call:
    """A call from its text.

    Raises:
        InvalidCall: it is no such text.

    >>> read_call("model.py: System.render(camera, canonical)")
    Call(file='model.py', name='System.render', arguments=('camera', 'canonical'))
    """
    found = _CALL.fullmatch(text)
    if found is None:
        raise InvalidCall(f"expected a call such as 'a.py: Class.method(b, c)' but got {text!r}")
    names = tuple(name for name in (part.strip() for part in found["arguments"].split(",")) if name)
    return Call(found["file"], found["name"], names)


def read_signatures(text: str) -> dict[str, Signature]:
    """The functions, classes and methods of a module by name, from its source; a class is what makes it.

    Raises:
        SyntaxError: it is no Python of this version.
    """
    return dict(_signatures(ast.parse(text).body, ""))


def call_problems(calls: Sequence[Call], checkout: Path) -> list[str]:
    """What a checkout would refuse of the calls; empty where nothing."""
    found = []
    for file in dict.fromkeys(call.file for call in calls):
        try:
            known = read_signatures((checkout / file).read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError) as error:
            found.append(f"{file} cannot be read ({words_of(error)})")
            continue
        found += [problem for call in calls if call.file == file for problem in signature_problems(call, known)]
    return found


def signature_problems(call: Call, known: Mapping[str, Signature]) -> list[str]:
    """What signatures of its file would refuse of a call."""
    signature = known.get(call.name)
    if signature is None:
        return [f"{call.file} has no {call.name}"]
    extra = [name for name in call.arguments if name not in signature.parameters and not signature.any_name]
    lacking = [name for name in signature.required if name not in call.arguments]
    return [
        *(f"{call.name} of {call.file} takes no {name}" for name in extra),
        *(f"{call.name} of {call.file} needs {name}" for name in lacking),
    ]


def _signatures(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, Signature]]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield f"{prefix}{node.name}", _signature(node.args)
        elif isinstance(node, ast.ClassDef):
            own = dict(_signatures(node.body, f"{prefix}{node.name}."))
            yield from own.items()
            made = own.get(f"{prefix}{node.name}.__init__")
            if made is not None:
                yield f"{prefix}{node.name}", made


def _signature(arguments: ast.arguments) -> Signature:
    positional = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    needed = positional[: len(positional) - len(arguments.defaults)]
    needed += [
        one.arg for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None
    ]
    names = [*positional, *(one.arg for one in arguments.kwonlyargs)]
    return Signature(
        parameters=tuple(name for name in names if name not in _MADE_BY_METHOD),
        required=tuple(name for name in needed if name not in _MADE_BY_METHOD),
        any_name=arguments.kwarg is not None,
    )
