"""Where av_lag's zero is, and how often a stranger's sound has a lag: the figures in the metric's card.

    python -m scripts.validate_lag [--media DIR]

The eight rendered speech clips, whose sound made the mouth; with --media also the videos with sound of a folder, whose
answer nobody knows. Then every mouth with every other clip's sound. About a minute on one core.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np

from benchmark.features.lip_sync.loudness import RATE_HZ, SAMPLE_RATE_HZ, speech_envelope
from benchmark.metrics.sync_mouth import LagResult, find_lag, mouth_opening
from feed_dataset.core.faces.networks import FaceNetworks
from feed_dataset.core.faces.track import track_faces
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.audio import read_audio, resample
from feed_dataset.core.media.suffixes import VIDEO_SUFFIXES
from feed_dataset.core.media.timing import frame_s
from feed_dataset.core.media.video import read_video
from feed_dataset.layout.mini import MINI_ROOT
from scripts.validation.proportions import wilson

_MARGIN_S = 0.3  # of sound beyond the mouth's last frame


@dataclass(frozen=True)
class Speech:
    """One clip: how far the mouth is open in every frame, and how loud the voice is 100 times a second."""

    name: str
    opening: np.ndarray
    times_s: np.ndarray
    envelope: np.ndarray

    def lag(self, envelope: np.ndarray | None = None) -> LagResult | str:
        """The lag in its own sound, or in another one that is cut to the mouth's length."""
        own = self.envelope if envelope is None else envelope
        length_s = float(self.times_s[-1]) + frame_s(self.times_s) + _MARGIN_S
        return find_lag(self.opening, self.times_s, own[: round(length_s * RATE_HZ)])


def speech(path: Path, networks: FaceNetworks) -> Speech | None:
    """A clip's mouth and voice; None where it has no sound."""
    video = read_video(path)
    first_s = float(video.pts_s[0])
    audio = read_audio(path, first_s)
    if audio is None:
        return None
    samples = resample(audio.samples, audio.sample_rate_hz, SAMPLE_RATE_HZ)
    track = track_faces(video.frames, networks=networks)
    return Speech(path.name, mouth_opening(track.landmarks_px), video.pts_s - first_s, speech_envelope(samples))


def false_alarms(clips: Sequence[Speech]) -> tuple[int, int]:
    """(how often a stranger's sound has a lag, of how many pairs)."""
    found = [mouth.lag(voice.envelope) for mouth, voice in permutations(clips, 2)]
    known = [one for one in found if isinstance(one, LagResult)]
    return sum(not isinstance(one.lag_s, str) for one in known), len(known)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, metavar="DIR", help="videos with sound of your own")
    given = parser.parse_args(arguments)
    rendered = sorted(MINI_ROOT.glob("*/speech_C.mp4"))
    own = sorted(p for p in given.media.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES) if given.media else []
    try:
        networks = FaceNetworks.load()
        clips = [one for path in (*rendered, *own) if (one := speech(path, networks)) is not None]
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    lags = []
    for number, clip in enumerate(clips):
        found = clip.lag()
        print(f"{clip.name:28} {found if isinstance(found, str) else _line(found)}")
        if number < len(rendered) and isinstance(found, LagResult) and not isinstance(found.lag_frames, str):
            lags.append(found.lag_frames)
    print(f"zero of rendered clips       {np.mean(lags):+.2f} frames, standard deviation {np.std(lags, ddof=1):.2f}")
    alarms, pairs = false_alarms(clips)
    low, high = wilson(alarms, pairs)
    print(f"strangers' sound has a lag   {alarms} of {pairs}: {alarms / pairs:.3f} [{low:.3f}, {high:.3f}]")
    return 0


def _line(found: LagResult) -> str:
    lag = found.lag_frames
    shown = lag if isinstance(lag, str) else f"{lag:+.2f} frames"
    return f"{shown}; r {found.correlation:.2f}, by chance {found.by_chance:.2f}, p {found.chance:.3f}"


if __name__ == "__main__":
    raise SystemExit(main())
