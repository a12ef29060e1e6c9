"""Speech weights on held-out rendered voices: does the mouth go with the sound, and does the head move like a talker's?

    python -m scripts.validate_speech_mode --run run [--model DIR]

RUN is what `scripts.train_speech_mini` made: its part "test" has voices and people that nobody was trained on. z
becomes face points by a linear map that the part "train" teaches; nothing is drawn. Rows: the speech weights with the
true sound, with silence and with another speaker's sound, a face that holds its first frame, and the true z through the
same map. Tests are one-sided Wilcoxon tests over speakers. Prints the tables of docs/speech.md.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from scipy.stats import wilcoxon
from torch import Tensor

from benchmark.features.types.case import FaceFeatures
from feed_dataset.core.jobs.errors import FeedError
from model.speech import SpeechModel, load_speech
from model.speech.features import features_of, frame_times
from model.speech.head_motion.rotation import against, central_frame
from model.speech.samples import sound_of
from scripts.head_motion_parts.nearness import MEASURES, Motion, RandomWalk, compared, constant
from scripts.validation.heard import FPS, Spoken, mean, value_of
from scripts.validation.speech_mode import (
    PointsOfZ,
    TrueClip,
    encode,
    lags_s,
    opening_in_silence,
    true_clips,
)

ERRORS = tuple(f"{name}[mesh468]" for name in ("m_p", "m_v", "f_p", "f_v"))
METRICS = (*ERRORS, "silence_opening[mesh468]", "av_lag[mesh468]", "av_correlation[mesh468]")
OURS, SILENCE, OTHER, STILL, TRUE = "true sound", "silence", "another speaker's sound", "first frame held", "true z"
HEARD = "speech weights"
DRAWS = 8
"""Of head motions of each clip: seeds, and whose motion is borrowed."""
TAUGHT_BY = 40
"""Clips of the training part that the map from z to face points is fitted to."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 2 where something is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="what scripts.train_speech_mini made")
    parser.add_argument("--model", default="speech-mini", help="speech weights (%(default)s)")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        model = load_speech(asked.model)
        test = true_clips(asked.run / "test", asked.run / "test-clips")
        train = true_clips(asked.run / "train", asked.run / "train-clips")
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    mouths(model, test, PointsOfZ.fit(train[:: max(1, len(train) // TAUGHT_BY)]))
    print()
    heads(model, test, train)
    return 0


def mouths(model: SpeechModel, clips: Sequence[TrueClip], points: PointsOfZ) -> None:
    """Print how well mouths go with their sound."""
    truths = [clip.spoken() for clip in clips]
    rows = {
        name: [points.face(clip, z) for clip, z in zip(clips, found, strict=True)]
        for name, found in _latents(model, clips).items()
    }
    people = [clip.clip.person for clip in clips]
    print("| | " + " | ".join(f"`{metric}`" for metric in METRICS) + " |")
    print("|---|" + "---:|" * len(METRICS))
    values = {
        name: {metric: [value_of(metric, truth, face) for truth, face in zip(truths, faces, strict=True)]
               for metric in METRICS}
        for name, faces in rows.items()
    }  # fmt: skip
    for name, scores in values.items():
        print(f"| {name} | " + " | ".join(shown(scores[metric]) for metric in METRICS) + " |")
    for metric in ERRORS[:2]:
        for name in (STILL, SILENCE, OTHER):
            p = p_less(people, values[OURS][metric], values[name][metric])
            print(f"{metric}: {OURS} below {name}, p = {p:.2g}")
    _print_lags(rows, clips)
    _print_silence(rows, truths)
    for language in dict.fromkeys(clip.language for clip in clips):
        chosen = [n for n, clip in enumerate(clips) if clip.language == language]
        said = [f"{np.mean([values[name]['m_p[mesh468]'][n] for n in chosen]):.4f}" for name in (OURS, STILL)]
        print(f"{language}: m_p {said[0]}, {STILL} {said[1]}")


def shown(values: Sequence[float | None]) -> str:
    """Their mean, and of how many where some have no value."""
    said, scored = mean(values).split(" | ")
    return said if None not in values else f"{said} ({scored})"


def _latents(model: SpeechModel, clips: Sequence[TrueClip]) -> dict[str, list[Tensor]]:
    longest = max(len(clip.z) for clip in clips)
    quiet = sound_of(np.zeros(round(longest / FPS * 16_000), np.float32), 0.0)
    silence = features_of(quiet, frame_times(longest / FPS, FPS), model.ears)
    others = [clips[number].clip.features for number in another(clips)]
    encoder = model.expression
    return {
        OURS: [encode(encoder, clip, clip.clip.features) for clip in clips],
        SILENCE: [encode(encoder, clip, silence) for clip in clips],
        OTHER: [encode(encoder, clip, features) for clip, features in zip(clips, others, strict=True)],
        STILL: [clip.z[:1].expand_as(clip.z) for clip in clips],
        TRUE: [clip.z for clip in clips],
    }


def another(clips: Sequence[TrueClip]) -> list[int]:
    """For each clip the first one after it of somebody else."""
    found = []
    for number, clip in enumerate(clips):
        later = [(number + step) % len(clips) for step in range(1, len(clips))]
        found.append(next(n for n in later if clips[n].clip.person != clip.clip.person))
    return found


def p_less(people: Sequence[str], ours: Sequence[float | None], others: Sequence[float | None]) -> float:
    """Of a one-sided Wilcoxon test over speakers, each with the mean of its clips."""
    differences: dict[str, list[float]] = defaultdict(list)
    for person, one, two in zip(people, ours, others, strict=True):
        if one is not None and two is not None:
            differences[person].append(one - two)
    return float(wilcoxon([np.mean(values) for values in differences.values()], alternative="less").pvalue)


def _print_lags(rows: dict[str, list[FaceFeatures]], clips: Sequence[TrueClip]) -> None:
    sounds = [clip.energy() for clip in clips]
    truth = [clip.face(clip.points) for clip in clips]
    for name, faces in {"true clips": truth, OURS: rows[OURS]}.items():
        levels, change = lags_s(faces, sounds)
        ms = 1000 * np.array(levels)
        print(
            f"mouth late by, {name}: {ms.mean():.0f} ms by level (median {np.median(ms):.0f}, {ms.min():.0f} to"
            f" {ms.max():.0f}), {1000 * change:.0f} ms by change"
        )


def _print_silence(rows: dict[str, list[FaceFeatures]], truths: Sequence[Spoken]) -> None:
    openings = {
        name: [opening_in_silence(face, truth.envelope) for face, truth in zip(faces, truths, strict=True)]
        for name, faces in (rows | {"true clips": [truth.face for truth in truths]}).items()
    }
    for name, found in openings.items():
        print(f"opening in silence, {name}: {shown(found)}")


def heads(model: SpeechModel, test: Sequence[TrueClip], train: Sequence[TrueClip]) -> None:
    """Print how near head motions are to the true ones, on average over draws of what is left to chance."""
    tracks = [at_rest(clip.pose) for clip in test]
    walk = RandomWalk.of([at_rest(clip.pose) for clip in train])
    head, features = model.head_motion, [clip.clip.features for clip in test]
    people = [clip.clip.person for clip in test]
    foreign = [[n for n, other in enumerate(people) if other != person] for person in people]

    def stranger(number: int, draw: int) -> int:
        return foreign[number][(number + draw * len(foreign[number]) // DRAWS) % len(foreign[number])]

    def motions(draw: int) -> dict[str, Motion]:
        return {
            HEARD: lambda n: head.sample(features[n], seed=DRAWS * n + draw),
            "speech weights, another's sound": lambda n: head.sample(
                _as_long(features[stranger(n, draw)], len(tracks[n])), seed=DRAWS * n + draw
            ),
            "first pose held": lambda n: constant(tracks[n]),
            "random walk": lambda n: walk.track(len(tracks[n]), seed=DRAWS * n + draw),
            "another speaker's true motion": lambda n: _as_long(tracks[stranger(n, draw)], len(tracks[n])),
        }

    drawn = [compared(motions(draw), tracks) for draw in range(DRAWS)]
    print("| head | " + " | ".join(f"{measure} | ours nearer, p" for measure in MEASURES) + " |")
    print("|---|" + "---:|---:|" * len(MEASURES))
    means = {
        name: {m: np.mean([[getattr(one, m) for one in found[name]] for found in drawn], axis=0) for m in MEASURES}
        for name in drawn[0]
    }
    for name, row in means.items():
        tests = {m: "" if name == HEARD else f"{p_less(people, means[HEARD][m], row[m]):.2g}" for m in MEASURES}
        print(f"| {name} | " + " | ".join(f"{row[m].mean():.3f} | {tests[m]}" for m in MEASURES) + " |")


def at_rest(track: Tensor) -> Tensor:  # [T, 9]
    """Against the clip's own frame at rest, as training has it."""
    return against(track, track[central_frame(track)])


def _as_long(values: Tensor, count: int) -> Tensor:
    """Forwards and backwards in turns, as far as it takes."""
    there_and_back = torch.cat([values, values.flip(0)])
    return there_and_back.repeat(-(-count // len(there_and_back)), 1)[:count]


if __name__ == "__main__":
    raise SystemExit(main())
