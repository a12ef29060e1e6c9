"""Which options a repository's script takes, read from its text without running it, and whether a command fits them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

_LITERALS = ("action", "nargs", "choices", "required", "dest", "default")


class Argument(BaseModel):
    """One option or positional argument.

    Args:
        flags: its names, the first being what it is called; without dashes for a positional one.
        takes: how many values follow: "0", "1", "?", "*", "+" or a number.
        kind: "int", "float" or "str".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    flags: tuple[str, ...]
    takes: str = "1"
    kind: str = "str"
    choices: tuple[str, ...] = ()
    required: bool = False


class Arguments(BaseModel):
    """Everything that a script takes at one commit.

    Args:
        style: "argparse"; "tyro": options from the fields of a class, switches as --x and --no-x; "hydra": KEY=VALUE.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    script: str
    style: str
    arguments: tuple[Argument, ...]

    def problems(self, argv: Sequence[str]) -> list[str]:
        """What the script would refuse of what follows its name; empty where nothing."""
        return list(self._hydra(argv) if self.style == "hydra" else self._options(argv))

    def _hydra(self, argv: Sequence[str]) -> Iterator[str]:
        known = {one.flags[0]: one for one in self.arguments}
        for word in argv:
            name, equals, value = word.partition("=")
            if not equals or name not in known:
                yield f"unknown override {word}"
            else:
                yield from self._values(known[name], name, [value])

    def _options(self, argv: Sequence[str]) -> Iterator[str]:
        by_flag = {flag: one for one in self.arguments for flag in one.flags}
        positional = [one for one in self.arguments if not one.flags[0].startswith("-")]
        seen: set[Argument] = set()
        rest = list(argv)
        while rest:
            word = rest.pop(0)
            if not word.startswith("-") or _is_number(word):
                if not positional:
                    yield f"unexpected value {word}"
                    continue
                seen.add(positional.pop(0))
                continue
            name, equals, value = word.partition("=")
            found = by_flag.get(name)
            if found is None:
                yield f"unknown option {name}"
                while not equals and rest and (not rest[0].startswith("-") or _is_number(rest[0])):
                    rest.pop(0)  # its values: nothing is known of how many it takes
                continue
            seen.add(found)
            values = [value] if equals else []
            while not equals and rest and (not rest[0].startswith("-") or _is_number(rest[0])):
                if found.takes in ("0", "1", "?") and len(values) == (0 if found.takes == "0" else 1):
                    break
                values.append(rest.pop(0))
            yield from self._values(found, name, values)
        for one in self.arguments:
            if one.required and one not in seen:
                yield f"{one.flags[0]} is required"

    @staticmethod
    def _values(found: Argument, name: str, values: Sequence[str]) -> Iterator[str]:
        wanted = {"?": len(values) <= 1, "*": True, "+": len(values) >= 1}.get(found.takes)
        if wanted is None:
            wanted = len(values) == int(found.takes)
        if not wanted:
            yield f"{name} takes {found.takes} values but got {len(values)}"
        for value in values:
            if found.choices and value not in found.choices:
                yield f"{name} is one of {', '.join(found.choices)} but got {value}"
            if found.kind in ("int", "float") and not _is_number(value, whole=found.kind == "int"):
                yield f"{name} is {found.kind} but got {value}"


def read_arguments(text: str, script: str, *, style: str = "argparse", class_name: str = "ArgumentConfig") -> Arguments:
    """The options of a script from its source.

    Raises:
        SyntaxError: it is no Python of this version.
        ValueError: no YAML, of a file of settings; an option whose name the script puts together.
    """
    if style == "hydra":
        return Arguments(script=script, style=style, arguments=tuple(_settings(text)))
    tree = ast.parse(text)
    if style == "tyro":
        found = [
            one
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and node.name == class_name
            for one in _fields(node)
        ]
    else:
        found = [_added(node) for node in ast.walk(tree) if _adds(node)]
    return Arguments(script=script, style=style, arguments=tuple(found))


def _settings(text: str) -> Iterator[Argument]:
    """Overrides that hydra takes: the keys of its YAML file, with the kinds of their values."""
    import yaml

    try:
        found = dict(yaml.safe_load(text) or {})
    except (TypeError, yaml.YAMLError) as error:
        raise ValueError(f"expected settings in YAML but {error}") from error
    for name, value in found.items():
        if isinstance(value, bool):
            yield Argument(flags=(name,), choices=("true", "false"))
        else:
            yield Argument(flags=(name,), kind=type(value).__name__ if isinstance(value, int | float) else "str")


def _adds(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add_argument"
        and bool(node.args)
    )


def _added(node: Any) -> Argument:
    flags = tuple(str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))
    if not flags:
        raise ValueError(f"line {node.lineno} makes an option whose name is not written out: {ast.unparse(node)}")
    named = {one.arg: _literal(one.value) for one in node.keywords if one.arg in _LITERALS}
    kinds = [one.value for one in node.keywords if one.arg == "type"]
    kind = kinds[0].id if kinds and isinstance(kinds[0], ast.Name) else "str"
    action = named.get("action", "store")
    choices = named.get("choices") or ()
    return Argument(
        flags=flags,
        takes="1" if action in ("store", "append") and "nargs" not in named else str(named.get("nargs", 0)),
        kind=kind if kind in ("int", "float") else "str",
        choices=tuple(str(one) for one in choices),
        required=bool(named.get("required", False)) or not flags[0].startswith("-"),
    )


def _fields(node: ast.ClassDef) -> Iterator[Argument]:
    """Options that tyro makes of a class: one for each field with a type."""
    for item in node.body:
        if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name):
            continue
        name, kind = item.target.id, ast.unparse(item.annotation)
        constants = [one.value for one in ast.walk(item.annotation) if isinstance(one, ast.Constant)]
        texts = [one for one in constants if isinstance(one, str)]
        aliases = tuple(one for one in texts if one.startswith("-"))
        forms = (f"--{name}", f"--{name.replace('_', '-')}")
        if kind == "bool":
            off = tuple(f"--no-{name}".replace("_", mark) for mark in ("_", "-"))
            yield Argument(flags=tuple(dict.fromkeys((*forms, *off, f"--no-{name}"))), takes="0")
            continue
        choices = tuple(texts) if "Literal" in kind else ()
        number = kind if kind in ("int", "float") else "str"
        yield Argument(flags=tuple(dict.fromkeys((*forms, *aliases))), kind=number, choices=choices)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _is_number(text: str, *, whole: bool = False) -> bool:
    try:
        int(text) if whole else float(text)
    except ValueError:
        return False
    return True
