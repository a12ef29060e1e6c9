"""What the tests ask of a browser; Chromium and Firefox answer in files of their own, without further packages."""

from __future__ import annotations

import shutil
from abc import abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

DEADLINE_S = 60.0


class Browser(Protocol):
    """One window. Used in a `with` block."""

    def open(self, page: Path) -> None:
        """Load a page from disk and wait until all of it is there."""
        self.open_address(page.as_uri())

    @abstractmethod
    def open_address(self, address: str) -> None:
        """The same with a page of a server."""

    @abstractmethod
    def ask(self, script: str) -> Any:
        """The value of the body of an async function, run in the page."""

    @abstractmethod
    def resize(self, width_px: int, height_px: int) -> None:
        """Another size of the window."""

    @abstractmethod
    def errors(self) -> list[str]:
        """What the console has as errors since the page was opened: of scripts, refused loads, broken policies."""

    @abstractmethod
    def close(self) -> None:
        """End the browser."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def program(*names: str) -> str | None:
    """The first of these programs that is here."""
    return next((found for name in names if (found := shutil.which(name)) is not None), None)
