"""VoxCeleb2: utterances of 6,112 people cut from interviews.

Layout of the release as its archives unpack (`dev/mp4/id00012/21Uxsk56VDQ/00001.mp4`, the same below `test`; sound
below `aac` as .m4a; face boxes below `txt`, which are text and no part of the index). Public code also has `train` for
`dev`, sound as .wav, and face crops in one folder: `id10280#NXjT3732Ekg#001093#001192.mp4`, first and last frame. The
identity number and the address of the source video are in the path. The page states neither the number of utterances
per video nor their numbering, so nothing is reported as missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

from feed_dataset.corpora.base import Corpus, CorpusFile, Kind

PARTS = ("dev", "test")
_PARTS = {**dict(zip(PARTS, PARTS, strict=True)), "train": "dev"}
_PERSON = re.compile(r"id\d{5}")
_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}")
_UTTERANCE = re.compile(r"\d{5}")
_CROP = re.compile(r"(id\d{5})#([A-Za-z0-9_-]{11})#(\d{6})#(\d{6})")
_ARCHIVE = re.compile(r"vox2_(dev|test)_")  # a folder named after the archive


@dataclass(frozen=True, order=True)
class VoxCeleb2Name:
    """What a path of VoxCeleb2 says."""

    part: str  # "dev" or "test"; "" where the folders do not say it
    person: str  # "id00012"
    video: str  # eleven characters of the source's address
    utterance: int  # of a face crop its first frame
    last: int | None = None  # frame of a face crop


def parse_name(relative: PurePath, root_name: str) -> VoxCeleb2Name | str:
    """Read a path; the reason in words when it is no file of VoxCeleb2."""
    folders = (root_name, *relative.parts[:-1])
    crop = _CROP.fullmatch(relative.stem)
    if crop is not None:
        part = next((_PARTS[folder] for folder in reversed(folders) if folder in _PARTS), "")
        return VoxCeleb2Name(part, crop[1], crop[2], int(crop[3]), int(crop[4]))
    if not _UTTERANCE.fullmatch(relative.stem):
        return f"expected an utterance number of five digits as the name but got {relative.stem!r}"
    if len(folders) < 2 or not _PERSON.fullmatch(folders[-2]):
        return f"expected the folders <person>/<video> such as id00012/21Uxsk56VDQ but got {'/'.join(folders[-2:])!r}"
    if not _VIDEO.fullmatch(folders[-1]):
        return f"expected a video's address of eleven characters as the folder but got {folders[-1]!r}"
    exact = {_PARTS[folder] for folder in folders[:-2] if folder in _PARTS}
    archives = {match[1] for folder in folders[:-2] if (match := _ARCHIVE.match(folder))}
    parts = exact or archives
    if len(parts) > 1:
        return "the folders say both dev and test"
    return VoxCeleb2Name(next(iter(parts), ""), folders[-2], folders[-1], int(relative.stem))


class VoxCeleb2(Corpus):
    name = "voxceleb2"
    title = "VoxCeleb2 (Chung, Nagrani and Zisserman, Interspeech 2018)"
    licence = "metadata CC BY 4.0; the videos keep the rights of their owners; research use on request"
    how_to_get = (
        "Ask for access on the page. Join the video parts (cat vox2_dev_mp4_part* > vox2_mp4.zip), unpack them and "
        "vox2_test_mp4.zip into dev and test. The high-quality variant that the model was trained on is not public."
    )
    page = "https://www.robots.ox.ac.uk/~vgg/data/voxceleb/vox2.html"
    pattern = "dev/mp4/<person>/<video>/<utterance>.mp4"
    suffixes = frozenset({".mp4", ".m4a", ".wav"})

    def parse(self, relative: PurePath, root_name: str) -> CorpusFile | str:
        found = parse_name(relative, root_name)
        if isinstance(found, str):
            return found
        kind: Kind = "video" if relative.suffix.lower() == ".mp4" else "audio"
        utterance = f"{found.utterance:05d}" if found.last is None else f"{found.utterance:06d}-{found.last:06d}"
        take = f"{found.video}/{utterance}"
        fields = {"take": take, "part": found.part, "video": found.video, "utterance": utterance}
        identity = f"{found.part or 'all'}/{kind}/{found.person}/{take}"
        return CorpusFile(identity, found.person, kind, task="speech", fields=MappingProxyType(fields))
