"""What the registry says of one network."""

from __future__ import annotations

from dataclasses import dataclass

from feed_dataset.core.weights.sources import ByHand, Source

COMMAND = "feed weights"
"""The words that begin every command about weights."""


@dataclass(frozen=True)
class Weight:
    """One weights file.

    Args:
        name: name used in results and commands.
        file_name: name of the file in the cache and in a user's $FEED_WEIGHTS folder.
        purpose: what the network does.
        licence: licence of the weights as their publisher states it.
        sources: where it comes from, tried in order.
        sha256: hex digest of the exact file, or None where none was ever published.
        size_bytes: exact size when known.
        note: what a person should know, in one line.
    """

    name: str
    file_name: str
    purpose: str
    licence: str
    sources: tuple[Source, ...]
    sha256: str | None
    size_bytes: int | None
    note: str = ""

    def __post_init__(self) -> None:
        if self.file_name in ("", ".", "..") or "/" in self.file_name or "\\" in self.file_name:
            raise ValueError(f"expected a plain file name for {self.name} but got {self.file_name!r}")

    @property
    def verification(self) -> str:
        """How far a file can be checked: honest words for lists and reports."""
        return "no published hash: taken as it comes" if self.sha256 is None else "sha256"

    @property
    def command(self) -> str:
        """What a person types to get it."""
        if all(isinstance(source, ByHand) for source in self.sources):
            return f"{COMMAND} import {self.name} FILE"
        return f"{COMMAND} download {self.name}"
