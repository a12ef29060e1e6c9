"""One video of one camera."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from feed_dataset.layout.splits import split_of


@dataclass(frozen=True)
class Clip:
    """One video of one camera."""

    id: str  # "S01/MAU_strong_C"
    subject: str
    stem: str
    task: str  # key of feed_dataset.layout.names.TASKS
    mode: str
    camera: str  # "C", "L" or "R"
    path: Path
    ground_truth: Path | None
    has_audio: bool
    language: str | None = None  # that is spoken, where the data says it

    @property
    def take_id(self) -> str:
        """The clip without its camera: views of one take share it."""
        return f"{self.subject}/{self.stem}"

    @property
    def split(self) -> str:
        """ "train", "validation" or "test", by subject."""
        return split_of(self.subject)
