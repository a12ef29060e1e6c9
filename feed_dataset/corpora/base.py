"""What a corpus is to this project: how its files are named, where it comes from, what should be there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import ClassVar, Literal

Kind = Literal["video", "image", "audio"]


@dataclass(frozen=True)
class CorpusFile:
    """What a path says about a file of a corpus."""

    id: str  # unique in the corpus, such as "ID_1/random_C"
    subject: str
    kind: Kind
    view: str = ""  # camera of a multi-view corpus, such as "C"
    task: str = ""  # key of feed_dataset.layout.names.TASKS where the corpus has FEED's tasks, else its own word
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # the rest, by the corpus's names

    @property
    def take_id(self) -> str:
        """Files of one take, such as the views of a moment, share it."""
        return f"{self.subject}/{self.fields['take']}" if "take" in self.fields else self.id


class Corpus(ABC):
    """A corpus: names, origin, terms. Reads no media."""

    name: ClassVar[str]
    title: ClassVar[str]
    licence: ClassVar[str]
    how_to_get: ClassVar[str]  # what a person has to do, in a few sentences
    page: ClassVar[str]
    pattern: ClassVar[str]  # the official layout, for error messages
    suffixes: ClassVar[frozenset[str]]  # lower case, with the dot: other files are no part of the corpus

    @abstractmethod
    def parse(self, relative: PurePath, root_name: str) -> CorpusFile | str:
        """Read a path below the data directory; the reason in words when it is no file of this corpus."""

    def expected(self, found: Mapping[str, CorpusFile]) -> tuple[CorpusFile, ...]:
        """Files that a complete copy of what was begun would have, given what was found; by id."""
        return tuple(found.values())

    def refused(self, file: CorpusFile) -> str | None:
        """Why this file must not be used although it is there (withdrawn consent), or None."""
        return None

    def accepts(self, path: Path) -> bool:
        """Whether the name could be of this corpus at all; hidden files never are."""
        return path.suffix.lower() in self.suffixes and not path.name.startswith(".")
