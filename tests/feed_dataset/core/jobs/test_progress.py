"""Where there is no terminal progress is plain lines: one for each piece, or one for each phase."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from feed_dataset.core.jobs.progress import Progress, ProgressBar


def plain() -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, width=30), file


def test_a_line_for_each_piece(capsys: pytest.CaptureFixture[str]) -> None:
    long = "a [b] :smile: with a name that is longer than any terminal is wide" * 2
    with ProgressBar(0, "indexing") as bar:
        bar.total = 2  # as it becomes known
        bar.advance(long, "ok")
        bar.advance("c", "corrupt")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"[1/2] indexing {long}: ok", "[2/2] indexing c: corrupt"]


def test_a_line_for_each_phase_and_its_time() -> None:
    console, file = plain()
    with Progress(console) as progress:
        with progress.phase("inputs", 2) as step:
            step()
            step()
        progress.note("between")
        with pytest.raises(KeyError), progress.phase("faces", 1):
            raise KeyError
    assert file.getvalue() == "inputs: 2 done in 0.0 s\nbetween\n"
    assert list(progress.timings_s) == ["inputs"]


def test_a_quiet_one_says_nothing_but_keeps_times(capsys: pytest.CaptureFixture[str]) -> None:
    console, file = plain()
    with Progress(console, quiet=True) as progress, progress.phase("inputs", 1) as step:
        progress.note("between")
        step()
    assert file.getvalue() == "" and capsys.readouterr() == ("", "")
    assert "inputs" in progress.timings_s


def test_a_terminal_gets_a_bar() -> None:
    file = io.StringIO()
    with ProgressBar(2, "animating", lines="none", console=Console(file=file, force_terminal=True, width=100)) as bar:
        bar.show(1, "first")
        bar.advance("second")
    shown = file.getvalue()
    assert "animating" in shown and "2/2" in shown and "left" in shown and "second" in shown
