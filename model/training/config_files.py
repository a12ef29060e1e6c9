"""Settings of trainings in TOML files: some ship with the package and go by name, others are somebody's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.core.jobs.words import with_article
from model.networks.errors import ModelError

SUFFIX = ".toml"


def shipped_in(package: str) -> dict[str, Traversable]:
    """Files of the folder `configs` of a package by name."""
    folder = resources.files(package).joinpath("configs")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(SUFFIX)), key=lambda entry: entry.name)
    return {entry.name.removesuffix(SUFFIX): entry for entry in files}


def read_tables(
    name: str, shipped: Mapping[str, Traversable], kinds: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Tables of a shipped file by name, or of a TOML file, and the terms that it leaves out.

    Args:
        name: such as `emoportraits`, or a path that ends in .toml.
        shipped: files by name.
        kinds: table -> dataclass that it is made to, or dict: as it is.

    Raises:
        ModelError: no such file, or a table, key or value that makes no sense; names it.
    """
    if not name.endswith(SUFFIX) and name not in shipped:
        raise ModelError(unknown("configuration", name, shipped) + f" (a file of your own ends in {SUFFIX})")
    try:
        text = (Path(name) if name.endswith(SUFFIX) else shipped[name]).read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"expected a configuration in {name} but got: {words_of(error)}") from error
    left_out = tables.pop("without", [])
    if not isinstance(left_out, list) or not all(isinstance(term, str) for term in left_out):
        raise ModelError(f"{name}: expected 'without' to be a list of terms but got {left_out!r}")
    parts: dict[str, Any] = {}
    for key, values in tables.items():
        if key not in kinds:
            raise ModelError(f"{name}: {unknown('table', key, kinds)}")
        if not isinstance(values, dict):
            raise ModelError(f"{name}: expected [{key}] to be a table but got {values!r}")
        parts[key] = values if kinds[key] is dict else _typed(kinds[key], values, f"{name}, [{key}]")
    return parts, tuple(left_out)


def _typed(kind: Any, values: dict[str, Any], where: str) -> Any:
    known = [entry.name for entry in fields(kind)]
    for name in values:
        if name not in known:
            raise ModelError(f"{where}: {unknown('key', name, known)}")
    return kind(**values)


def check_kinds(settings: Any) -> None:
    """Raises ModelError for a value of another kind than the default, and for counts below 1."""
    for entry in fields(settings):
        value, kind = getattr(settings, entry.name), type(entry.default)
        accepted = (int, float) if kind is float else (kind,)
        if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
            raise ModelError(f"expected {entry.name} to be {with_article(kind.__name__)} but got {value!r}")
        if isinstance(value, int) and kind is int and value < (0 if entry.name == "seed" else 1):
            raise ModelError(f"expected {entry.name} of at least 1 but got {value}")
