"""What metrics say of clips with planted motion of mouths, brows and heads, and of sound that is shifted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmark.features.lip_sync.loudness import RATE_HZ as LEVELS_HZ
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.catalog import CARDS, score_case, score_set
from benchmark.metrics.head_signal import Turning, beats_s
from benchmark.metrics.pose import geodesic_deg
from scripts.validation.figures import WANTED, Figure, case_of, rank_correlation
from scripts.validation.planted_parts import AMOUNTS, FRAMES, PARTS, RATE_HZ, SPOKEN, TIMES_S, Person, Planted

MODES = ("theval", "corrected")
LAGS_S = (0.0, 0.04, 0.08, 0.16, 0.32)
"""By which pictures come after their sound."""
BEAT_LAGS_S = (0.0, 0.04, 0.08, 0.12, 0.16, 0.2)
"""Beats of these heads are half a second apart."""
_OUTPUTS = 3
_RISE_S = 0.05
_LMD = tuple(f"{scale}{name}[mesh468]" for name in ("lmd", "lmd_f", "lmd_m") for scale in ("", "n"))


@dataclass(frozen=True)
class Spoken:
    """A bundled clip of speech: what is seen, and its sound by extractor id."""

    seen: FaceFeatures
    sound: Mapping[str, np.ndarray]


def spoken_clips() -> Iterator[Spoken]:
    """Bundled clips of speech whose sound moved the mouth."""
    from benchmark.metrics.case_from_frames import case_from_frames
    from feed_dataset.core.media.video import read_video
    from feed_dataset.layout.mini import MINI_ROOT

    for path in sorted(Path(MINI_ROOT).glob("*/speech_C.mp4")):
        video = read_video(path, size_px=256)
        features = CARDS["theval_sync[theval]"].features
        case = case_from_frames(features, output=video.frames, reference=video.frames, audio=path, fps=25)
        yield Spoken(case.output, case.sound)


def theval_figures(people: Sequence[Person], spoken: Sequence[Spoken]) -> list[Figure]:
    """THEval's measures against the planted share of motion, and against the lag between sound and pictures."""
    lines = []
    for part in PARTS:
        by_mode = [_share_lines(f"theval_{part}[{mode}]", part, people) for mode in MODES]
        lines += _once(f"theval_{part}, both modes", by_mode)
    by_mode = []
    for mode in MODES:
        metric = f"theval_sync[{mode}]"
        rows = np.array([[_set_value(metric, [late(one, lag_s)]) for lag_s in LAGS_S] for one in spoken])
        by_mode.append(lag_lines(metric, rows, LAGS_S, "planted lag of pictures", "clip", falls=True))
    return lines + _once("theval_sync, both modes", by_mode)


def _once(name: str, by_mode: Sequence[Sequence[Figure]]) -> list[Figure]:
    """Lines of both modes, or those of one where they are the same but for the name."""
    first, second = ([replace(line, what=name) for line in lines] for lines in by_mode)
    return first if first == second else [line for lines in by_mode for line in lines]


def _share_lines(metric: str, part: str, people: Sequence[Person]) -> list[Figure]:
    def values(clips: Sequence[Sequence[Planted]], exact: bool = False) -> tuple[np.ndarray, np.ndarray]:
        scores = [
            [_set_value(metric, [_spoken_case(clip, person.true, exact=exact)]) for clip in row]
            for row, person in zip(clips, people, strict=True)
        ]
        return np.array(scores), np.array([[clip.amounts[part] for clip in row] for row in clips])

    alone, mixed = [one.alone[part] for one in people], [one.mixed for one in people]
    what = "lips in silence" if part == "silence" else part
    return [
        *share_lines(metric, f"share of the motion of {what}", *values(alone)),
        share_lines(metric, "... with all parts mixed", *values(mixed))[1],
        share_lines(metric, "... with all parts mixed, exact landmarks", *values(mixed, exact=True))[1],
    ]


