"""Known values of THEval's measures of lips and voice: points drawn at random, with plain loops, in both modes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmark.doctor.known_values.heads import FRAME_HW, case, template, video
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, INDEPENDENT, KnownValue, of_function, of_set
from benchmark.features.types.case import CaseFeatures, FaceFeatures

_UPPER, _LOWER = (191, 80, 81, 82, 13, 312, 311, 310), (95, 88, 178, 87, 14, 317, 402, 318)
_MODES = ("theval", "corrected")
_FRAMES, _GONE = 40, (3, 21)
# Loud, silent for 0.4 s, loud, silent for 0.29 s (too short), loud to the end.
_LEVELS = np.array([0.9] * 50 + [0.24] * 40 + [0.26] * 30 + [0.1] * 29 + [0.7] * 21, np.float32)
_SILENT = (0.5, 0.9)


def known_values() -> tuple[KnownValue, ...]:
    """Two cases, whose means count; a third without a face is left out."""
    return (*_measures(), *_nothing(), *_loudness())


def _times() -> np.ndarray:
    return np.asarray(np.arange(_FRAMES) / 25)


def _drawn(seed: int, size: float, gone: tuple[int, ...] = ()) -> FaceFeatures:
    base = template()[0] * [80, -80, -80] + [120, 160, 0]
    shots = base + np.random.default_rng(seed).normal(0, size, (_FRAMES, 468, 3))
    return replace(video(shots.astype(np.float32), gone), times_s=_times())


def _rms() -> np.ndarray:
    return np.random.default_rng(92).uniform(0, 1, 35).astype(np.float32)


def _cases() -> list[CaseFeatures]:
    sides = [(_drawn(1, 2.0, _GONE), _drawn(2, 1.0)), (_drawn(3, 0.6, _GONE), _drawn(4, 1.2))]
    blind = (_drawn(1, 2.0, tuple(range(_FRAMES))), sides[0][1])
    sound = {"speech-envelope": _LEVELS, "rms": _rms()}
    return [case(output, truth, reference=truth, sound=sound) for output, truth in (*sides, blind)]


def _measures() -> list[KnownValue]:
    cases, found = _cases(), []
    for name, number in (("theval_silence", _silence), ("theval_sync", _sync)):
        for mode in _MODES:
            made, true = (
                sum(number(getattr(one, side), mode) for one in cases[:2]) / 2 for side in ("output", "reference")
            )
            extra = {"mean": made, "mean_true": true, "n_lost": 1.0}
            text = "points drawn at random, a long silence and a short one"
            value = 1 - abs(made - true) / true
            metric = f"{name}[{mode}]"
            found.append(of_set(metric, text, INDEPENDENT, cases, value, scored=2, extra=extra, tolerance=1e-5))
    return found


def _is_silent(t: int) -> bool:
    return _SILENT[0] - 1e-6 <= t / 25 <= _SILENT[1] + 1e-6


def _silence(side: FaceFeatures, mode: str) -> float:
    height, width = FRAME_HW
    gaps = []
    for t in range(_FRAMES):
        if side.reasons[t] is not None or not _is_silent(t):
            continue
        xy = side.landmarks_px[t, :, :2].astype(float)
        if mode == "theval":
            xy = xy / [width, height] * 256
        eyes = float(np.hypot(*(xy[33] - xy[263])))
        apart = [
            abs(xy[u, 1] - xy[w, 1]) if mode == "theval" else float(np.hypot(*(xy[u] - xy[w])))
            for u, w in zip(_UPPER, _LOWER, strict=True)
        ]
        gaps.append(sum(apart) / len(apart) / eyes)
    middle = sum(gaps) / len(gaps) if mode == "theval" else _median(gaps)
    return _median([abs(gap - middle) for gap in gaps])


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _sync(side: FaceFeatures, mode: str) -> float:
    height, width = FRAME_HW
    rms, openings, loud = _rms(), [], []
    for t in range(_FRAMES):
        if side.reasons[t] is not None or _is_silent(t):
            continue
        xy = side.landmarks_px[t, :, :2].astype(float)
        upper, lower, right, left = (xy[list(group)].mean(axis=0) for group in (_UPPER, _LOWER, (33, 133), (362, 263)))
        if mode == "theval":
            openings.append(abs(upper[1] - lower[1]) / height / (abs(right[0] - left[0]) / width))
        else:
            openings.append(float(np.hypot(*(upper - lower))) / float(np.hypot(*(right - left))))
        place = t / 25 / 0.05
        before = min(int(place + 1e-9), len(rms) - 2)
        share = place - before
        loud.append((1 - share) * float(rms[before]) + share * float(rms[before + 1]))
    scaled = [[(v - min(row)) / (max(row) - min(row) + 1e-8) for v in row] for row in (openings, loud)]
    return sum(abs(a - b) for a, b in zip(*scaled, strict=True)) / len(openings)


def _nothing() -> list[KnownValue]:
    still = replace(video(template()[0][None].repeat(_FRAMES, axis=0) * 80), times_s=_times())
    moving = _drawn(5, 1.0)
    sound = {"speech-envelope": _LEVELS, "rms": _rms()}
    found = []
    seldom, tenth = _until(28, 31), _until(27, 30)  # 3 frames of 31 speak, and 3 of 30
    for mode in _MODES:
        quiet = [case(moving, still, reference=still, sound=sound)]
        found.append(of_set(f"theval_silence[{mode}]", "true lips that do not move", EXACTLY, quiet, None))
        metric = f"theval_sync[{mode}]"
        found.append(of_set(metric, "less than a tenth of speech", EXACTLY, [seldom], None))
        found.append(of_set(metric, "a tenth of speech", CLOSED_FORM, [tenth], 1.0, scored=1))
        first = _drawn(6, 1.0, tuple(t for t in range(_FRAMES) if t not in (0, 5)))
        two = [case(first, first, reference=first, sound=sound)]
        found.append(of_set(metric, "two frames with a face", CLOSED_FORM, two, 1.0, scored=1))
        hidden = _drawn(6, 1.0, tuple(t for t in range(_FRAMES) if _is_silent(t) and t != 18))
        lonely = [case(hidden, moving, reference=moving, sound=sound)]
        found.append(of_set(f"theval_silence[{mode}]", "one silent frame with a face", EXACTLY, lonely, None))
    mute = [case(still, still, reference=still, sound=sound)]
    found.append(of_set("theval_sync[corrected]", "a mouth that never moves", EXACTLY, mute, None))
    found.append(of_set("theval_sync[theval]", "a mouth that never moves", CLOSED_FORM, mute, 1.0, scored=1))
    for change, value in ((0.0099, None), (0.0101, 1.0)):
        hardly = _hardly(change)
        name = f"a mouth that moves by {change / 100:g} eye distances"
        cases = [case(hardly, hardly, reference=hardly, sound=sound)]
        found.append(of_set("theval_sync[corrected]", name, CLOSED_FORM, cases, value))
    return found


def _until(begin: int, frames: int) -> CaseFeatures:
    """Somebody who speaks from a frame on, with the truth's lips."""
    side = _drawn(5, 1.0)
    cut = FaceFeatures(side.landmarks_px[:frames], side.reasons[:frames], frame_hw=FRAME_HW, times_s=_times()[:frames])
    levels = np.where(np.arange(170) < 4 * begin - 1, 0.0, 0.9).astype(np.float32)
    return case(cut, cut, reference=cut, sound={"speech-envelope": levels, "rms": _rms()})


def _hardly(change_px: float) -> FaceFeatures:
    """Eyes 100 px apart; the lips 10 px, and in one frame a little more."""
    shots = np.zeros((_FRAMES, 468, 3), np.float32)
    shots[:, [33, 133], 0], shots[:, [362, 263], 0] = -50, 50
    shots[:, _LOWER, 1] = 10
    shots[4, _LOWER, 1] += change_px
    return replace(video(shots), times_s=_times())


def _loudness() -> list[KnownValue]:
    """A sine of known size, and where its values stand."""
    samples = 0.5 * np.sin(2 * np.pi * 400 * np.arange(16_000) / 16_000)
    samples[8000:] = 0

    def at(place: int) -> float:
        from benchmark.features.lip_sync.loudness import rms

        return float(rms(samples)[place])

    found = []
    for mode in _MODES:
        metric = f"theval_sync[{mode}]"
        for place, expected in ((4, 0.5 / np.sqrt(2)), (10, 0.25), (14, 0.0), (0, 0.25)):
            text = f"loudness of a sine, value {place}"
            ask = lambda place=place: at(place)  # noqa: E731
            found.append(of_function(metric, text, CLOSED_FORM, ask, float(expected), tolerance=1e-4))
    return found
