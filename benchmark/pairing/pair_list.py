"""What pairing gives: one entry per id, and the files that belong to none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmark.results.errors import BenchmarkError

MAX_ID_LENGTH = 200  # of a case id in results
NO_GENERATED = "no generated video with this id"
NO_REFERENCE = "no reference video with this id"
NO_SOURCE = "no source image with this id"
NO_AUDIO = "no sound file with this id"


class PairingError(BenchmarkError):
    """Videos cannot be paired without guessing."""


@dataclass(frozen=True)
class Pair:
    """One thing to score.

    Args:
        id: name of the case in results.
        cluster: the driver's person: cases of one are not independent of each other.
        source_cluster: the source's person, or the photograph: likewise.
        generated: the video under test; None where there is none: a failed case, not a smaller set.
        reference: what should have come out; None where there is none.
        source: image or video whose first frame was animated; None where none was given or found.
        audio: file with the sound; None where none was given or found.
        unread: why the file that has the id is not read.
    """

    id: str
    cluster: str
    source_cluster: str
    generated: Path | None
    reference: Path | None
    source: Path | None = None
    audio: Path | None = None
    unread: str | None = None

    @property
    def problem(self) -> str | None:
        """Why there is nothing to compare; None when there is."""
        if self.generated is not None and self.reference is not None:
            return None
        return self.unread or (NO_GENERATED if self.generated is None else NO_REFERENCE)


@dataclass(frozen=True)
class PairList:
    """Every case, and every file that was found and is part of none (label, reason)."""

    pairs: tuple[Pair, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    has_sources: bool = False  # sources were given, hence a missing one is a failure
    has_audio: bool = False  # likewise


def checked_id(text: str, where: str) -> str:
    """`text` where it can be a case id. Raises PairingError, which begins with `where`."""
    if not text:
        raise PairingError(f"{where}: expected an id but got an empty one")
    if len(text) > MAX_ID_LENGTH:
        raise PairingError(
            f"{where}: expected an id of at most {MAX_ID_LENGTH} characters but got {len(text)}"
            f" ({text[:40]}...); give shorter ids in a --pairs CSV"
        )
    if not text.isprintable():
        raise PairingError(f"{where}: expected an id of printable characters but got {text!r}")
    return text
