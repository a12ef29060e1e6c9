"""Listings that anybody can write down, in place of corpora that are not here: they pin what a protocol's rule gives.

| corpus | listing |
|---|---|
| ffhq | images 00000 to 02999; one adult in those whose number is no multiple of 3 |
| mead | 48 actors (M001 to M024, W001 to W024), frontal, every emotion at level 3, sentences 001 to 003 |
| voxceleb2 | the test part, id00001 to id00118, interviews video000001 to video000005, utterances 00001 to 00006 |
| hdtf | WDA_PersonAA0_000 to WDA_PersonDB1_001: 80 people (AA to AZ, BA ...), videos 0 and 1, clips 000 and 001 |
| feed | ID_1 to ID_17 without ID_14, every stem of the release, three cameras |

They are not what a copy of the data has. Whoever writes the rule again, in any language, can check it on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

from benchmark.protocols.case import CaseList
from benchmark.protocols.cases import build_cases
from benchmark.protocols.corpora import Corpora, CorpusCopy, best_of_each
from benchmark.protocols.protocol import Protocol
from benchmark.results.errors import BenchmarkError
from feed_dataset.catalog.catalog import Catalog
from feed_dataset.catalog.clip import Clip
from feed_dataset.corpora import load_corpus
from feed_dataset.corpora.mead import EMOTIONS
from feed_dataset.layout.names import CAMERAS, FEED_STEMS, STEMS

_ROOT = Path("/stated")
_FFHQ_IMAGES = 3000
_NEUTRAL = "neutral"  # MEAD has it at level 1 only


def stated_cases(protocol: Protocol) -> CaseList:
    """What the protocol's rule gives on the listings above.

    Raises:
        BenchmarkError: its data comes with the package, or a corpus has no listing here.
    """
    lacking = [name for name in protocol.corpora if name not in _NAMES]
    if lacking or not protocol.corpora:
        raise BenchmarkError(
            f"expected a protocol on {', '.join(_NAMES)} but {protocol.name!r} reads {protocol.data_name}"
        )
    if protocol.data == "corpora":
        return build_cases(protocol, Corpora({name: _copy(name) for name in protocol.corpora}))
    return build_cases(protocol, feed_catalog())


def feed_catalog() -> Catalog:
    """The listing of FEED as a catalog."""
    clips = [
        Clip(
            id=f"{subject}/{stem}_{camera}",
            subject=subject,
            stem=stem,
            task=STEMS[stem].task,
            mode=STEMS[stem].mode,
            camera=camera,
            path=_ROOT / "feed" / subject / f"{stem}_{camera}.mp4",
            ground_truth=None,
            has_audio=True,
        )
        for subject in _feed_subjects()
        for stem in FEED_STEMS
        for camera in CAMERAS
    ]
    return Catalog("feed", _ROOT / "feed", tuple(clips), (), "")


def _copy(name: str) -> CorpusCopy:
    corpus, root = load_corpus(name), _ROOT / name
    files = []
    for place in _NAMES[name]():
        found = corpus.parse(PurePath(place), name)
        assert not isinstance(found, str), found
        files.append((found, root / place))
    if name != "ffhq":
        return CorpusCopy(name, root, tuple(files))
    adults = frozenset(f"{number:05d}" for number in range(_FFHQ_IMAGES) if number % 3)
    return CorpusCopy(name, root, best_of_each(files), adults)


def _ffhq() -> Iterator[str]:
    return (f"images1024x1024/{number - number % 1000:05d}/{number:05d}.png" for number in range(_FFHQ_IMAGES))


def _mead() -> Iterator[str]:
    actors = [f"{letter}{number:03d}" for letter in "MW" for number in range(1, 25)]
    for actor in actors:
        for emotion in EMOTIONS:
            if emotion != _NEUTRAL:
                yield from (f"{actor}/video/front/{emotion}/level_3/{take:03d}.mp4" for take in (1, 2, 3))


def _voxceleb2() -> Iterator[str]:
    return (
        f"test/mp4/id{person:05d}/video{interview:06d}/{utterance:05d}.mp4"
        for person in range(1, 119)
        for interview in range(1, 6)
        for utterance in range(1, 7)
    )


def _hdtf() -> Iterator[str]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    people = [f"Person{letters[number // 26]}{letters[number % 26]}" for number in range(80)]
    return (f"WDA_{one}{video}_{clip:03d}.mp4" for one in people for video in (0, 1) for clip in (0, 1))


def _feed() -> Iterator[str]:
    return (f"{s}/{stem}_{camera}.mp4" for s in _feed_subjects() for stem in FEED_STEMS for camera in CAMERAS)


def _feed_subjects() -> list[str]:
    return [f"ID_{number}" for number in range(1, 18) if number != 14]


_NAMES: dict[str, Callable[[], Iterator[str]]] = {
    "ffhq": _ffhq,
    "mead": _mead,
    "voxceleb2": _voxceleb2,
    "hdtf": _hdtf,
    "feed": _feed,
}
