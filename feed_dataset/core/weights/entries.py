"""Reading the registry's data: TOML to typed entries, every fault named with its entry and field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights.sources import ByHand, HubFile, PackageMember, Source, Url
from feed_dataset.core.weights.weight import Weight

Kind = TypeVar("Kind", str, int, bool, list[Any], dict[str, Any])


class InvalidEntry(FeedError):
    """The registry's data breaks its own rules."""


def read_entries(text: str) -> dict[str, Weight]:
    """Entries by name, in the order of the text.

    Args:
        text: TOML with a table `networks` and, for members of Python packages, a table `packages`; what each field
            means stands at the head of `networks.toml`.

    Raises:
        InvalidEntry: not TOML, or a field that is missing, unknown, of another type or without sense.
    """
    try:
        document = _Table("the registry", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidEntry(f"expected TOML but {error}") from error
    packages = {
        name: _package(_Table(f"packages.{name}", table)) for name, table in document.get("packages", dict, {}).items()
    }
    entries = {
        name: _entry(name, _Table(f"networks.{name}", table), packages)
        for name, table in document.get("networks", dict).items()
    }
    document.close()
    owners: dict[str, str] = {}
    for entry in entries.values():
        if owners.setdefault(entry.file_name, entry.name) != entry.name:
            other = owners[entry.file_name]
            raise InvalidEntry(f"networks.{entry.name}: expected a file_name of its own but {other} has it too")
    return entries


class _Table:
    """A TOML table whose fields are taken one by one; `close` refuses what is left."""

    def __init__(self, where: str, fields: object) -> None:
        if not isinstance(fields, dict):
            raise InvalidEntry(f"{where}: expected a table but got {fields!r}")
        self.where, self._fields = where, dict(fields)

    def __contains__(self, field: str) -> bool:
        return field in self._fields

    def get(self, field: str, kind: type[Kind], default: Kind | None = None) -> Kind:
        """Take a field; without a default it must be there and not be empty."""
        value = self._fields.pop(field, default)
        if type(value) is not kind:  # not isinstance: true is no number
            got = "nothing" if value is None else repr(value)
            raise self.invalid(field, f"expected {kind.__name__} but got {got}")
        if default is None and value in ("", [], {}):
            raise self.invalid(field, "expected something but it is empty")
        return value

    def optional(self, field: str, kind: type[Kind]) -> Kind | None:
        """Take a field that may be absent."""
        return self.get(field, kind) if field in self else None

    def digest(self, field: str) -> str | None:
        """Take a SHA-256 that may be absent."""
        value = self.optional(field, str)
        if value is not None and not re.fullmatch(r"[0-9a-f]{64}", value):
            raise self.invalid(field, f"expected 64 hex digits but got {value!r}")
        return value

    def close(self) -> None:
        """Refuse fields that nothing took."""
        for field in self._fields:
            raise self.invalid(field, "expected no such field")

    def invalid(self, field: str, problem: str) -> InvalidEntry:
        return InvalidEntry(f"{self.where}, field {field}: {problem}")


def _entry(name: str, table: _Table, packages: Mapping[str, Callable[[str], PackageMember]]) -> Weight:
    sources = [
        _source(_Table(f"{table.where}, source {number}", source), packages)
        for number, source in enumerate(table.get("sources", list), start=1)
    ]
    size_bytes = table.optional("size_bytes", int)
    if size_bytes is not None and size_bytes <= 0:
        raise table.invalid("size_bytes", f"expected a positive number but got {size_bytes}")
    try:
        entry = Weight(
            name=name,
            file_name=table.get("file_name", str),
            purpose=table.get("purpose", str),
            licence=table.get("licence", str),
            sources=tuple(sources),
            sha256=table.digest("sha256"),
            size_bytes=size_bytes,
            note=table.get("note", str, ""),
        )
    except ValueError as error:
        raise table.invalid("file_name", str(error)) from error
    table.close()
    return entry


def _package(table: _Table) -> Callable[[str], PackageMember]:
    """What makes sources of the package's members."""
    requirement, archive_sha256 = table.get("requirement", str), table.digest("archive_sha256")
    if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", requirement):
        raise table.invalid("requirement", f"expected NAME==VERSION but got {requirement!r}")
    tags, is_sdist = table.optional("wheel_platform", list), table.get("is_sdist", bool, False)
    if tags is not None and (len(tags) != 3 or not all(isinstance(tag, str) for tag in tags)):
        raise table.invalid("wheel_platform", f"expected [python version, abi, platform] but got {tags}")
    table.close()
    platform = None if tags is None else (tags[0], tags[1], tags[2])
    return lambda member: PackageMember(requirement, member, archive_sha256, platform, is_sdist)


def _source(table: _Table, packages: Mapping[str, Callable[[str], PackageMember]]) -> Source:
    source: Source
    if "url" in table:
        source = Url(table.get("url", str), table.optional("member", str))
    elif "hub" in table:
        source = HubFile(table.get("hub", str), table.get("path", str), table.get("revision", str, "main"))
    elif "package" in table:
        package = table.get("package", str)
        if package not in packages:
            raise table.invalid("package", f"expected one of {sorted(packages)} but got {package!r}")
        source = packages[package](table.get("member", str))
    else:
        source = ByHand(table.get("by_hand", str))
    table.close()
    return source
