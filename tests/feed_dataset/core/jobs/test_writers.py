"""Every file of the product is written through `replacing` or `own_files`, or in a folder that is private already."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
ROOMS = ("feed_dataset", "model", "baselines", "benchmark", "leaderboard")
GIVEN_BY_REPLACING = ("temporary", "part")  # what the product calls the path that `replacing` hands out
PRIVATE_ALREADY = {
    "feed_dataset/core/jobs/claims.py": "opened with `x`, which follows no link",
    "feed_dataset/core/jobs/object_store.py": "a TemporaryDirectory",
    "feed_dataset/core/media/audio.py": "callers hand it a path that `replacing` gave them",
    "feed_dataset/core/weights/packages.py": "a TemporaryDirectory",
    "feed_dataset/export/folder.py": "copies to the path that `replacing` handed out",
    "baselines/interface/stopwatch.py": "a file of the kernel's own",
    "baselines/mock/job.py": "a TemporaryDirectory",
    "baselines/mock/process.py": "a TemporaryDirectory",
    "baselines/official/job.py": "a folder that was made for this job",
    "baselines/official/shims/sitecustomize.py": "a folder that was made for this job",
    "baselines/templates/__init__.py": "opened with `x`, which follows no link",
    "baselines/outside/process.py": "a folder that was made for this process's logs",
    "benchmark/crosscheck/syncnet_program.py": "a TemporaryDirectory of who starts it",
    "benchmark/features/networks/blendshapes.py": "a TemporaryDirectory",
    "leaderboard/bundle/collecting.py": "the folder that was made for this bundle",
    "leaderboard/commands/submit.py": "a TemporaryDirectory",
    "leaderboard/seeds.py": "a TemporaryDirectory",
    "leaderboard/server/checker.py": "the folder that was made for this submission",
    "leaderboard/server/uploads.py": "a folder that was made for this submission, opened with `x`",
}


def writers(source: str) -> Iterator[int]:
    """Lines that open a file for writing under a name that `replacing` did not give."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        on = getattr(function.value, "id", "") if isinstance(function, ast.Attribute) else ""
        modes = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        opens = name == "open" and on != "av" and any(mode[:1] in "wax" and len(mode) <= 3 for mode in modes if mode)
        if (opens or name in ("write_text", "write_bytes")) and on not in GIVEN_BY_REPLACING:
            yield node.lineno


def test_writers_are_seen() -> None:
    assert list(writers('path.write_text("x")\nopen(path, "w")\npath.open("ab")\npath.open("rb")')) == [1, 2, 3]
    assert list(writers("with replacing(path) as temporary:\n    temporary.write_bytes(b'x')")) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_is_written_under_a_name_that_can_be_guessed(room: str) -> None:
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path in sorted((ROOT / room).rglob("*.py"))
        if (lines := list(writers(path.read_text(encoding="utf-8"))))
    }
    assert {name: lines for name, lines in found.items() if name not in PRIVATE_ALREADY} == {}
    assert {name for name in PRIVATE_ALREADY if name.startswith(f"{room}/")} <= found.keys(), "a reason that is gone"
