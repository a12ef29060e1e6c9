"""Reading a results file that anybody may have written: refused by size, depth and counts before it becomes objects.

A list of a million wrong items costs a kilobyte an item once a validator has a message for each. So the text is
measured first, and items are validated one by one, up to the first that is wrong.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from benchmark.results.errors import ResultsError
from feed_dataset.core.jobs.errors import words_of

MAX_BYTES = 256 * 2**20  # about a million rows
MAX_DEPTH = 8  # the schema has 5
MAX_KEYS = 1000  # of one object
_FREE_VALUES = 10_000
_BYTES_A_VALUE = 12  # a written file has about 25: names and white space
_STRUCTURE = re.compile(
    rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))*+([\[\]{}]|\Z)', re.DOTALL
)  # never goes back, whatever the text: a string that does not end takes the rest


def read_object(path: Path, *, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The JSON object in a file, once it is known to be small enough.

    Raises:
        ResultsError: one line. It is no regular file, cannot be read, is too large, too deep or has too many values,
            is not UTF-8, not JSON or no object, says a name twice, or has a number that is not finite.
    """
    return parse_object(read_regular(path, max_bytes), path)


def parse_object(raw: bytes, path: Path | str, *, most_values: int | None = None) -> dict[str, Any]:
    """The JSON object in bytes that were read. Raises ResultsError as `read_object`.

    Args:
        path: where they stand, for messages.
        most_values: as many as a results file of that size has when None.
    """
    _check_counts(raw, path, _FREE_VALUES + len(raw) // _BYTES_A_VALUE if most_values is None else most_values)
    try:
        content = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_not_finite)
    except (ValueError, RecursionError) as error:  # JSON, UTF-8, and integers of thousands of digits
        raise ResultsError(f"expected a results file but {path} has {error}") from error
    if not isinstance(content, dict):
        raise ResultsError(f"expected a results file but {path} has no object: {type(content).__name__}")
    return content


def read_regular(path: Path, max_bytes: int) -> bytes:
    """The bytes of a regular file of at most `max_bytes`. Raises ResultsError; never waits for a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise ResultsError(f"cannot read {path}: {words_of(error)}") from error
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise ResultsError(f"expected a results file but {path} is not a regular file")
    with open(handle, "rb") as stream:
        raw = stream.read(max_bytes + 1) if found.st_size <= max_bytes else b""
    if max(found.st_size, len(raw)) > max_bytes:
        raise ResultsError(
            f"expected a results file of at most {max_bytes / 2**20:.0f} MB but {path} has"
            f" {max(found.st_size, len(raw)) / 2**20:.1f} MB"
        )
    return raw


def validate_items(content: dict[str, Any], key: str, validate: Callable[[Any], Any]) -> None:
    """Replace the items of the list `content[key]` by what `validate` makes of each; the first wrong one raises."""
    items = content.get(key)
    if isinstance(items, list):
        for index, item in enumerate(items):
            items[index] = validate(item)


def _check_counts(raw: bytes, path: Path | str, most: int) -> None:
    if (commas := raw.count(b",")) > most:
        raise ResultsError(f"expected at most {most} values in a results file of that size but {path} has {commas}")
    depth = 0
    for found in _STRUCTURE.finditer(raw):
        depth += 1 if found[1] in (b"[", b"{") else -1
        if depth > MAX_DEPTH:
            raise ResultsError(f"expected at most {MAX_DEPTH} levels of lists and objects but {path} has more")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_KEYS:
        raise ValueError(f"an object of {len(pairs)} names, where results have {MAX_KEYS} at most")
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} twice in one object")
    return found


def _not_finite(name: str) -> NoReturn:
    raise ValueError(f"{name}, where every number is finite")
