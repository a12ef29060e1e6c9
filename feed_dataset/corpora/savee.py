"""SAVEE: four men speak with seven emotions.

From the `Info.txt` that the release ships in its folder AudioData: speakers DC, JE, JK and KL; the first letters
name the emotion, the digits the sentence. 15 sentences per emotion and 30 of neutral make 120 per speaker, 480 in
all. Public loaders show the folder AudioVisualClip for the videos, whose sentence numbers may have one digit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

from feed_dataset.corpora.base import Corpus, CorpusFile, Kind

SPEAKERS = ("DC", "JE", "JK", "KL")
EMOTIONS: Mapping[str, str] = MappingProxyType(
    {
        "a": "anger",
        "d": "disgust",
        "f": "fear",
        "h": "happiness",
        "n": "neutral",
        "sa": "sadness",
        "su": "surprise",
    }
)
SENTENCES: Mapping[str, int] = MappingProxyType({letters: 30 if letters == "n" else 15 for letters in EMOTIONS})
_NAME = re.compile(r"(?:(DC|JE|JK|KL)_)?([a-z]{1,2})(\d{1,2})", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class SaveeName:
    """What a path of SAVEE says."""

    speaker: str  # of SPEAKERS
    letters: str  # key of EMOTIONS
    sentence: int  # 1 to 15, of neutral to 30

    @property
    def stem(self) -> str:
        return f"{self.letters}{self.sentence:02d}"


def parse_name(relative: PurePath, root_name: str) -> SaveeName | str:
    """Read a path; the reason in words when it is no file of SAVEE."""
    match = _NAME.fullmatch(relative.stem)
    if match is None:
        return f"expected emotion letters and a sentence number such as a01 but got {relative.stem!r}"
    folders = [folder.upper() for folder in (root_name, *relative.parts[:-1])]
    speakers = [folder for folder in folders if folder in SPEAKERS] + ([match[1].upper()] if match[1] else [])
    if len(set(speakers)) != 1:
        return f"expected one speaker ({', '.join(SPEAKERS)}) in the folders but got {', '.join(speakers) or 'none'}"
    letters, sentence = match[2].lower(), int(match[3])
    if letters not in EMOTIONS:
        return f"the emotion is {letters!r}, expected one of {', '.join(EMOTIONS)}"
    if not 1 <= sentence <= SENTENCES[letters]:
        return f"the sentence is {sentence}, expected 1 to {SENTENCES[letters]} for {EMOTIONS[letters]}"
    return SaveeName(speakers[0], letters, sentence)


class Savee(Corpus):
    name = "savee"
    title = "SAVEE: Surrey Audio-Visual Expressed Emotion database (Haq and Jackson, 2009)"
    licence = "free for research, on registration; ask the authors before anything else"
    how_to_get = (
        "Register on the page; the authors send a password for AudioData.zip and the audio-visual clips. Unpack so "
        "that the folders DC, JE, JK and KL stay."
    )
    page = "http://kahlan.eps.surrey.ac.uk/savee/"
    pattern = "AudioVisualClip/<speaker>/<emotion letters><sentence>.avi"
    suffixes = frozenset({".avi", ".wav"})

    def parse(self, relative: PurePath, root_name: str) -> CorpusFile | str:
        found = parse_name(relative, root_name)
        return found if isinstance(found, str) else _file(found, relative.suffix.lower())

    def expected(self, found: Mapping[str, CorpusFile]) -> tuple[CorpusFile, ...]:
        """All 120 sentences of each speaker and format that was begun."""
        groups = sorted({(file.subject, file.kind) for file in found.values()})
        complete = {
            file.id: file
            for speaker, kind in groups
            for letters, count in SENTENCES.items()
            for sentence in range(1, count + 1)
            for file in [_file(SaveeName(speaker, letters, sentence), ".avi" if kind == "video" else ".wav")]
        }
        return tuple({**complete, **found}.values())


def _file(name: SaveeName, suffix: str) -> CorpusFile:
    kind: Kind = "video" if suffix == ".avi" else "audio"
    fields = {"take": name.stem, "emotion": EMOTIONS[name.letters], "sentence": f"{name.sentence:02d}"}
    identity = f"{name.speaker}/{kind}/{name.stem}"
    return CorpusFile(identity, name.speaker, kind, task=EMOTIONS[name.letters], fields=MappingProxyType(fields))
