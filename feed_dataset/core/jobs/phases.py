"""Progress: one bar with ETA per phase on a terminal, elsewhere one plain line per finished phase."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


class Progress:
    """Phases of a run.

    Args:
        console: where to show; its `is_terminal` decides between bars and lines.
        quiet: show nothing at all.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        from rich import progress as bars

        self._console = console
        self._quiet = quiet
        self.timings_s: dict[str, float] = {}
        self._bars = bars.Progress(
            bars.SpinnerColumn(),
            bars.TextColumn("{task.description:<26}"),
            bars.BarColumn(),
            bars.MofNCompleteColumn(),
            bars.TimeElapsedColumn(),
            bars.TextColumn("left"),
            bars.TimeRemainingColumn(),
            console=console,
            disable=quiet or not console.is_terminal,
        )

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def note(self, text: str) -> None:
        """A line that stays."""
        if not self._quiet:
            self._console.print(text, markup=False, highlight=False)

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[Callable[[], None]]:
        """Count `total` steps; the yielded function marks one as done."""
        started = time.perf_counter()
        task = self._bars.add_task(title, total=total)
        yield lambda: self._bars.advance(task)
        self.timings_s[title] = round(time.perf_counter() - started, 3)
        if not self._console.is_terminal:
            self.note(f"{title}: {total} done in {self.timings_s[title]:.1f} s")
