"""Rendered speech of eSpeak NG against its own sound: lag of the mouth, mouth in silence, head motion, and speed.

    python -m scripts.validate_spoken [--speakers 12] [--clips 4]

Prints the table of docs/speech.md, of speakers of the part "test".
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.synthetic.voices.clips import SpokenClip, speak_clip
from feed_dataset.synthetic.voices.espeak import Espeak
from feed_dataset.synthetic.voices.speakers import choose_speakers
from feed_dataset.synthetic.voices.texts import languages
from scripts.validation.spoken import (
    change_lag_s,
    energy_of,
    head_speeds_deg_s,
    level_lag_s,
    opening,
    silent_share,
)

FPS = 25
_HEAD = """\
| language | clips | mouth late by, level (ms) | by change (ms) | open in silence | head, loud (deg/s) | soft (deg/s) |
|---|---|---|---|---|---|---|"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each language, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speakers", type=int, default=12)
    parser.add_argument("--clips", type=int, default=4)
    asked = parser.parse_args(arguments)
    try:
        begin = time.perf_counter()
        spoken = _spoken(Espeak.find(), asked.speakers, asked.clips)
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    seconds = time.perf_counter() - begin
    print(_HEAD)
    for language, clips in spoken.items():
        print(_line(languages()[language].name, clips))
    everything = [clip for clips in spoken.values() for clip in clips]
    print(_line("all", everything))
    length_s = sum(clip.utterance.duration_s for clip in everything)
    print(f"{length_s:.0f} s of speech with motion in {seconds:.1f} s: {length_s / seconds:.0f} times real time")
    return 0


def _spoken(espeak: Espeak, speakers: int, clips: int) -> dict[str, list[SpokenClip]]:
    """By language."""
    spoken: dict[str, list[SpokenClip]] = {}
    for speaker in choose_speakers(speakers, part="test"):
        made = [speak_clip(espeak, speaker, number, sentences=2, fps=FPS) for number in range(clips)]
        spoken.setdefault(speaker.voice.language, []).extend(made)
    return spoken


def _line(name: str, clips: list[SpokenClip]) -> str:
    mouths, sounds = [opening(clip) for clip in clips], [energy_of(clip) for clip in clips]
    lags_ms = 1000 * np.array([level_lag_s(mouth, sound) for mouth, sound in zip(mouths, sounds, strict=True)])
    share = np.mean([silent_share(clip) for clip in clips])
    loud, soft = np.mean([head_speeds_deg_s(clip, FPS) for clip in clips], axis=0)
    lag = f"{lags_ms.mean():.0f} ({lags_ms.min():.0f} to {lags_ms.max():.0f})"
    change = f"{1000 * change_lag_s(mouths, sounds):.0f}"
    return f"| {name} | {len(clips)} | {lag} | {change} | {share:.3f} | {loud:.1f} | {soft:.1f} |"


if __name__ == "__main__":
    raise SystemExit(main())
