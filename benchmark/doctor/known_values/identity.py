"""Known values of identity: descriptors with angles that are chosen."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.heads import case, video
from benchmark.doctor.known_values.value import EXACTLY, KnownValue, of_case, of_set
from benchmark.features.types.case import CaseFeatures

_RECOGNISERS = ("arcface", "vggface2", "dlib")
_D = 24
_COSINES = (0.9, 0.5, -0.2, 0.1)


def known_values() -> tuple[KnownValue, ...]:
    """Cosines and distances that descriptors were made to have."""
    found: list[KnownValue] = []
    for one in _RECOGNISERS:
        found += [_cosine(one), _calibration(one, 3), _calibration(one, 2)]
    return (*found, _distance())


def _basis(seed: int) -> np.ndarray:
    """Orthonormal rows, float64 [d, d]."""
    return np.asarray(np.linalg.qr(np.random.default_rng(seed).normal(size=(_D, _D)))[0])


def _cosine(recogniser: str) -> KnownValue:
    axes, lengths = _basis(0), np.array([0.5, 2.0, 3.0, 0.7])
    source = 1.7 * axes[:1]
    cosines = np.array(_COSINES)[:, None]
    rows = lengths[:, None] * (cosines * axes[0] + np.sqrt(1 - cosines**2) * axes[1:5])
    return of_case(
        f"csim[{recogniser}]",
        "descriptors at cosines of 0.9, 0.5, -0.2 and 0.1, one without a face, one missing",
        EXACTLY,
        _against_source(recogniser, rows, source),
        sum(_COSINES) / 4,
        scored=4,
        due=6,
    )


def _distance() -> KnownValue:
    axes, reaches = _basis(1), np.array([0.3, 1.2, 0.6, 2.0])
    source = 1.3 * axes[:1]
    rows = source + reaches[:, None] * (axes[1:5] * 0.8 + axes[5:9] * 0.6)
    return of_case(
        "id_l2[dlib]",
        "descriptors 0.3, 1.2, 0.6 and 2 away, one without a face, one missing",
        EXACTLY,
        _against_source("dlib", rows, source),
        float(reaches.mean()),
        scored=4,
        due=6,
    )


def _against_source(recogniser: str, rows: np.ndarray, source: np.ndarray) -> CaseFeatures:
    """Four frames that count, one without a face, and one that the driver has and the output has not."""
    arrays = {recogniser: np.concatenate([rows, np.zeros((1, _D))])}
    output = video(None, missing=(4,), arrays=arrays, frames=5)
    return case(output, video(None, frames=6), source=video(None, arrays={recogniser: source}, frames=1))


def _calibration(recogniser: str, people: int) -> KnownValue:
    """Some people: every two of their descriptors that can be drawn have one cosine, so that no draw matters.

    A and B have two clips each, of one descriptor; C has a clip whose halves have one each.
    """
    within, between = (0.8, 0.7, 0.6)[:people], {(0, 1): 0.1, (0, 2): 0.3, (1, 2): 0.2}
    gram = np.eye(6)
    for who, cosine in enumerate(within):
        gram[2 * who, 2 * who + 1] = gram[2 * who + 1, 2 * who] = cosine
    for (a, b), cosine in between.items():
        gram[2 * a : 2 * a + 2, 2 * b : 2 * b + 2] = gram[2 * b : 2 * b + 2, 2 * a : 2 * a + 2] = cosine
    rows = np.linalg.cholesky(gram) @ _basis(2)[:6]
    clips = [("A", [rows[0]] * 4), ("A", [rows[1]] * 6), ("B", [rows[2]] * 3), ("B", [rows[3]] * 9)]
    clips.append(("C", [rows[4]] * 5 + [rows[5]] * 5))
    cases = []
    for person, descriptors in clips[: 2 * people]:
        lengths = np.linspace(0.5, 3.0, len(descriptors))[:, None]  # none of them matters
        real = video(None, arrays={recogniser: lengths * np.stack(descriptors)}, frames=len(descriptors))
        stranger = video(None, arrays={recogniser: _basis(3)[: len(descriptors)]}, frames=len(descriptors))
        cases.append(case(stranger, real, cluster=person, reference=real, source=stranger))
    metric = f"csim_calibration[{recogniser}]"
    # `same` is the mean over the people and `different` that over their pairs, however many frames each has.
    couples = [cosine for couple, cosine in between.items() if max(couple) < people]
    same, different, each = float(np.mean(within)), float(np.mean(couples)), -(-4000 // people)
    extra = {"same": same, "different": different, "subjects": float(people), "clips": float(min(5, 2 * people))}
    # About 4000 pairs of each line: as many of each person, of whom two have two clips, and of each two people.
    extra |= {"pairs_same": float(people * each), "pairs_same_across_clips": float(2 * each)}
    extra["pairs_different"] = float(len(couples) * -(-4000 // len(couples)))
    name, scored = f"{people} people, every drawable cosine chosen", 4 + 6 + 3 + 9 + 10 * (people > 2)
    return of_set(metric, name, EXACTLY, cases, same - different, scored=scored, extra=extra)
