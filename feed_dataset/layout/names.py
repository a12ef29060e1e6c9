"""File names of FEED: which stem is which task of the paper, and how a path is read.

Source of the stems: README of the public FEED release (2024-09). Source of the tasks: Table 1 of the
EMOPortraits paper.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from types import MappingProxyType

from feed_dataset.core.media.suffixes import VIDEO_SUFFIXES

CAMERAS: Mapping[str, str] = MappingProxyType({"C": "centre", "L": "left", "R": "right"})
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
    mode: str  # what sets it apart from the task's other stems
    paper_mode: str  # the row "Mode" of Table 1; "" where the paper does not list it
    summary: str


STEMS: Mapping[str, Stem] = MappingProxyType(
    {
        stem.name: stem
        for stem in (
            Stem("MAU_mild", "basic", "mild", "Mild", "main action units of six emotions, mild; no rotation or tongue"),
            Stem("MAU_strong", "basic", "strong", "Strong", "the same, strong"),
            Stem("rotations", "rotations", "axes / random", "Axes/random", "head rotations"),
            Stem("tongue_rot", "rotations", "tongue", "", "head rotations while showing the tongue"),
            Stem("blinks", "winks", "mild / strong", "Mild/Strong", "blinks of both eyes and of each eye alone"),
            Stem("eyes", "eyes", "gaze", "Random", "eye movements"),
            Stem("FF_NR", "asymmetric", "no rotation", "Strong", "main action units, strong, most asymmetric"),
            Stem("FF", "asymmetric", "rotation", "Strong", "the same with head rotations"),
            Stem("tongue_em", "tongue", "no rotation", "Strong", "like FF_NR, using the tongue"),
            Stem("tongue", "tongue", "no rotation", "Strong", "older name of tongue_em; some subjects have both"),
            Stem("random", "extreme", "random", "Extreme", "random extreme expressions"),
            Stem("speech", "speech", "sentence", "", "a spoken sentence with sound (synthetic subjects only)"),
        )
    }
)
FEED_STEMS = tuple(name for name in STEMS if name not in ("tongue", "speech"))
"""The ten stems of the release, without the older name."""

SUBJECTS = tuple(f"ID_{number}" for number in range(1, 24))
"""The 23 people of the paper."""
RELEASED_SUBJECTS = SUBJECTS[:17]
"""The people of the public release (state of 2024-09)."""
KNOWN_HOLES: Mapping[str, str] = MappingProxyType(
    {
        "ID_14": "users of the release report that all of it is missing",
        "ID_1/tongue_rot_L": "users of the release report that it is missing",
    }
)
"""Subjects and clips that the release lacks."""

_BY_LOWER = {name.lower(): stem for name, stem in STEMS.items()}
_NAME = re.compile(r"^(?P<stem>.+?)[_\- ](?P<camera>[CLR])$", re.IGNORECASE)
_FEED_SUBJECT = re.compile(r"^ID[_\- ]?0*(\d+)$", re.IGNORECASE)
_SYNTHETIC_SUBJECT = re.compile(r"^([SR])[_\- ]?(\d+)$", re.IGNORECASE)


@dataclass(frozen=True)
class ClipName:
    """What a path says about a clip."""

    subject: str  # as the release spells it: "ID_7" for a folder "id-07"
    stem: Stem
    camera: str  # key of CAMERAS
    folder: str = field(default="", compare=False)  # the folder that names the subject, as it is spelled

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
    people = {canonical_subject(folder) for folder in relative.parts[:-1] if _FEED_SUBJECT.match(folder)}
    if len(people) > 1:
        return f"its folders name several subjects ({', '.join(sorted(people))})"
    folder = subject_folder(relative, root_name)
    return ClipName(canonical_subject(folder), stem, match["camera"].upper(), folder)


def canonical_subject(name: str) -> str:
    """The one spelling of a subject: `id-07` is ID_7, `s03` is S03; any other name stays as it is."""
    feed, synthetic = _FEED_SUBJECT.match(name), _SYNTHETIC_SUBJECT.match(name)
    if feed:
        return f"ID_{feed[1]}"
    return f"{synthetic[1].upper()}{synthetic[2]}" if synthetic else name


def subject_key(name: str) -> str:
    """Equal for two names that a person would take for one: case, separators and leading zeros do not count."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[_\- ]", "", name).lower())


def subject_folder(relative: PurePath, root_name: str) -> str:
    """The folder of a path that names its subject: the innermost one like `ID_7`, else the one with the file."""
    folders = (root_name, *relative.parts[:-1])
    named = (folder for folder in reversed(folders) if _FEED_SUBJECT.match(folder) or _SYNTHETIC_SUBJECT.match(folder))
    return next(named, folders[-1])


def is_video(path: Path) -> bool:
    """Whether the name is that of a video; hidden files (such as macOS's `._` companions) are not."""
    return path.suffix.lower() in VIDEO_SUFFIXES and not path.name.startswith(".")
