"""People whose recordings must not be used: the list of the package, and what a user adds to it.

Their files are refused even when they are on disk: they are counted, but neither decoded nor hashed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.jobs.files import read_text
from feed_dataset.layout.names import subject_key

FORMAT = 1
FILE_NAME = "withdrawn.json"
VARIABLE = "FEED_WITHDRAWN"
"""Names of further subjects, separated by commas."""
_SHIPPED = Path(__file__).with_name(FILE_NAME)


class WithdrawnListError(FeedError):
    """A list of withdrawn subjects cannot be read. Nothing is used before it can."""


class WithdrawnError(FeedError):
    """A subject was asked for who withdrew."""

    def __init__(self, subject: str, reason: str) -> None:
        self.subject = subject
        super().__init__(f"expected a subject who takes part but {subject} must not be used: {reason}")


def shipped() -> Mapping[str, str]:  # subject key -> reason
    """The package's list, for FEED."""
    return _read(_SHIPPED, _SHIPPED.stat().st_mtime_ns)


def added(root: Path | None = None) -> Mapping[str, str]:  # subject key -> reason
    """What $FEED_WITHDRAWN and `withdrawn.json` in the data directory add. Raises WithdrawnListError."""
    names = (name.strip() for name in os.environ.get(VARIABLE, "").split(","))
    found = {subject_key(name): f"named in ${VARIABLE}" for name in names if name}
    path = None if root is None else root / FILE_NAME
    if path is not None and path.exists():
        found = {**_read(path, path.stat().st_mtime_ns), **found}
    return MappingProxyType(found)


def reason_of(subject: str, listed: Mapping[str, str]) -> str | None:
    """Why this subject must not be used, or None."""
    return listed.get(subject_key(subject))


@lru_cache(maxsize=16)
def _read(path: Path, modified_ns: int) -> Mapping[str, str]:
    try:
        content = json.loads(read_text(path))
    except (OSError, ValueError) as error:
        raise WithdrawnListError(
            f"expected a list of withdrawn subjects but cannot read {path}: {words_of(error)}"
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        got = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise WithdrawnListError(f"expected format {FORMAT} in {path} but got {got!r}; update feed_dataset")
    subjects = content.get("subjects")
    if not isinstance(subjects, dict) or not all(isinstance(reason, str) for reason in subjects.values()):
        raise WithdrawnListError(f'expected "subjects" in {path} to give a reason for each name but got {subjects!r}')
    return MappingProxyType({subject_key(name): reason for name, reason in subjects.items()})
