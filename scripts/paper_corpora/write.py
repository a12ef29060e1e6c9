"""Rendered clips cut into files that are named and laid out like FFHQ, MEAD, FEED, HDTF and VoxCeleb2.

Nothing in them is of these corpora but the names: they show whether a protocol runs, and say nothing about a method.
What is there already is kept, so that writing goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import islice, product
from pathlib import Path

import numpy as np
from PIL import Image

from benchmark.results.schema import write_text_atomic
from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.catalog.clip import Clip
from feed_dataset.core.jobs.array_store import write_atomic
from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.scan import scan_video
from feed_dataset.core.media.types import Audio
from feed_dataset.core.media.video import read_video, write_video
from feed_dataset.corpora.mead import EMOTIONS
from feed_dataset.layout.mini import CAST_ROOT, MINI_ROOT

SIZE_PX = 256
FPS = Fraction(25)
IMAGES, UTTERANCES, SEQUENCES = 112, 2000, 100
SEQUENCE_FRAMES = (26, 50)
"""Lengths of the sequences of sound: from 1 to 2 s."""
_PRESET = "ultrafast"
_FEED_PEOPLE = ("ID_12", "ID_13", "ID_15", "ID_16", "ID_17")
_LEVEL = 3


@dataclass(frozen=True)
class Piece:
    """Some frames of a rendered clip, with their sound if it has any."""

    clip: Clip
    start: int
    frames: int


def write_corpora(root: Path, names: tuple[str, ...], report: Callable[[str], None]) -> dict[str, Path]:
    """Write what is missing of these corpora below `root`; by corpus its directory."""
    writers: Mapping[str, Callable[[Path], int]] = {
        "ffhq": _ffhq,
        "mead": _mead,
        "feed": _feed,
        "hdtf": _hdtf,
        "voxceleb2": _voxceleb2,
    }
    for name in names:
        made = writers[name](root / name)
        report(f"{name}: {made} files written below {root / name}")
    return {name: root / name for name in names}


def _ffhq(root: Path) -> int:
    """Images of every person at several moments, and labels that call each one adult."""
    made = 0
    for number, piece in enumerate(_spread(_clips(cameras="C"), IMAGES, frames=1)):
        name = f"{number:05d}"
        label = root / "json" / f"{name}.json"
        if label.exists():
            continue
        image = root / "images1024x1024" / "00000" / f"{name}.png"
        frame = _frames(piece)[0]
        write_atomic(image, partial(_save_png, frame=frame))
        label.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomic(label, json.dumps([{"faceAttributes": {"age": 30.0}}]))
        made += 1
    return made


def _save_png(path: Path, frame: np.ndarray) -> None:
    Image.fromarray(frame).save(path, "PNG")


def _mead(root: Path) -> int:
    """Three frames of each emotion of each person: rendered faces have strong emotions in turn."""
    emotions = [name for name in EMOTIONS if name != "neutral"]
    clips = [clip for clip in _clips(cameras="C") if clip.stem == "MAU_strong"]
    made = 0
    for (number, clip), emotion in product(enumerate(clips), emotions):
        count = _frame_count(clip)
        if count < 3 * len(emotions):
            continue  # a still source
        start = emotions.index(emotion) * (count - 3) // (len(emotions) - 1)
        actor = f"{'MW'[number % 2]}{number + 1:03d}"
        path = root / actor / "video" / "front" / emotion / f"level_{_LEVEL}" / "001.mp4"
        made += _write(path, Piece(clip, start, 3))
    return made


def _feed(root: Path) -> int:
    """The task of extreme emotions of five people."""
    clips = [clip for clip in _clips(cameras="C") if clip.stem == "random"]
    pairs = zip(_FEED_PEOPLE, clips, strict=False)
    return sum(_write(root / person / "random_C.mp4", Piece(clip, 0, _frame_count(clip))) for person, clip in pairs)


def _hdtf(root: Path) -> int:
    """Spoken sentences, cut at different moments and seen by three cameras."""
    spoken = [clip for clip in _clips(cameras="CLR") if clip.stem == "speech"]
    clips = sorted(spoken, key=lambda clip: clip.camera)  # people take turns
    shortest, longest = SEQUENCE_FRAMES
    places = ((clip, cut) for cut in range(longest - shortest + 1) for clip in clips)
    made = 0
    for clip, cut in islice(places, SEQUENCES):
        frames = longest - 5 * cut
        video = "CLR".index(clip.camera)
        path = root / f"WDA_Speaker{_letters(clip.subject)}{video}_{cut:03d}.mp4"
        made += _write(path, Piece(clip, 5 * cut, min(frames, _frame_count(clip) - 5 * cut)), with_sound=True)
    return made


def _voxceleb2(root: Path) -> int:
    """Two frames an utterance, of every rendered frame."""
    made = 0
    for number, piece in enumerate(_spread(_clips(cameras="CLR"), UTTERANCES, frames=2)):
        person = sorted({clip.subject for clip in _clips(cameras="CLR")}).index(piece.clip.subject) + 1
        take = f"video{'CLR'.index(piece.clip.camera)}{list(_stems()).index(piece.clip.stem):05d}"
        path = root / "test" / "mp4" / f"id{person:05d}" / take / f"{number:05d}.mp4"
        made += _write(path, piece)
    return made


def _write(path: Path, piece: Piece, *, with_sound: bool = False) -> int:
    """1 where a file was written, 0 where it was there."""
    if path.exists():
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    audio = _sound(piece) if with_sound else None
    write_video(path, _frames(piece), FPS, audio=audio, preset=_PRESET)
    return 1


def _spread(clips: list[Clip], count: int, frames: int) -> Iterator[Piece]:
    """So many different pieces, clips taking turns."""
    step = 0
    left = count
    while left:
        usable = [clip for clip in clips if step + frames <= _frame_count(clip)]
        if not usable:
            raise ValueError(f"expected {count} pieces of {len(clips)} clips but {left} are missing")
        for clip in usable[:left]:
            yield Piece(clip, step, frames)
        left -= min(left, len(usable))
        step += 1


def _clips(cameras: str) -> list[Clip]:
    """The rendered clips of feed-mini, then those of feed-mini-cast."""
    found = [clip for root in (MINI_ROOT, CAST_ROOT) for clip in open_catalog(root).clips]
    return [clip for clip in found if clip.camera in cameras]


def _stems() -> dict[str, None]:
    return dict.fromkeys(clip.stem for clip in _clips(cameras="C"))


def _letters(subject: str) -> str:
    """A name without digits, for those count videos: "S07" is "H"."""
    return "".join(chr(ord("A") + int(digit)) for digit in subject if digit.isdigit())


class _Decoded:
    """Clips that were decoded, each once."""

    def __init__(self) -> None:
        self._frames: dict[str, np.ndarray] = {}

    def __call__(self, clip: Clip) -> np.ndarray:
        """uint8 [T, S, S, 3], S = SIZE_PX."""
        if clip.id not in self._frames:
            self._frames[clip.id] = read_video(clip.path, size_px=SIZE_PX).frames
        return self._frames[clip.id]


_decoded = _Decoded()


@cache
def _counted(path: Path) -> int:
    return scan_video(path).index.frame_count


def _frames(piece: Piece) -> np.ndarray:
    return _decoded(piece.clip)[piece.start : piece.start + piece.frames]


def _frame_count(clip: Clip) -> int:
    return _counted(clip.path)


def _sound(piece: Piece) -> Audio:
    """What is heard while the frames are shown."""
    found = read_audio(piece.clip.path, float(piece.start / FPS), float(piece.frames / FPS))
    if found is None:
        raise ValueError(f"expected sound in {piece.clip.path} but it has none")
    return Audio(found.samples, found.sample_rate_hz)