def share_lines(
    metric: str,
    what: str,
    scores: np.ndarray,  # [people, clips]
    amounts: np.ndarray,  # [people, clips]
) -> list[Figure]:
    """Rank correlation with amounts up to the true one's, in one person and over all; the note has the others, too."""
    ok = amounts <= 1.0
    each = [rank_correlation(row[in_row], by[in_row]) for row, by, in_row in zip(scores, amounts, ok, strict=True)]
    means = ", ".join(f"{amount:g}: {scores[amounts == amount].mean():.2f}" for amount in AMOUNTS)
    count = int(ok.sum())
    return [
        Figure(metric, f"{what}, one person", float(np.mean(each)), count // len(scores), WANTED),
        Figure(metric, f"{what}, all people", rank_correlation(scores[ok], amounts[ok]), count, WANTED, means),
    ]


def lag_lines(
    metric: str,
    rows: np.ndarray,  # [clips, lags]
    lags_s: Sequence[float],
    what: str,
    of: str,
    *,
    falls: bool = False,
) -> list[Figure]:
    """Rank correlation with the lag of what rises, or `falls`, with it, in one clip and over all."""
    rising = -rows if falls else rows
    one = float(np.mean([rank_correlation(row, lags_s) for row in rising]))
    over = rank_correlation(rising.ravel(), list(lags_s) * len(rows))
    means = ", ".join(f"{lag_s:g} s: {mean:.2f}" for lag_s, mean in zip(lags_s, rows.mean(axis=0), strict=True))
    return [
        Figure(metric, f"{what}, one {of}", one, len(lags_s), WANTED),
        Figure(metric, f"{what}, all", over, rows.size, WANTED, means),
    ]


def late(clip: Spoken, lag_s: float) -> CaseFeatures:
    """Pictures that come that much after their sound; at any lag the same frames count."""
    times_s = clip.seen.times_s
    if times_s is None:
        raise ValueError("expected a clip with times but got none")
    count = int((times_s <= times_s[-1] - LAGS_S[-1]).sum())
    true = FaceFeatures(
        clip.seen.landmarks_px[:count],
        clip.seen.reasons[:count],
        frame_hw=clip.seen.frame_hw,
        times_s=times_s[:count],
    )
    return _self_case(replace(true, times_s=times_s[:count] + lag_s), true, clip.sound)


def motion_figures(people: Sequence[Person]) -> list[Figure]:
    """Distances of landmarks against exact ones, diversity against true poses, beats against planted lags."""
    lines = [exact_line(metric, people, _value, "the same of exact landmarks") for metric in _LMD]
    measured, true = [], []
    for person in people:
        for group in combinations([person.true, *person.mixed], _OUTPUTS):
            cases = [replace(case_of(one.seen, one.seen), inputs_id="one") for one in group]
            measured.append(_set_value("head_diversity_deg[mesh468]", cases))
            pairs = combinations(group, 2)
            true.append(float(np.mean([geodesic_deg(a.rotations, b.rotations).mean() for a, b in pairs])))
    error = float(np.abs(np.array(measured) - true).mean())
    note = f"mean difference {error:.2f}, of a mean of {np.mean(true):.1f}"
    rho = rank_correlation(measured, true)
    what = f"the true poses, any {_OUTPUTS} clips of a person"
    lines.append(Figure("head_diversity_deg[mesh468]", what, rho, len(true), WANTED, note))
    rows = np.array([_by_beat_lag(one.true) for one in people])
    return [*lines, *lag_lines("beat_alignment_error[mesh468]", rows, BEAT_LAGS_S, "planted lag of beats", "person")]


def expression_figures(people: Sequence[Person]) -> list[Figure]:
    """Coefficients as detected against those that were rendered."""
    return [
        exact_line(metric, people, _set_of_one, "the same of rendered coefficients")
        for metric in ("blendshape_error[blendshapes52]", "e_fid[blendshapes52]")
    ]


def exact_line(
    metric: str, people: Sequence[Person], score: Callable[[str, CaseFeatures], float], truth: str
) -> Figure:
    """A metric of any two clips of a person, as seen and as it is exactly."""
    pairs = [pair for one in people for pair in combinations([one.true, *one.mixed], 2)]
    seen = [score(metric, _self_case(one.seen, other.seen)) for one, other in pairs]
    exact = [score(metric, _self_case(one.exact, other.exact)) for one, other in pairs]
    note = f"mean {np.mean(seen):.3g}, exact {np.mean(exact):.3g}"
    return Figure(metric, truth, rank_correlation(seen, exact), len(pairs), WANTED, note)


def _self_case(output: FaceFeatures, true: FaceFeatures, sound: Mapping[str, np.ndarray] | None = None) -> CaseFeatures:
    return replace(case_of(output, true), reference=true, sound=sound or {})


def _spoken_case(output: Planted, true: Planted, *, exact: bool) -> CaseFeatures:
    levels = np.ones(round(FRAMES / RATE_HZ * LEVELS_HZ), np.float32)
    levels[round(SPOKEN / RATE_HZ * LEVELS_HZ) :] = 0.0
    made, should = (one.exact if exact else one.seen for one in (output, true))
    return _self_case(made, should, {"speech-envelope": levels})


def _by_beat_lag(clip: Planted) -> list[float]:
    beats = beats_s(Turning(clip.rotations, TIMES_S).even_angles_deg)
    times_s = np.arange(round((FRAMES / RATE_HZ + BEAT_LAGS_S[-1]) * LEVELS_HZ)) / LEVELS_HZ
    # The voice rises at each beat and falls slowly.
    since_s = times_s[:, None] - (beats - _RISE_S / 2)
    voice = np.clip(since_s / _RISE_S, 0, 1) * np.exp(-np.maximum(since_s - _RISE_S, 0) / 0.1)
    sound = {"speech-envelope": voice.max(axis=1).astype(np.float32)}
    return [
        _value(
            "beat_alignment_error[mesh468]", _self_case(replace(clip.seen, times_s=TIMES_S + lag_s), clip.seen, sound)
        )
        for lag_s in BEAT_LAGS_S
    ]


def _value(metric: str, case: CaseFeatures) -> float:
    score = score_case(metric, case)
    if score.value is None:
        raise ValueError(f"expected a value of {metric} but got none: {score.failures}")
    return score.value


def _set_of_one(metric: str, case: CaseFeatures) -> float:
    return _set_value(metric, [case])


def _set_value(metric: str, cases: Sequence[CaseFeatures]) -> float:
    score = score_set(metric, cases)
    if score.value is None:
        raise ValueError(f"expected a value of {metric} but got none: {score.reason}")
    return score.value
