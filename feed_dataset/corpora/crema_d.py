"""CREMA-D: 91 actors say twelve sentences with six emotions, one sentence at three levels.

Names and numbers checked against the official repository (CheyneyComputerScience/CREMA-D): folders VideoFlash,
AudioWAV and AudioMP3 hold the same 7,442 clips, which is the full design (82 per actor) less `ABSENT`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

from feed_dataset.corpora.base import Corpus, CorpusFile, Kind

ACTORS = range(1001, 1092)
EMOTIONS: Mapping[str, str] = MappingProxyType(
    {"NEU": "neutral", "HAP": "happy", "SAD": "sad", "ANG": "angry", "FEA": "fear", "DIS": "disgust"}
)
LEVELS: Mapping[str, str] = MappingProxyType({"LO": "low", "MD": "medium", "HI": "high", "XX": "unspecified"})
LEVELLED = "IEO"
SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "IEO": "It's eleven o'clock",
        "TIE": "That is exactly what happened",
        "IOM": "I'm on my way to the meeting",
        "IWW": "I wonder what this is about",
        "TAI": "The airplane is almost full",
        "MTI": "Maybe tomorrow it will be cold",
        "IWL": "I would like a new alarm clock",
        "ITH": "I think I have a doctor's appointment",
        "DFA": "Don't forget a jacket",
        "ITS": "I think I've seen this before",
        "TSI": "The surface is slick",
        "WSI": "We'll stop in a couple of minutes",
    }
)
ABSENT = frozenset(
    {"1002_TIE_NEU_XX", "1076_ITS_NEU_XX"}
    | {f"{clips}_{emotion}_XX" for clips in ("1008_WSI", "1009_MTI", "1019_ITH") for emotion in EMOTIONS}
)
"""The 20 clips of the design that were never released."""
_NAME = re.compile(r"(\d{4})_([A-Z]{3})_([A-Z]{3})_(LO|MD|HI|XX)", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class CremaDName:
    """What a file name of CREMA-D says, in its own codes."""

    actor: int
    sentence: str  # key of SENTENCES
    emotion: str  # key of EMOTIONS
    level: str  # key of LEVELS

    @property
    def stem(self) -> str:
        return f"{self.actor}_{self.sentence}_{self.emotion}_{self.level}"


def parse_name(stem: str) -> CremaDName | str:
    """Read a name without its extension; the reason in words when it is none of CREMA-D."""
    match = _NAME.fullmatch(stem)
    if match is None:
        return f"expected <actor>_<sentence>_<emotion>_<level> such as 1001_DFA_ANG_XX but got {stem!r}"
    actor, (sentence, emotion, level) = int(match[1]), (match[part].upper() for part in (2, 3, 4))
    if actor not in ACTORS:
        return f"the actor is {actor}, expected {ACTORS[0]} to {ACTORS[-1]}"
    if sentence not in SENTENCES:
        return f"the sentence is {sentence}, expected one of {', '.join(SENTENCES)}"
    if emotion not in EMOTIONS:
        return f"the emotion is {emotion}, expected one of {', '.join(EMOTIONS)}"
    has_level = sentence == LEVELLED and emotion != "NEU"
    if has_level != (level != "XX"):
        expected = "LO, MD or HI" if has_level else "XX"
        return f"the level is {level}, expected {expected} for sentence {sentence} with emotion {emotion}"
    return CremaDName(actor, sentence, emotion, level)


class CremaD(Corpus):
    name = "crema-d"
    title = "CREMA-D: Crowd-sourced Emotional Multimodal Actors Dataset (Cao et al., IEEE TAC 2014)"
    licence = "Open Database License 1.0; contents under the Database Contents License 1.0"
    how_to_get = (
        "git lfs install, then git clone the repository. Without git-lfs the files are text pointers of about 130 "
        "bytes, which `verify` reports as damaged."
    )
    page = "https://github.com/CheyneyComputerScience/CREMA-D"
    pattern = "VideoFlash/<actor>_<sentence>_<emotion>_<level>.flv"
    suffixes = frozenset({".flv", ".mp4", ".wav", ".mp3"})

    def parse(self, relative: PurePath, root_name: str) -> CorpusFile | str:
        found = parse_name(relative.stem)
        return found if isinstance(found, str) else _file(found, relative.suffix.lower())

    def expected(self, found: Mapping[str, CorpusFile]) -> tuple[CorpusFile, ...]:
        """All clips that were released of each actor and format that was begun."""
        groups = sorted({(file.subject, file.fields["format"]) for file in found.values()})
        complete = {
            file.id: file
            for actor, suffix in groups
            for name in _design(int(actor))
            if name.stem not in ABSENT
            for file in [_file(name, f".{suffix}")]
        }
        return tuple({**complete, **found}.values())


def _design(actor: int) -> list[CremaDName]:
    return [
        CremaDName(actor, sentence, emotion, level)
        for sentence in SENTENCES
        for emotion in EMOTIONS
        for level in (("LO", "MD", "HI") if sentence == LEVELLED and emotion != "NEU" else ("XX",))
    ]


def _file(name: CremaDName, suffix: str) -> CorpusFile:
    subject = str(name.actor)
    kind: Kind = "video" if suffix in (".flv", ".mp4") else "audio"
    fields = {
        "take": name.stem[5:],
        "sentence": SENTENCES[name.sentence],
        "emotion": EMOTIONS[name.emotion],
        "level": LEVELS[name.level],
        "format": suffix[1:],
    }
    identity = f"{suffix[1:]}/{name.stem}"
    return CorpusFile(identity, subject, kind, task=EMOTIONS[name.emotion], fields=MappingProxyType(fields))
