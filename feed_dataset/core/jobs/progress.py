"""Progress of long work: bars with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from rich.console import Console

Lines = Literal["each piece", "the end", "none"]
"""What is told where there is no terminal."""


class ProgressBar:
    """Counts finished pieces out of `total`, which may be changed while it grows known.

    >>> with ProgressBar(total=2, label="indexing") as bar:
    ...     bar.advance("ID_1/random_C", "ok")

    prints `[1/2] indexing ID_1/random_C: ok` where stderr is no terminal.

    Args:
        total: pieces; None while nobody knows.
        console: where to show; stderr by default. Its `is_terminal` decides between a bar and lines.
    """

    def __init__(
        self, total: int | None, label: str, *, lines: Lines = "each piece", console: Console | None = None
    ) -> None:
        from rich import progress as bars
        from rich.console import Console

        self.total = total
        self.label = label
        self.done = 0
        self._lines = lines
        self._console = console or Console(stderr=True)
        self._bars = bars.Progress(
            bars.TextColumn("{task.fields[label]:<24}", markup=False),
            bars.BarColumn(),
            bars.MofNCompleteColumn(),
            bars.TimeElapsedColumn(),
            bars.TextColumn("left"),
            bars.TimeRemainingColumn(),
            bars.TextColumn("{task.description}", markup=False),
            console=self._console,
            disable=not self._console.is_terminal,
            speed_estimate_period=600,
        )
        self._task = self._bars.add_task("", total=total, label=label)
        self._started_s = time.perf_counter()

    def __enter__(self) -> Self:
        self._started_s = time.perf_counter()
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
        if kind is None and self._lines == "the end":
            self._line(f"{self.label}: {self.done} done in {self.seconds:.1f} s")

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.perf_counter() - self._started_s

    def advance(self, name: str = "", state: str = "done") -> None:
        """One more piece is finished; `state` says how, such as "ok", "is there" or "corrupt"."""
        self.show(self.done + 1, name)
        if self._lines == "each piece":
            self._line(f"[{self.done}/{self.total}] {self.label} {name}: {state}")

    def show(self, done: int, name: str = "") -> None:
        """So many pieces are finished."""
        self.done = done
        self._bars.update(self._task, total=self.total, completed=done, description=name)

    def _line(self, text: str) -> None:
        if not self._console.is_terminal:
            self._console.out(text, highlight=False)


class Progress:
    """Phases of a run, one after another, with the time that each took.

    Args:
        console: where to show.
        quiet: show nothing at all.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        from rich.console import Console

        self._console = Console(quiet=True, force_terminal=False) if quiet else console
        self.timings_s: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def note(self, text: str) -> None:
        """A line that stays."""
        self._console.out(text, highlight=False)

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[Callable[[], None]]:
        """Count `total` steps; the yielded function marks one as done."""
        with ProgressBar(total, title, lines="the end", console=self._console) as bar:
            yield bar.advance
        self.timings_s[title] = round(bar.seconds, 3)
