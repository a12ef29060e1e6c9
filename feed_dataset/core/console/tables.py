"""The console that tables are printed on; a pipe or a file has no width of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_FILE_WIDTH = 120


def table_console() -> Console:
    """Standard output as wide as the terminal, or so wide that a file folds little."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=_FILE_WIDTH)
