"""Lines for people have the words of the system's errors, and none of their numbers."""

from __future__ import annotations

import ast
import errno
import os
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
from av.error import InvalidDataError

from feed_dataset.core.jobs.errors import FeedError, words_and_place, words_of

ROOT = Path(__file__).resolve().parents[4]
ROOMS = ("baselines", "benchmark", "feed_dataset", "leaderboard", "model")
SYSTEM = {"OSError", "FileNotFoundError", "PermissionError", "IsADirectoryError", "NotADirectoryError"}

MISSING = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/a/b.toml")


@pytest.mark.parametrize(
    ("error", "words", "with_place"),
    [
        (MISSING, "No such file or directory", "/a/b.toml: No such file or directory"),
        (OSError(errno.EINVAL, "it is a folder"), "it is a folder", "it is a folder"),
        (urllib.error.URLError(OSError(-2, "Name or service not known")), *["Name or service not known"] * 2),
        (OSError("cannot identify it"), "cannot identify it", "cannot identify it"),
        (FeedError("expected a but got b"), "expected a but got b", "expected a but got b"),
        (EOFError(), "EOFError", "EOFError"),
        (InvalidDataError(1094995529, "Invalid data", "a.mp4"), "Invalid data", "a.mp4: Invalid data"),
    ],
)
def test_words(error: Exception, words: str, with_place: str) -> None:
    assert words_of(error) == words
    assert words_and_place(error) == with_place


def printed_with_numbers(source: str) -> Iterator[int]:
    """Lines that put an error of the system into a text as it is, which writes "[Errno 2]"."""
    for handler in ast.walk(ast.parse(source)):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None or handler.type is None:
            continue
        if not SYSTEM & {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}:
            continue
        for node in ast.walk(handler):
            shown = node.value if isinstance(node, ast.FormattedValue) else None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str" and node.args:
                shown = node.args[0]
            if isinstance(shown, ast.Name) and shown.id == handler.name:
                yield shown.lineno


def test_what_prints_a_number_is_found() -> None:
    text = "try:\n    pass\nexcept (OSError, ValueError) as error:\n    raise X(f'{a}: {error}') from error\n"
    assert list(printed_with_numbers(text)) == [4]
    assert list(printed_with_numbers(text.replace("{error}", "{words_of(error)}"))) == []
    assert list(printed_with_numbers(text.replace("f'{a}: {error}'", "str(error)"))) == [4]
    assert list(printed_with_numbers(text.replace("OSError, ", ""))) == []


def test_no_error_of_the_system_is_printed_with_its_number() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        for line in printed_with_numbers(path.read_text(encoding="utf-8"))
    ]
    assert found == []
