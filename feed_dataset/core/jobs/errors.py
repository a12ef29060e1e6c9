"""The errors that all rooms raise for people: what was expected, what was found, what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FeedError(Exception):
    """Base of every error that a command shows as one line and exit code 2."""

    def __reduce__(self) -> tuple[object, ...]:
        return _revived, (type(self), self.args, self.__dict__)  # for constructors that take other arguments


@contextmanager
def wrong_value() -> Iterator[None]:
    """Turn the ValueError of settings that check themselves into a FeedError: here the values are a user's.

    Raises:
        FeedError: with the text of the ValueError.
    """
    try:
        yield
    except ValueError as error:
        raise FeedError(str(error)) from error


def words_of(error: BaseException) -> str:
    """What an error says, for a line that names the file itself: no number, no path, never empty.

    Example:
        >>> words_of(FileNotFoundError(2, "No such file or directory", "/a/b.toml"))
        'No such file or directory'
    """
    inner = getattr(error, "reason", None)  # of urllib's errors
    if isinstance(error, OSError) and isinstance(inner, OSError):
        return words_of(inner)
    said = getattr(error, "strerror", None)  # some errors of PyAV have it, too
    return str(said or error) or type(error).__name__


def words_and_place(error: BaseException) -> str:
    """As `words_of`, after the file where the error names one, for a line that names none."""
    name = getattr(error, "filename", None) if getattr(error, "strerror", None) else None
    return words_of(error) if name is None else f"{os.fsdecode(name)}: {words_of(error)}"


class LayoutError(FeedError):
    """A data directory does not look like FEED, or names one clip twice."""


class NoFaceError(FeedError):
    """An image or video in which a face is needed has none."""


class ImageDecodeError(FeedError):
    """A file that should be an image cannot be read as one."""

    def __init__(self, path: Path | str, detail: str) -> None:
        self.path = Path(path)
        super().__init__(f"expected an image but could not read {path}: {detail}")


class VideoDecodeError(FeedError):
    """A video is unreadable, truncated or empty."""

    def __init__(self, path: Path | str, backend: str, detail: str) -> None:
        self.path = Path(path)
        self.backend = backend
        super().__init__(f"expected a readable video but {path} is not ({backend}): {detail}")


class WeightsUnavailable(FeedError):
    """Network weights are neither on this machine nor fetchable now.

    Args:
        name: name of the network in the registry.
        command: what the user types to get it.
        reason: why it could not be had.
    """

    def __init__(self, name: str, command: str, reason: str) -> None:
        self.name = name
        self.command = command
        self.reason = reason
        super().__init__(f"needs the weights {name!r} ({reason}); get them with: {command}")


def _revived(kind: type[FeedError], args: tuple[object, ...], attributes: dict[str, object]) -> FeedError:
    """The error as it was in the process that it comes from."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error
