"""Where av_lag's zero is, and how often a stranger's sound has a lag: the figures in the metric's card.

    python -m scripts.validate_lag [--media DIR]

The eight rendered speech clips, whose sound made the mouth; with --media also the videos with sound of a folder, whose
answer nobody knows. Then every mouth with every other clip's sound. About a minute on one core.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np

from benchmark.features.lip_sync.loudness import RATE_HZ
from benchmark.metrics.sync_mouth import LagResult
from feed_dataset.core.faces.networks import FaceNetworks
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.suffixes import VIDEO_SUFFIXES
from feed_dataset.core.media.timing import frame_s
from feed_dataset.layout.mini import MINI_ROOT
from scripts.validation.proportions import wilson
from scripts.validation.speaking import MARGIN_S, Window, speaking, voices_of_two


def lag(mouth: Window, voice: Window) -> LagResult | str:
    """The lag of one's mouth in another's voice, or its own, that is cut to the mouth's length."""
    length_s = float(mouth.times_s[-1]) + frame_s(mouth.times_s) + MARGIN_S
    return voices_of_two(mouth, replace(voice, envelope=voice.envelope[: round(length_s * RATE_HZ)]))


def false_alarms(clips: Sequence[Window]) -> tuple[int, int]:
    """(how often a stranger's sound has a lag, of how many pairs)."""
    found = [lag(mouth, voice) for mouth, voice in permutations(clips, 2)]
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
        clips = [one for path in (*rendered, *own) if (one := speaking(path, networks)) is not None]
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    lags = []
    for number, clip in enumerate(clips):
        found = lag(clip, clip)
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
