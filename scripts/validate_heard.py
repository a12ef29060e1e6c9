"""The harness's speech metrics on rendered speech: a face with its own sound against the same face with another's.

    python -m scripts.validate_heard [--speakers 12]

Two clips of each speaker of the part "test"; landmarks are exact, nothing is drawn. Prints the table of docs/speech.md:
each true clip one frame late, and the same speaker's other clip in its place, judged with the true sound. The sign test
is over speakers. Some minutes on one core.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmark.features.types.case import FaceFeatures
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.progress import ProgressBar
from feed_dataset.synthetic.takes.speech_pictures import landmarks_of
from feed_dataset.synthetic.voices.clips import speak_clip
from feed_dataset.synthetic.voices.espeak import Espeak
from feed_dataset.synthetic.voices.speakers import Speaker, choose_speakers
from scripts.validation.heard import FPS, Spoken, envelope_of, face_of, mean, value_of

METRICS = (
    "silence_opening[mesh468]",
    "beat_alignment_error[mesh468]",
    "av_lag[mesh468]",
    "av_correlation[mesh468]",
    "m_p[mesh468]",
    "m_v[mesh468]",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 2 where nothing can be said."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speakers", type=int, default=12)
    asked = parser.parse_args(arguments)
    try:
        pairs = _pairs(Espeak.find(), asked.speakers)
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    print("| metric | own, a frame late | scored | another sound's | scored | speakers better with their own | p |")
    print("|---|---|---|---|---|---|---|")
    for metric in METRICS:
        print(_line(metric, pairs))
    return 0


def _pairs(espeak: Espeak, count: int) -> list[tuple[Spoken, Spoken]]:
    pairs = []
    with ProgressBar(count, "speakers") as bar:
        for speaker in choose_speakers(count, part="test"):
            first, second = (_spoken(espeak, speaker, number) for number in range(2))
            pairs.append((first, second))
            bar.advance(speaker.name)
    return pairs


def _spoken(espeak: Espeak, speaker: Speaker, number: int) -> Spoken:
    clip = speak_clip(espeak, speaker, number, sentences=2, fps=FPS)
    sound = clip.utterance
    return Spoken(face_of(landmarks_of(speaker.subject, clip)), envelope_of(sound.samples, sound.sample_rate_hz))


def _line(metric: str, pairs: Sequence[tuple[Spoken, Spoken]]) -> str:
    late, other, votes = [], [], []
    for pair in pairs:
        own = [value_of(metric, one, _late(one.face)) for one in pair]
        foreign = [value_of(metric, one, two.face) for one, two in (pair, pair[::-1])]
        worse = {_worse(metric, a, b) for a, b in zip(own, foreign, strict=True)} - {None}
        votes += list(worse) if len(worse) == 1 else []  # clips of a speaker that disagree say nothing
        late += own
        other += foreign
    better = sum(map(bool, votes))
    p = _sign_test(better, len(votes))
    return f"| `{metric}` | {mean(late)} | {mean(other)} | {better} of {len(votes)} | {p:.2g} |"


def _late(face: FaceFeatures) -> FaceFeatures:
    moved = np.concatenate([face.landmarks_px[:1], face.landmarks_px[:-1]])
    return replace(face, landmarks_px=moved)


def _worse(metric: str, own: float | None, other: float | None) -> bool | None:
    """Whether the other sound's is worse; no value is worse than any; None where both have none, or are equal."""
    if own is None or other is None:
        return None if own is other else other is None
    if metric.startswith("av_lag"):
        own, other = abs(own), abs(other)
    if own == other:
        return None
    return other < own if metric.startswith("av_correlation") else other > own


def _sign_test(better: int, told: int) -> float:
    from scipy.stats import binomtest

    return float(binomtest(better, told).pvalue) if told else 1.0


if __name__ == "__main__":
    raise SystemExit(main())
