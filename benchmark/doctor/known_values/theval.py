"""Known values of THEval's measures: points drawn at random, with plain loops, in both modes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from benchmark.doctor.known_values.heads import case, photograph, rotation, template, video
from benchmark.doctor.known_values.keypoints import LIPS_468
from benchmark.doctor.known_values.value import EXACTLY, INDEPENDENT, KnownValue, of_set
from benchmark.features.types.case import CaseFeatures, FaceFeatures

_BROWS = ((46, 53, 52, 65, 55, 70, 63, 105, 66, 107), (276, 283, 282, 295, 285, 300, 293, 334, 296, 336))
_EYES = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398),
)
_GONE = (3, 4)
_MODES = ("theval", "corrected")


def known_values() -> tuple[KnownValue, ...]:
    """Two cases, whose means count; a third without a face is left out."""
    return (*_lips(), *_brows(), *_head(), *_nothing())


def _score(made: Sequence[float], true: Sequence[float]) -> tuple[float, dict[str, float]]:
    a, b = sum(made) / len(made), sum(true) / len(true)
    return 1 - abs(a - b) / abs(b), {"mean": a, "mean_true": b, "n_lost": 1.0}


def _cases(outputs: Sequence[np.ndarray], truths: Sequence[np.ndarray]) -> list[CaseFeatures]:
    cases = []
    for output, truth in zip(outputs, truths, strict=True):
        true = video(truth)
        cases.append(case(video(output, _GONE), true, reference=true))
    blind = video(outputs[0], range(len(outputs[0])))
    return [*cases, case(blind, cases[0].driver, reference=cases[0].driver)]


def _drawn(seed: int, frames: int, size: float) -> np.ndarray:
    base = template()[0] * [80, -80, -80] + [120, 160, 0]
    return (base + np.random.default_rng(seed).normal(0, size, (frames, 468, 3))).astype(np.float32)


def _of(
    name: str, values: dict[str, tuple[float, dict[str, float]]], cases: list[CaseFeatures], text: str
) -> list[KnownValue]:
    return [
        of_set(f"{name}[{mode}]", text, INDEPENDENT, cases, value, scored=2, extra=extra, tolerance=1e-5)
        for mode, (value, extra) in values.items()
    ]


def _lips() -> list[KnownValue]:
    """Of 503 frames the last three move most."""
    outputs = [_drawn(1, 503, 0.4), _drawn(2, 8, 1.5)]
    outputs[0][500:, :, :2] += np.random.default_rng(3).normal(0, 12, (3, 468, 2))
    truths = [_drawn(4, 503, 1.0), _drawn(5, 8, 1.0)]
    values = {}
    for mode, last in zip(_MODES, (500, 503), strict=True):
        made = [_lip_variance(px[:last], _GONE) for px in outputs]
        values[mode] = _score(made, [_lip_variance(px[:last], ()) for px in truths])
    return _of("theval_lips", values, _cases(outputs, truths), "points drawn at random, the last three frames wild")


def _lip_variance(px: np.ndarray, gone: Sequence[int]) -> float:
    kept = [t for t in range(len(px)) if t not in gone]
    xy = px[kept, :, :2].astype(float)
    eyes = np.hypot(*(xy[:, 33] - xy[:, 263]).T)
    total = 0.0
    pairs = list(combinations(LIPS_468, 2))
    for i, j in pairs:
        apart = np.hypot(*(xy[:, i] - xy[:, j]).T) / eyes
        total += float(((apart - apart.mean()) ** 2).mean())
    return total / len(pairs)


def _brows() -> list[KnownValue]:
    outputs, truths = [_drawn(6, 9, 1.5), _drawn(7, 7, 0.5)], [_drawn(8, 9, 1.0), _drawn(9, 7, 1.0)]
    for px in outputs:
        px[5:, :, 1] *= 1.2  # after the gap everything is farther apart
    values = {}
    for mode in _MODES:
        made = [_brow_change(px, _GONE, mode) for px in outputs]
        values[mode] = _score(made, [_brow_change(px, (), mode) for px in truths])
    return _of("theval_brows", values, _cases(outputs, truths), "points drawn at random, two frames without a face")


def _brow_change(px: np.ndarray, gone: Sequence[int], mode: str) -> float:
    kept = [t for t in range(len(px)) if t not in gone]
    raised = {}
    for t in kept:
        middles = [px[t, group, :2].astype(float).mean(axis=0) for group in (*map(list, _BROWS), *map(list, _EYES))]
        eyes = float(np.hypot(*(middles[2] - middles[3])))
        raised[t] = [float(np.hypot(*(middles[side] - middles[2 + side]))) / eyes for side in (0, 1)]
    changes = [
        abs(raised[b][side] - raised[a][side])
        for a, b in zip(kept, kept[1:], strict=False)
        for side in (0, 1)
        if mode == "theval" or b == a + 1
    ]
    return sum(changes) / len(changes)


def _head() -> list[KnownValue]:
    """Rigid heads in chosen poses and places; frames are 320 px high."""
    random = np.random.default_rng(10)
    angles = [random.normal(0, size, (n, 3)) for size, n in ((3, 9), (4, 7), (6, 9), (6, 7))]
    angles[0][:, 0] += 178.0  # yaw passes the half turn
    places = [random.normal(120, size, (n, 2)) for size, n in ((1, 9), (2, 7), (3, 9), (3, 7))]
    shots = [
        np.stack([photograph(template()[0], rotation(*a), 80, tuple(p)) for a, p in zip(*one, strict=True)])
        for one in zip(angles, places, strict=True)
    ]
    values = {}
    for mode in _MODES:
        numbers = [
            _head_number(a, px, gone, mode) for a, px, gone in zip(angles, shots, (_GONE, _GONE, (), ()), strict=True)
        ]
        values[mode] = _score(numbers[:2], numbers[2:])
    return _of("theval_head", values, _cases(shots[:2], shots[2:]), "rigid heads in chosen poses and places")


def _head_number(angles: np.ndarray, px: np.ndarray, gone: Sequence[int], mode: str) -> float:
    kept = [t for t in range(len(px)) if t not in gone]
    changes = np.array(
        [angles[b] - angles[a] for a, b in zip(kept, kept[1:], strict=False) if mode == "theval" or b == a + 1]
    )
    centres = np.array([[(px[t, :, i].min() + px[t, :, i].max()) / 2 for i in (0, 1)] for t in kept])
    if mode == "corrected":
        centres = centres * 256 / 320

    def variance(rows: np.ndarray) -> np.ndarray:
        return np.asarray(((rows - rows.mean(axis=0)) ** 2).mean(axis=0))

    turning = float(np.sqrt(variance(angles[kept])).mean() * variance(changes).mean())
    return float((turning + variance(centres).mean()) ** 0.5)


def _nothing() -> list[KnownValue]:
    still = video(template()[0][None].repeat(4, axis=0) * 80)
    moving = video(_drawn(11, 4, 1.0))
    apart = _alternating()
    found = []
    for name in ("theval_lips", "theval_brows", "theval_head"):
        for mode in _MODES:
            metric = f"{name}[{mode}]"
            found.append(
                of_set(metric, "true videos that do not move", EXACTLY, [case(moving, still, reference=still)], None)
            )
    for name in ("theval_brows", "theval_head"):
        cases = [case(apart, moving, reference=moving)]
        found.append(of_set(f"{name}[corrected]", "no two neighbours with a face", EXACTLY, cases, None))
    return found


def _alternating() -> FaceFeatures:
    return replace(video(_drawn(12, 5, 1.0), (1, 3)))
