"""RAVDESS: 24 actors speak and sing two sentences with eight emotions at two intensities.

Names have seven two-digit fields; their meanings and the numbers of files are those of the record's description
(Zenodo 1188976): 60 speech trials per actor, 44 song trials per actor, no songs of actor 18, 7,356 files in all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import PurePath
from types import MappingProxyType

from feed_dataset.corpora.base import Corpus, CorpusFile, Kind

MODALITIES: Mapping[int, str] = MappingProxyType({1: "full-av", 2: "video-only", 3: "audio-only"})
CHANNELS: Mapping[int, str] = MappingProxyType({1: "speech", 2: "song"})
EMOTIONS: Mapping[int, str] = MappingProxyType(
    {1: "neutral", 2: "calm", 3: "happy", 4: "sad", 5: "angry", 6: "fearful", 7: "disgust", 8: "surprised"}
)
INTENSITIES: Mapping[int, str] = MappingProxyType({1: "normal", 2: "strong"})
STATEMENTS: Mapping[int, str] = MappingProxyType({1: "Kids are talking by the door", 2: "Dogs are sitting by the door"})
REPETITIONS = (1, 2)
ACTORS = range(1, 25)
SONGLESS_ACTOR = 18
_NEUTRAL = 1
_SUNG = frozenset(range(1, 7))
_FOLDER = re.compile(r"actor[_ ]?\d\d", re.IGNORECASE)  # "Actor_01" as released, "ACTOR01" in public code
_NAME = re.compile(r"(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")


@dataclass(frozen=True, order=True)
class RavdessName:
    """The seven numbers of a file name, each valid on its own and together."""

    modality: int
    channel: int
    emotion: int
    intensity: int
    statement: int
    repetition: int
    actor: int

    @property
    def stem(self) -> str:
        numbers = (self.modality, self.channel, self.emotion, self.intensity, self.statement, self.repetition)
        return "-".join(f"{number:02d}" for number in (*numbers, self.actor))


def parse_name(relative: PurePath) -> RavdessName | str:
    """Read a file name; the reason in words when it is none of RAVDESS."""
    match = _NAME.fullmatch(relative.stem)
    if match is None:
        return f"expected seven two-digit numbers such as 01-01-06-01-02-01-12 but got {relative.stem!r}"
    name = RavdessName(*(int(text) for text in match.groups()))
    domains = {
        "modality": MODALITIES,
        "vocal channel": CHANNELS,
        "emotion": EMOTIONS,
        "intensity": INTENSITIES,
        "statement": STATEMENTS,
        "repetition": REPETITIONS,
        "actor": ACTORS,
    }
    for (what, domain), text in zip(domains.items(), match.groups(), strict=True):
        if int(text) not in domain:
            return f"the {what} is {text}, expected {min(domain):02d} to {max(domain):02d}"
    impossible = _impossible(name)
    if impossible:
        return impossible
    sounds = name.modality == 3
    if sounds != (relative.suffix.lower() == ".wav"):
        return f"modality {name.modality:02d} is {MODALITIES[name.modality]}, but the file is {relative.suffix}"
    folder = next((part for part in reversed(relative.parts[:-1]) if _FOLDER.fullmatch(part)), None)
    if folder is not None and folder[-2:] != f"{name.actor:02d}":
        return f"the name says actor {name.actor:02d} but the folder is {folder}"
    return name


def _impossible(name: RavdessName) -> str | None:
    if name.emotion == _NEUTRAL and name.intensity != 1:
        return "neutral has no strong intensity"
    if name.channel == 2 and name.emotion not in _SUNG:
        return f"{EMOTIONS[name.emotion]} is spoken only, but the vocal channel is 02 (song)"
    if name.channel == 2 and name.actor == SONGLESS_ACTOR:
        return "there are no songs of actor 18"
    return None


class Ravdess(Corpus):
    name = "ravdess"
    title = "RAVDESS: Ryerson Audio-Visual Database of Emotional Speech and Song (Livingstone and Russo, PLoS ONE 2018)"
    licence = "CC BY-NC-SA 4.0; commercial licences are sold by the authors"
    how_to_get = (
        "Download Video_Speech_Actor_01.zip to _24.zip and Video_Song_Actor_XX.zip (none for 18) from the record, "
        "without registration, and unpack each. Sound alone: Audio_Speech_ and Audio_Song_Actors_01-24.zip."
    )
    page = "https://zenodo.org/records/1188976"
    pattern = "Actor_<nn>/<modality>-<channel>-<emotion>-<intensity>-<statement>-<repetition>-<actor>.mp4"
    suffixes = frozenset({".mp4", ".wav"})

    def parse(self, relative: PurePath, root_name: str) -> CorpusFile | str:
        found = parse_name(relative)
        return found if isinstance(found, str) else _file(found)

    def expected(self, found: Mapping[str, CorpusFile]) -> tuple[CorpusFile, ...]:
        """All trials (60 speech, 44 song) of each actor, channel and modality that was begun."""
        begun = {tuple(file.id.split("/")[1].split("-")) for file in found.values()}
        groups = {(int(numbers[0]), int(numbers[1]), int(numbers[6])) for numbers in begun}
        complete = {
            file.id: file for modality, channel, actor in sorted(groups) for file in _trials(modality, channel, actor)
        }
        return tuple({**complete, **found}.values())


def _trials(modality: int, channel: int, actor: int) -> list[CorpusFile]:
    names = (
        RavdessName(modality, channel, emotion, intensity, statement, repetition, actor)
        for emotion, intensity, statement, repetition in product(EMOTIONS, INTENSITIES, STATEMENTS, REPETITIONS)
    )
    return [_file(name) for name in names if _impossible(name) is None]


def _file(name: RavdessName) -> CorpusFile:
    subject = f"Actor_{name.actor:02d}"
    kind: Kind = "audio" if name.modality == 3 else "video"
    fields = {
        "take": name.stem[3:],
        "modality": MODALITIES[name.modality],
        "channel": CHANNELS[name.channel],
        "emotion": EMOTIONS[name.emotion],
        "intensity": INTENSITIES[name.intensity],
        "statement": STATEMENTS[name.statement],
        "repetition": str(name.repetition),
        "gender": "male" if name.actor % 2 else "female",
    }
    return CorpusFile(
        f"{subject}/{name.stem}", subject, kind, task=EMOTIONS[name.emotion], fields=MappingProxyType(fields)
    )
