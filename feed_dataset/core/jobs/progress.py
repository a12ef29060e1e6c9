"""Progress of long work: a bar with the time left on a terminal, one line per finished piece elsewhere."""

from __future__ import annotations

import sys


class ProgressBar:
    """Counts finished pieces out of `total` and shows them on stderr.

    >>> with ProgressBar(total=2, label="indexing") as bar:
    ...     bar.advance("ID_1/random_C", "ok")

    prints `[1/2] indexing ID_1/random_C: ok` where stderr is no terminal.
    """

    def __init__(self, total: int, label: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.total = total
        self.label = label
        self._done = 0
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.fields[label]}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            disable=not self._console.is_terminal,
            speed_estimate_period=600,
        )
        self._task = self._progress.add_task("", total=total, label=label)

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @property
    def done(self) -> int:
        """Pieces that are finished."""
        return self._done

    def advance(self, name: str, state: str = "done") -> None:
        """One more piece is finished; `state` says how, such as "ok", "is there" or "corrupt"."""
        self._done += 1
        self._progress.update(self._task, total=self.total, advance=1, description=name)
        if not self._console.is_terminal:
            print(f"[{self._done}/{self.total}] {self.label} {name}: {state}", file=sys.stderr, flush=True)
