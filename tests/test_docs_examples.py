"""What the pages say is true: examples run, and names, files and commands exist."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import shlex
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import baselines
from baselines.interface.frames import chunks_of, gathered
from tests.leaderboard.conftest import make_results

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("feed_dataset", "model", "baselines", "benchmark", "leaderboard")
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
PAGES = {path: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
EXAMPLE = re.compile(r"(?:<!-- (?P<mark>[^\n]*) -->\n)?^```python\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
DOTTED = re.compile(rf"`((?:{'|'.join((*ROOMS, 'scripts'))})(?:\.\w+)+)`")
FILE = re.compile(r"`((?:feed_dataset|model|baselines|benchmark|leaderboard|scripts|tests|docs|findings)/[\w./-]+)`")
COMMAND = re.compile(r"^feed (?:baselines|benchmark|dataset|leaderboard|model|weights) .*$", re.MULTILINE)


def examples() -> Iterator[tuple[str, str, str]]:
    """Heading, mark and code of each example of the API's page."""
    for part in API.split("\n## ")[1:]:
        for number, match in enumerate(EXAMPLE.finditer(part)):
            yield f"{part.splitlines()[0]}-{number}", match["mark"] or "", match["code"]


EXAMPLES = list(examples())


def skip_unless_here(mark: str) -> None:
    from feed_dataset.core.weights import status

    needed = set(mark.removeprefix("needs:").replace(" ", "").split(","))
    missing = needed - {row.name for row in status() if row.present}
    if missing:
        pytest.skip(f"not on this machine: {', '.join(sorted(missing))}")


@pytest.mark.parametrize(("name", "mark", "code"), EXAMPLES, ids=[name for name, _, _ in EXAMPLES])
def test_examples_give_what_they_print(
    name: str, mark: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mark.startswith("not run:"):
        pytest.skip(mark)
    if mark.startswith("needs:"):
        skip_unless_here(mark)
    run = tmp_path / "runs" / "feed-mini-cross"
    run.mkdir(parents=True)
    make_results().save(run / "results.json")
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTestParser().get_doctest(code, {}, name, "docs/api.md", 0)
    assert test.examples
    wrong: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=wrong.append)
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_exported_name_is_explained(room: str) -> None:
    (part,) = (part for part in API.split("\n## ")[1:] if part.splitlines()[0] == room)
    named = set(re.findall(r"`(\w+)`", "\n".join(line for line in part.splitlines() if line.startswith("|"))))
    exported = set(importlib.import_module(room).__all__)
    assert exported - named == set()
    assert ">>>" in part


def test_the_method_of_the_readme_is_one(tmp_path: Path) -> None:
    (code,) = (m["code"] for m in EXAMPLE.finditer(PAGES[ROOT / "README.md"]) if "class Mine" in m["code"])
    assert len(code.splitlines()) <= 5
    (tmp_path / "my_method.py").write_text(code)
    method = baselines.load(f"{tmp_path / 'my_method.py'}:Mine")
    driver = baselines.Driver(np.full((3, 16, 16, 3), 100, np.uint8), Fraction(25))
    result = method.drive(method.prepare(np.zeros((16, 16, 3), np.uint8)), driver)
    assert (gathered(chunks_of(result, driver)).frames == 50).all()


def imports(code: str) -> Iterator[str]:
    """Every name of ours that an example imports or takes from a module that it imports."""
    lines = [line[4:] for line in code.splitlines() if line.startswith((">>> ", "... "))]
    tree = ast.parse("\n".join(lines) if lines else code)
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
            yield from (alias.name for alias in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield f"{node.value.id}.{node.attr}"


def exists(dotted: str) -> bool:
    """Whether a dotted name of ours is a module, or a name that a module defines; nothing heavy is imported."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        files = [f for f in (path.with_suffix(".py"), path / "__init__.py", path / "__init__.pyi") if f.is_file()]
        if files or path.is_dir():
            rest = parts[length:]
            return not rest or any(rest[0] in defined(file.read_text(encoding="utf-8")) for file in files)
    return False


def defined(source: str) -> set[str]:
    """Names at the top level of a module, imported ones included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom | ast.Import):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_names_and_files_of_a_page_exist(page: Path) -> None:
    text = PAGES[page]
    if page.name == "renamed-modules.md":  # the first column has the old names
        text = "\n".join(line.rpartition(" | ")[2] for line in text.splitlines() if line.startswith("| "))
    code = [name for match in EXAMPLE.finditer(text) for name in imports(match["code"])]
    names = {*DOTTED.findall(text), *(name for name in code if name.split(".")[0] in ROOMS)}
    assert [name for name in sorted(names) if not exists(name)] == []
    assert [name for name in sorted(set(FILE.findall(text))) if not (ROOT / name).exists()] == []
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_a_name_that_is_gone_is_found() -> None:
    assert exists("benchmark.metrics") and exists("benchmark.evaluate") and exists("benchmark.metrics.card.MetricCard")
    assert not exists("benchmark.verbs") and not exists("benchmark.metrics.card.Metric")


def parser_of(room: str) -> ModuleType:
    place = (
        "feed_dataset.commands.weights" if room == "weights" else f"{'feed_' if room == 'dataset' else ''}{room}.cli"
    )
    return importlib.import_module(place)


COMMANDS = sorted({line for text in PAGES.values() for line in COMMAND.findall(text)})


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_understood(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, room, *arguments = shlex.split(line.partition("  #")[0].replace("[--", "--").replace("/]", ""), comments=False)
    module = parser_of(room)
    parser = (module.build_parser if hasattr(module, "build_parser") else module._parser)(f"feed {room}")
    try:
        parser.parse_args(arguments)
    except SystemExit:
        pytest.fail(capsys.readouterr().err)
