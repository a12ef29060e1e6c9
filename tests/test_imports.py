"""Imports between rooms point one way only, lazy imports included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("feed_dataset", "benchmark", "baselines", "model", "leaderboard")
FILES = sorted(path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def allowed(path: Path, module: str) -> bool:
    """Whether the file may import the module of another room."""
    room, target = path.parts[0], module.split(".")[0]
    if room == "model":
        # The networks know no data; what feeds them (training, videos, analysis, commands) does.
        return target == "feed_dataset" and path.parts[1] in ("training", "avatar", "analysis", "commands")
    if room == "leaderboard":
        return module in ("benchmark.results", "benchmark.errors") or module.startswith("benchmark.results.")
    return (
        target
        in {
            "feed_dataset": (),
            "baselines": ("feed_dataset", "model"),
            "benchmark": ("feed_dataset", "baselines"),
        }[room]
    )


def imported(tree: ast.AST, package: str) -> Iterator[str]:
    """Every module that the code imports, wherever the statement stands; `from a import b` gives a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            argument = node.args[0]
            if name in ("import_module", "__import__") and isinstance(argument, ast.Constant):
                yield str(argument.value)


def violations(path: Path, source: str) -> list[str]:
    """Imports of other rooms that the file may not have."""
    package = ".".join(path.parent.parts)
    modules = sorted(set(imported(ast.parse(source), package)))
    foreign = [m for m in modules if m.split(".")[0] in ROOMS and m.split(".")[0] != path.parts[0]]
    return [m for m in foreign if not (allowed(path, m) or allowed(path, m.rpartition(".")[0]))]


def test_every_room_has_files() -> None:
    assert {path.parts[0] for path in FILES} == set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_point_one_way(path: Path) -> None:
    assert violations(path, (ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=str)
def test_products_do_not_import_tests_or_scripts(path: Path) -> None:
    modules = imported(ast.parse((ROOT / path).read_text(encoding="utf-8")), ".".join(path.parent.parts))
    assert not [module for module in modules if module.split(".")[0] in ("tests", "scripts")]


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("feed_dataset/a.py", "import benchmark.results", ["benchmark.results"]),
        ("feed_dataset/a.py", "def f():\n    from model import EMOPortraits", ["model.EMOPortraits"]),
        ("feed_dataset/a.py", "import importlib\nimportlib.import_module('baselines')", ["baselines"]),
        ("feed_dataset/a.py", "from feed_dataset import video\nfrom . import text\nimport torch", []),
        ("model/a.py", "import feed_dataset.video", ["feed_dataset.video"]),
        ("model/training/a.py", "from feed_dataset.video import read_video", []),
        ("model/training/a.py", "import baselines", ["baselines"]),
        ("baselines/a.py", "import model, feed_dataset, benchmark", ["benchmark"]),
        (
            "benchmark/metrics/a.py",
            "import baselines\nfrom feed_dataset import faces\nimport model",
            ["model"],
        ),
        ("leaderboard/a.py", "from benchmark.results import Results\nfrom benchmark import results", []),
        (
            "leaderboard/a.py",
            "from benchmark import stats\nimport feed_dataset",
            ["benchmark.stats", "feed_dataset"],
        ),
    ],
)
def test_the_rule_itself(path: str, source: str, expected: list[str]) -> None:
    assert violations(Path(path), source) == expected
