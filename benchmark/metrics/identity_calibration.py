"""Two lines to read a CSIM by: what the same network says of one person's frames, and of different people's.

A cosine means nothing by itself: recognisers spread people differently, and expressions, crops and compression move one
person's descriptors. Both lines come from the real videos of the very run: drivers and references. Sources take no
part: nobody says who they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import combinations

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.identity import RECOGNISERS, Recogniser, is_descriptor
from benchmark.metrics.known_answers import EXACT, Between, Same
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.scores import Extra, SetScore

SEED = 0
PAIRS = 4000
"""About so many pairs make each line, as many from every subject (or two subjects)."""

Clips = Mapping[str, Sequence[np.ndarray]]
"""Subject -> unit descriptors [T, d] of each of its clips."""


def csim_calibration(cases: Sequence[CaseFeatures], recogniser: str, seed: int = SEED) -> SetScore:
    """Same-identity minus different-identity mean cosine; `extra` has both lines, their spread and the counts."""
    clips = clips_of(cases, recogniser)
    frames = sum(len(clip) for subject in clips.values() for clip in subject)
    if not frames:
        return SetScore(None, 0, "no descriptors of drivers or references")
    same, across, different = _cosines(_Contents.of(clips), seed)
    extra: dict[str, Extra] = {
        "subjects": float(len(clips)),
        "clips": float(sum(len(subject) for subject in clips.values())),
        "pairs_same_across_clips": float(across),
        **_line("same", same),
        **_line("different", different),
    }
    if not len(same) or not len(different):
        lacking = "two frames of one subject" if not len(same) else "two subjects"
        return SetScore(None, frames, f"expected {lacking} among drivers and references", extra)
    return SetScore(float(same.mean()) - float(different.mean()), frames, None, extra)


def clips_of(cases: Iterable[CaseFeatures], recogniser: str) -> Clips:
    """Unit descriptors of every different real clip, by subject."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for case in cases:
        for subject, features in _real(case):
            rows = features.array(recogniser)
            if rows is None:
                continue
            rows = rows[is_descriptor(rows)].astype(np.float64)
            if len(rows):
                key = hashlib.sha256(rows.tobytes()).hexdigest()  # many cases share a driver
                found.setdefault(subject, {})[key] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return {subject: [clips[key] for key in sorted(clips)] for subject, clips in sorted(found.items())}


@dataclass(frozen=True)
class _Contents:
    """Clips that are compared by what is in them."""

    sha256: str
    clips: Clips = field(compare=False)

    @classmethod
    def of(cls, clips: Clips) -> _Contents:
        total = hashlib.sha256()
        for subject, parts in clips.items():
            total.update(repr((subject, [part.shape for part in parts])).encode())
            for part in parts:
                total.update(part.tobytes())
        return cls(total.hexdigest(), clips)


@lru_cache(maxsize=len(RECOGNISERS))
def _cosines(contents: _Contents, seed: int) -> tuple[np.ndarray, int, np.ndarray]:
    """Of pairs of one identity, how many are of different clips, of pairs of two; once for all methods of a run."""
    rng = np.random.default_rng(seed)
    same, across = same_identity(contents.clips, rng)
    return same, across, different_identity(contents.clips, rng)


def same_identity(
    clips: Clips,
    rng: np.random.Generator,
) -> tuple[np.ndarray, int]:
    """Cosines of pairs of one subject's frames, equally many of each subject, and how many are of different clips.

    The two frames come from different clips; of a subject with one clip they lie at least half of it apart, because
    neighbouring frames are nearly the same picture.
    """
    able = [subject for subject in clips.values() if len(subject) > 1 or len(subject[0]) > 1]
    each = -(-PAIRS // max(1, len(able)))
    cosines, across = [], 0
    for subject in able:
        if len(subject) > 1:
            picks = [rng.choice(len(subject), 2, replace=False) for _ in range(each)]
            pairs = [(_pick(subject[a], rng), _pick(subject[b], rng)) for a, b in picks]
            across += each
        else:
            clip = subject[0]
            first = rng.integers(0, len(clip) - len(clip) // 2, each)
            pairs = [(clip[at], clip[rng.integers(at + len(clip) // 2, len(clip))]) for at in first]
        cosines.append(np.array([a @ b for a, b in pairs]))
    return (np.concatenate(cosines) if cosines else np.empty(0)), across


def different_identity(
    clips: Clips,
    rng: np.random.Generator,
) -> np.ndarray:
    """Cosines of pairs of frames of two subjects, equally many of every two subjects."""
    couples = list(combinations(clips.values(), 2))
    each = -(-PAIRS // max(1, len(couples)))
    cosines = [[_pick_clip(a, rng) @ _pick_clip(b, rng) for _ in range(each)] for a, b in couples]
    return np.array(cosines).reshape(-1)


def _pick_clip(subject: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    return _pick(subject[int(rng.integers(len(subject)))], rng)


def _pick(clip: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    row: np.ndarray = clip[rng.integers(len(clip))]
    return row


def _real(case: CaseFeatures) -> Iterable[tuple[str, FaceFeatures]]:
    yield case.cluster, case.driver
    if case.reference is not None:
        yield case.cluster, case.reference


def _line(name: str, cosines: np.ndarray) -> dict[str, float]:
    if not len(cosines):
        return {f"pairs_{name}": 0.0}
    low, high = np.percentile(cosines, [5, 95])
    values = {name: cosines.mean(), f"{name}_p05": low, f"{name}_p95": high, f"pairs_{name}": len(cosines)}
    return {key: float(value) for key, value in values.items()}


def _entry(one: Recogniser) -> SetMetric:
    card = MetricCard(
        id=f"csim_calibration[{one.id}]",
        title=f"{one.title} calibration",
        unit="",
        higher_is_better=None,
        level="set",
        needs=frozenset(),
        features=("mesh468", one.id),
        summary="Two lines to read the CSIM of this network by, from the real videos of this run: the mean similarity"
        " of one person's frames, and of different people's. The value is their distance.",
        definition=f"`same - different` of mean cosines of {one.values}-d descriptors of drivers and references."
        f" `same`: about {PAIRS} pairs of frames of one subject from different clips (from one clip, at least half of"
        " it apart, where a subject has one only), equally many of each subject. `different`: about as many pairs of"
        f" frames of two subjects, equally many of every two. Drawn with seed {SEED}; `extra` has both lines, their 5th"
        " and 95th percentiles and the numbers of pairs, clips and subjects.",
        value_range=(-2.0, 2.0),
        preprocessing=one.preprocessing,
        pitfalls=(
            "A property of the data and the network, not of a method: all methods of a run share it.",
            "Clips of one recording share light and clothes: the line of one person is high. Few subjects make the line"
            " of different people depend on who they are.",
        ),
        source="this project",
    )
    # Computed on real videos only: what a method gives cannot move it.
    answers = (Between(on.TRUTH, 0.0, 2.0), Same(on.STRANGER, EXACT), Same(on.BLACK, EXACT))
    return SetMetric(card, partial(csim_calibration, recogniser=one.id), answers)


ENTRIES: tuple[SetMetric, ...] = tuple(_entry(one) for one in RECOGNISERS)
