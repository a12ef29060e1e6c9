"""The errors that `feed_dataset` raises for people: what was expected, what was found, what to do."""

from __future__ import annotations

from pathlib import Path


class FeedError(Exception):
    """Base of every error that a command shows as one line and exit code 2."""


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
        super().__init__(f"needs the weights {name!r} ({reason}); get them with: {command}")
