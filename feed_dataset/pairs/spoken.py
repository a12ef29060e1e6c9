"""Videos of a corpus with the sound that belongs to them, read in step for training."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.scan import scan_video
from feed_dataset.core.media.types import Audio
from feed_dataset.corpora import CorpusFile, load_corpus
from feed_dataset.manifest.scan import scan_corpus

_MOST_LACKING_S = 0.25  # of sound at the end of the frames: encoders leave off a packet or two


class SpokenError(FeedError):
    """A video has no sound, or not of all its frames."""


@dataclass(frozen=True)
class SpokenVideo:
    """A video in which somebody speaks.

    Args:
        id: of the video in its corpus.
        person: whose clips are never on both sides of a split.
        separate: a file of the same utterance with the sound alone, whose clock begins with the video's first frame;
            None where there is none. The video's own sound comes first.
        part: "dev" or "test" where the corpus has parts; nobody trains on "test".
    """

    id: str
    person: str
    video: Path
    separate: Path | None = None
    part: str = ""


@dataclass(frozen=True, repr=False)
class SpokenFrames:
    """Consecutive frames, and their sound.

    Args:
        frames: uint8 [T, H, W, 3] RGB.
        times_s: float64 [T], when each is shown; 0 is the first of them.
        fps: on average.
        audio: mono; `audio.start_s` is the time of its first sample on the same clock, below 0 where sound before the
            first frame was asked for.
    """

    frames: np.ndarray
    times_s: np.ndarray
    fps: Fraction
    audio: Audio

    def __repr__(self) -> str:
        return f"SpokenFrames({list(self.frames.shape)} at {float(self.fps):g} fps, {self.audio})"


def spoken_videos(root: Path, corpus: str) -> tuple[SpokenVideo, ...]:
    """Every video of a corpus below a folder, in order of ids; no file is opened.

    Args:
        corpus: such as "hdtf", whose clips hold their sound, or "voxceleb2", which has it in files beside.

    Raises:
        UnknownCorpus, LayoutError: no such corpus; two files claim to be one clip.
        SpokenError: no video of it is there.
    """
    found = scan_corpus(root, load_corpus(corpus)).usable
    sounds = {_utterance(one.file): one.path for one in found if one.file.kind == "audio"}
    videos = tuple(
        SpokenVideo(
            one.file.id,
            one.file.subject,
            one.path,
            sounds.get(_utterance(one.file)),
            one.file.fields.get("part", ""),
        )
        for one in found
        if one.file.kind == "video"
    )
    if not videos:
        raise SpokenError(f"expected videos {load_corpus(corpus).pattern} below {root} but there are none")
    return videos


def read_spoken(video: SpokenVideo, first: int = 0, count: int | None = None, *, around_s: float = 0.0) -> SpokenFrames:
    """Frames `first` to `first + count` with the sound at their times, whatever rates and delays the file has.

    Args:
        count: None for all that follow.
        around_s: sound before and after, as networks with a window want it; silence where the file has none.

    Raises:
        VideoDecodeError: damaged.
        SpokenError: fewer frames, no sound, or sound that ends before the frames do.
    """
    scan = scan_video(video.video)
    index, total = scan.index, scan.index.frame_count
    count = total - first if count is None else count
    if first < 0 or count < 1 or first + count > total:
        raise SpokenError(f"expected frames {first} to {first + count} of {video.id} but it has {total}")
    with open_reader(video.video, index=index) as reader:
        frames = np.stack([picture for _, picture in reader.read(np.arange(first, first + count))])
    times_s = index.times_s[first : first + count]
    lasts_s = float(times_s[-1] - times_s[0]) + index.frame_s
    own = scan.audio_rate_hz is not None
    path = video.video if own else video.separate
    if path is None:
        raise SpokenError(f"expected sound in {video.id} or beside it but there is none")
    start_s = float(times_s[0]) - (0.0 if own else index.first_s)
    found = read_audio(path, start_s - around_s, lasts_s + 2 * around_s)
    if found is None:
        raise SpokenError(f"expected sound in {path} but it has none")
    samples = _filled(found, lasts_s, around_s, video.id)
    return SpokenFrames(frames, times_s - times_s[0], scan.fps, Audio(samples, found.sample_rate_hz, -around_s))


def _filled(found: Audio, lasts_s: float, around_s: float, name: str) -> np.ndarray:
    """As many samples as were asked for."""
    wanted = round((lasts_s + 2 * around_s) * found.sample_rate_hz)
    lacking_s = around_s + lasts_s - found.duration_s
    if lacking_s > _MOST_LACKING_S:
        raise SpokenError(f"expected sound of all frames of {name} but it ends {lacking_s:.2f} s before they do")
    return np.pad(found.samples, (0, max(0, wanted - len(found.samples))))[:wanted]


def _utterance(file: CorpusFile) -> tuple[str, str]:
    """What a video and its separate sound have in common."""
    return file.take_id, file.fields.get("part", "")
