"""MEAD: actors who speak with eight emotions at three intensities before seven cameras.

Layout as in the release (each actor's `video.tar` and `audio.tar` unpacked in the actor's folder), read from the
README of uniBruce/Mead (folders "MXXX" and "WXXX") and from public loaders (`M003/video/front/angry/level_1/
001.mp4`, sound beside it as `M003/audio/angry/level_1/001.m4a`). Public code also has all of it in the file name, in
any folder: `M003_front_angry_level_1_001.mp4`, `M003_video_front_...`, `M003_angry_level_1_001.wav`; DreamTalk writes
`M030_front_neutral_level1_001`, EDTalk `MEAD_front/Original_video/M003#angry#level_1#001.mp4`. Some actors have further
folders in between, which is allowed. The release has holes that its authors confirm (issue 9 of that
repository: W017 has one view), and nowhere says how many sentences each actor has, so nothing is reported as missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import ClassVar

from feed_dataset.corpora.base import Corpus, CorpusFile, Kind

VIEWS = ("front", "left_30", "left_60", "right_30", "right_60", "top", "down")
EMOTIONS = ("angry", "contempt", "disgusted", "fear", "happy", "neutral", "sad", "surprised")
LEVELS = (1, 2, 3)
_ACTOR = re.compile(r"[MW]\d{3}", re.IGNORECASE)
_LEVEL = re.compile(r"level_?(\d+)")
_VIEW = re.compile(rf"(?:mead_)?({'|'.join(VIEWS)})")
_SENTENCE = re.compile(r"\d{3}")
_WHOLE = re.compile(
    rf"([MW]\d{{3}})(?:_video|_audio)?(?:[_#]({'|'.join(VIEWS)}))?[_#]({'|'.join(EMOTIONS)})[_#]level_?(\d)[_#](\d{{3}})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class MeadName:
    """What a path of MEAD says."""

    actor: str  # "M003" a man, "W009" a woman
    view: str  # of VIEWS; "" for sound
    emotion: str  # of EMOTIONS
    level: int  # of LEVELS, 3 is the strongest; neutral has level 1 only
    sentence: int

    @property
    def take(self) -> str:
        return f"{self.emotion}/level_{self.level}/{self.sentence:03d}"


def parse_name(relative: PurePath, root_name: str) -> MeadName | str:
    """Read a path; the reason in words when it is no file of MEAD."""
    whole = _WHOLE.fullmatch(relative.stem)
    if whole is not None:
        actor, view, emotion, strength, sentence = (part.lower() for part in whole.groups(default=""))
        view = view or next(iter(_views((root_name, *relative.parts[:-1]))), "")
        relative = PurePath(actor, view or ".", emotion, f"level_{strength}", sentence + relative.suffix)
        root_name = ""
    folders = [root_name, *relative.parts[:-1]]
    actors = [folder.upper() for folder in folders if _ACTOR.fullmatch(folder)]
    if not actors:
        return "no folder is named like an actor (expected M003, W009, ...)"
    lower = [folder.lower() for folder in folders]
    emotions = [folder for folder in lower if folder in EMOTIONS]
    if len(set(emotions)) != 1:
        return f"expected one folder named after an emotion ({', '.join(EMOTIONS)}) but got {_or_none(emotions)}"
    levels = [match[1] for folder in lower if (match := _LEVEL.fullmatch(folder))]
    if len(set(levels)) != 1 or int(levels[0]) not in LEVELS:
        return f"expected one folder level_1, level_2 or level_3 but got {_or_none([f'level_{x}' for x in levels])}"
    level = int(levels[0])
    if emotions[0] == "neutral" and level != 1:
        return f"neutral has level_1 only, but the folder is level_{level}"
    if not _SENTENCE.fullmatch(relative.stem):
        return f"expected a sentence number of three digits as the name but got {relative.stem!r}"
    views = _views(folders)
    is_video = relative.suffix.lower() in Mead.video_suffixes
    if is_video and len(set(views)) != 1:
        return f"expected one folder named after a view ({', '.join(VIEWS)}) but got {_or_none(views)}"
    return MeadName(actors[-1], views[0] if is_video else "", emotions[0], level, int(relative.stem))


def _views(folders: Iterable[str]) -> list[str]:
    """The views that folders are named after, such as `front` and `MEAD_front`."""
    return [match[1] for folder in folders if (match := _VIEW.fullmatch(folder.lower()))]


class Mead(Corpus):
    name = "mead"
    title = "MEAD: Multi-view Emotional Audio-visual Dataset (Wang et al., ECCV 2020)"
    licence = "for non-commercial research only (terms of the MEAD authors); no redistribution"
    how_to_get = (
        "Read and accept the terms on the project page and download the actors' archives (part 0 is public). "
        "Unpack video.tar and audio.tar inside each actor's folder. About 48 actors are public; some views are missing."
    )
    page = "https://wywu.github.io/projects/MEAD/MEAD.html"
    pattern = "<actor>/video/<view>/<emotion>/level_<n>/<sentence>.mp4"
    video_suffixes: ClassVar[frozenset[str]] = frozenset({".mp4"})
    suffixes = frozenset({".mp4", ".m4a", ".wav"})

    def parse(self, relative: PurePath, root_name: str) -> CorpusFile | str:
        found = parse_name(relative, root_name)
        if isinstance(found, str):
            return found
        kind: Kind = "video" if found.view else "audio"
        fields = {
            "take": found.take,
            "emotion": found.emotion,
            "level": str(found.level),
            "sentence": f"{found.sentence:03d}",
            "gender": "female" if found.actor.startswith("W") else "male",
        }
        identity = f"{found.actor}/{found.view or 'audio'}/{found.take}"
        return CorpusFile(identity, found.actor, kind, found.view, found.emotion, MappingProxyType(fields))


def _or_none(names: list[str]) -> str:
    return ", ".join(names) or "none"
