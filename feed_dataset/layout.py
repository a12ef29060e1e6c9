"""File names of FEED: which stem is which task of the paper, and how a path is read.

Source of the stems: README of the public FEED release (2024-09). Source of the tasks: Table 1 of the
EMOPortraits paper.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType

CAMERAS: Mapping[str, str] = MappingProxyType({"C": "centre", "L": "left", "R": "right"})
VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi")
PATTERN = "<subject>/<stem>_<camera>.mp4"

TASKS: Mapping[str, str] = MappingProxyType(
    {
        "basic": "basic facial expressions",
        "rotations": "head rotations",
        "winks": "winks",
        "eyes": "eyes move",
        "asymmetric": "asymmetric emotions",
        "tongue": "tongue emotions",
        "extreme": "extreme emotions",
        "speech": "speech (not in FEED; synthetic subjects only)",
    }
)
"""Paper task key -> its name. The first seven are the rows of Table 1."""


@dataclass(frozen=True)
class Stem:
    """One kind of take."""

    name: str
    task: str  # key of TASKS
    mode: str  # variant of the task in Table 1
    summary: str


STEMS: Mapping[str, Stem] = MappingProxyType(
    {
        stem.name: stem
        for stem in (
            Stem("MAU_mild", "basic", "mild", "main action units of six emotions, mild, no rotation, no tongue"),
            Stem("MAU_strong", "basic", "strong", "the same, strong"),
            Stem("rotations", "rotations", "axes / random", "head rotations"),
            Stem("tongue_rot", "rotations", "tongue", "head rotations while showing the tongue"),
            Stem("blinks", "winks", "mild / strong", "blinks of both eyes and of each eye alone"),
            Stem("eyes", "eyes", "gaze", "eye movements"),
            Stem("FF_NR", "asymmetric", "no rotation", "main action units, strong, as asymmetric as possible"),
            Stem("FF", "asymmetric", "rotation", "the same with head rotations"),
            Stem("tongue_em", "tongue", "no rotation", "like FF_NR, using the tongue"),
            Stem("tongue", "tongue", "no rotation", "older name of tongue_em; some subjects have both"),
            Stem("random", "extreme", "random", "random extreme expressions"),
            Stem("speech", "speech", "sentence", "a spoken sentence with sound (synthetic subjects only)"),
        )
    }
)
FEED_STEMS = tuple(name for name in STEMS if name not in ("tongue", "speech"))
"""The ten stems of the release, without the older name."""

_BY_LOWER = {name.lower(): stem for name, stem in STEMS.items()}
_NAME = re.compile(r"^(?P<stem>.+?)[_\- ](?P<camera>[CLR])$", re.IGNORECASE)
_SUBJECT = re.compile(r"^(ID|S)[_\- ]?\d+$", re.IGNORECASE)


@dataclass(frozen=True)
class ClipName:
    """What a path says about a clip."""

    subject: str
    stem: Stem
    camera: str  # key of CAMERAS

    @property
    def id(self) -> str:
        return f"{self.subject}/{self.stem.name}_{self.camera}"


def parse_clip_path(relative: PurePath, root_name: str) -> ClipName | str:
    """Read a video's path below the data directory.

    Case and extension of the file name do not matter, nor do folders between the subject and the file. The
    subject is the innermost folder named like one (`ID_7`, `S03`), else the folder that holds the file. The
    data directory itself (`root_name`) counts as a folder, so that one subject's folder can be opened alone.

    Returns:
        The clip's name, or the reason why it is no FEED clip.
    """
    match = _NAME.match(relative.stem)
    if match is None:
        return f"the name does not end in _C, _L or _R (expected {PATTERN})"
    stem = _BY_LOWER.get(re.sub(r"[\- ]", "_", match["stem"]).lower())
    if stem is None:
        return f"unknown stem {match['stem']!r} (expected one of {', '.join(STEMS)})"
    return ClipName(_subject(relative, root_name), stem, match["camera"].upper())


def _subject(relative: PurePath, root_name: str) -> str:
    folders = (root_name, *relative.parts[:-1])
    return next((folder for folder in reversed(folders) if _SUBJECT.match(folder)), folders[-1])


def is_video(path: Path) -> bool:
    """Whether the name is that of a video; hidden files (such as macOS's `._` companions) are not."""
    return path.suffix.lower() in VIDEO_SUFFIXES and not path.name.startswith(".")
