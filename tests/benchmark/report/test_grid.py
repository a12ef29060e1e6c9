"""Tables as text: what a cell says is never taken for markup, a command or a formula."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from benchmark.report.grid import Cell, Grid, comma_separated, latex, markdown, show, written

NASTY = "a|b_{50 %} <x> & \\cmd $1"
GRID = Grid(
    "scores of a_b",
    ("method", "csim[dlib] ↑"),
    ((NASTY, Cell("0.912", "[0.9, 1.0] 4/5", best=True)), ("=plain", "0.5°")),
    ("best is bold",),
)


def test_markdown() -> None:
    assert markdown(GRID).splitlines() == [
        "### scores of a\\_b",
        "",
        "| method | csim\\[dlib\\] ↑ |",
        "|---|---:|",
        "| a\\|b\\_{50 %} &lt;x&gt; &amp; \\\\cmd $1 | **0.912** \\[0.9, 1.0\\] 4/5 |",
        "| =plain | 0.5° |",
        "",
        "- best is bold",
    ]


def test_latex_has_no_command_of_a_cell() -> None:
    text = latex(GRID)
    assert r"a|b\_\{50 \%\} $<$x$>$ \& \textbackslash{}cmd \$1 & \textbf{0.912} {\scriptsize [0.9, 1.0] 4/5} \\" in text
    assert r"\begin{tabular}{lr}" in text
    assert r"=plain & 0.5\textdegree{} \\" in text
    assert r"\caption{scores of a\_b. best is bold.}" in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_is_accepted_by_latex(tmp_path: Path) -> None:
    packages = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{booktabs,textcomp}"
    (tmp_path / "a.tex").write_text(f"{packages}\\begin{{document}}{latex(GRID)}\\end{{document}}")
    subprocess.run(["pdflatex", "-halt-on-error", "a.tex"], cwd=tmp_path, check=True, capture_output=True)


def test_csv_has_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(comma_separated(GRID))))
    assert rows[1:] == [[NASTY, "0.912 [0.9, 1.0] 4/5"], ["'=plain", "0.5°"]]


def test_an_id_of_a_metric_stays_whole_on_a_narrow_terminal() -> None:
    long = "syncnet_confidence[legacy]"
    numbers = tuple(f"{10**9 + place}" for place in range(6))
    grid = Grid("", ("metric", "A", *"bcdefg"), ((long, "a-method-of-a-long-name", *numbers),), names=2)
    buffer = io.StringIO()
    show(grid, Console(file=buffer, width=80))
    assert long in buffer.getvalue()


def test_a_terminal_shows_titles_and_headings_as_they_are() -> None:
    nasty = "ref[bold] [/x] [red]"
    buffer = io.StringIO()
    show(Grid(nasty, ("method", nasty), (("mine", "1"),), (nasty,)), Console(file=buffer, width=120))
    assert buffer.getvalue().count(nasty) == 3


def test_several_tables_follow_each_other() -> None:
    assert written([GRID, GRID], "md").count("### scores") == 2


def test_terminal() -> None:
    console = Console(file=io.StringIO(), width=80)
    show(GRID, console)
    assert isinstance(console.file, io.StringIO)
    assert NASTY in console.file.getvalue() and "best is bold" in console.file.getvalue()


def test_every_row_has_every_column() -> None:
    with pytest.raises(ValueError, match="expected 2 cells but got 1 in the row of x"):
        Grid("", ("a", "b"), (("x",),))
