"""Imports point one way: between rooms by a table, between folders and files without circles. Lazy ones count."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "feed_dataset.core": (),
    "feed_dataset.synthetic": ("feed_dataset.core",),
    "feed_dataset": ("feed_dataset.core", "feed_dataset.synthetic"),
    "model.networks": ("feed_dataset.core",),
    "model.analysis.spectrum": ("feed_dataset.core", "model.networks"),  # AUC_z is one function
    "model": ("feed_dataset", "model.networks", "model.analysis.spectrum"),
    "baselines": ("feed_dataset", "model"),
    "benchmark": ("feed_dataset", "baselines", "model.analysis.spectrum"),
    "leaderboard": (
        "feed_dataset.core",
        "benchmark.results",
        "benchmark.features",
        "benchmark.metrics",
        "benchmark.protocols",
    ),
}
"""Room -> the rooms that it may import besides itself. The longest name that fits a module is its room."""


def modules(root: Path) -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    found = {}
    for room in sorted({name.split(".")[0] for name in ALLOWED}):
        for path in sorted((root / room).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(source: str, package: str) -> Iterator[str]:
    """Every module that the code imports, wherever the statement stands; `from a import b` gives a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("import_module", "__import__"):
                yield str(node.args[0].value)


@cache
def product() -> dict[str, Path]:
    """Every module of this repository's product."""
    return modules(ROOT)


@cache
def all_imported() -> dict[str, frozenset[str]]:
    """What each module of the product imports, its own and others'."""
    found = {}
    for module, path in product().items():
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        found[module] = frozenset(imported(path.read_text(encoding="utf-8"), package))
    return found


@cache
def edges() -> dict[str, set[str]]:
    """Which module of the product imports which."""
    known = product()
    return {module: {_known(name, known) for name in names} - {"", module} for module, names in all_imported().items()}


def _known(name: str, found: Mapping[str, Path]) -> str:
    """The module that an imported name is or lies in; "" for one that is not ours."""
    while name and name not in found:
        name = name.rpartition(".")[0]
    return name


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups that reach each other (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph.get(node, ())):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def room_of(module: str) -> str:
    """The longest room that a module lies in."""
    return max((room for room in ALLOWED if f"{module}.".startswith(f"{room}.")), key=len, default="")


def violations(module: str, targets: set[str]) -> list[str]:
    """Imports of rooms that a module's room may not use."""
    room = room_of(module)
    may = (room, *ALLOWED[room])
    return sorted(t for t in targets if not any(f"{t}.".startswith(f"{allowed}.") for allowed in may))


def test_rooms_import_only_what_the_table_allows() -> None:
    assert {module.split(".")[0] for module in product()} == {room.split(".")[0] for room in ALLOWED}
    assert {m: found for m, targets in edges().items() if (found := violations(m, targets))} == {}


def test_no_circle_of_files() -> None:
    assert circles(edges()) == []


def test_no_circle_of_folders() -> None:
    folders: dict[str, set[str]] = {}
    for module, targets in edges().items():
        own = str(product()[module].parent.relative_to(ROOT))
        others = {str(product()[target].parent.relative_to(ROOT)) for target in targets}
        folders.setdefault(own, set()).update(others - {own})
    assert circles(folders) == []


def test_products_do_not_import_tests_or_scripts() -> None:
    found = {
        module: foreign
        for module, names in all_imported().items()
        if (foreign := [name for name in names if name.split(".")[0] in ("tests", "scripts")])
    }
    assert found == {}


def test_every_folder_says_what_belongs_there() -> None:
    """In two lines or more, of which the first is the summary."""
    packages = [path for path in product().values() if path.name == "__init__.py"]
    words = {path.relative_to(ROOT): ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "" for path in packages}
    assert [str(path) for path, text in words.items() if len([line for line in text.split("\n") if line]) < 2] == []


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("feed_dataset.core.media.a", "import feed_dataset.catalog.clip", ["feed_dataset.catalog.clip"]),
        ("feed_dataset.export.a", "def f():\n    import benchmark.results.schema", ["benchmark.results.schema"]),
        ("feed_dataset.hub.a", "import importlib\nimportlib.import_module('baselines')", ["baselines"]),
        ("model.networks.a", "from ..avatar import avatar", ["model.avatar.avatar"]),
        ("model.avatar.a", "from feed_dataset.core.media.video import read_video", []),
        ("benchmark.metrics.a", "import baselines\nimport model.networks.config", ["model.networks.config"]),
        ("leaderboard.a", "from benchmark.results.schema import Results", []),
        ("leaderboard.a", "from benchmark.engine import run", ["benchmark.engine.run"]),
    ],
)
def test_the_rule_itself(module: str, source: str, expected: list[str]) -> None:
    package = module.rpartition(".")[0]
    targets = {_known(name, product()) for name in imported(source, package)} - {""}
    assert violations(module, targets) == expected


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]
