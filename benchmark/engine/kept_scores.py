"""Scores of whole sets, kept beside the features: the same features, code and libraries give the same score.

A Frechet distance of 2,000 pictures with its interval takes minutes, and nothing of it changes when a run is scored
again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmark.engine.code import MEASURING, code_sha256
from benchmark.engine.environment import numeric_libraries
from benchmark.features.types.case import CaseFeatures
from benchmark.features.types.extractor import LANDMARKS
from benchmark.metrics import MetricCard
from benchmark.metrics.scores import SetScore
from benchmark.metrics.scoring import plain_score
from benchmark.results.schema import write_text_atomic
from feed_dataset.core.jobs.array_store import key_of
from feed_dataset.core.jobs.files import read_text

SCORES = "scores"
_VERSION = "score-1"  # raised when the same cases would be hashed in another way


@dataclass(frozen=True)
class KeptScores:
    """What earlier runs computed.

    Args:
        folder: of the feature store; None keeps nothing.
    """

    folder: Path | None

    def score_set(self, metric: MetricCard, cases: Sequence[CaseFeatures]) -> SetScore:
        """Score all cases of a method together, or find the score of exactly these features.

        Args:
            cases: as `narrowed` leaves them.

        Returns:
            The score in numbers that JSON can hold.
        """
        if self.folder is None:
            return plain_score(metric, cases)
        path = self.folder / SCORES / f"{_key(metric, cases)[:32]}.json"
        found = _load(path)
        if found is None:
            found = plain_score(metric, cases)
            write_text_atomic(path, json.dumps(asdict(found), indent=1, sort_keys=True) + "\n")
        return found


def _key(metric: MetricCard, cases: Sequence[CaseFeatures]) -> str:
    """Of everything that decides a score: features, clusters, this project's code, and the libraries that calculate."""
    content = hashlib.sha256()
    for case in cases:
        for part in _parts(case, LANDMARKS in metric.features):
            content.update(part)
    return key_of(_VERSION, metric.id, code_sha256(MEASURING), numeric_libraries(), content.hexdigest())


def _parts(case: CaseFeatures, has_landmarks: bool) -> Iterator[bytes | memoryview]:
    """Everything in a case."""
    about = (case.case_id, case.cluster, case.source_cluster, case.inputs_id, case.fps, case.no_pairs, case.no_sound)
    yield json.dumps(about).encode()
    for video in (case.output, case.driver, case.source, case.reference):
        if video is None:
            yield b"none"
            continue
        yield json.dumps((video.reasons, video.problem, video.frame_hw)).encode()
        arrays = {"faces": video.faces.array, **video.arrays}
        arrays |= {LANDMARKS: video.landmarks_px} if has_landmarks else {}
        arrays |= {} if video.times_s is None else {"times": video.times_s}
        yield from _arrays(arrays)
    yield from _arrays(case.pairs)
    yield from _arrays(case.sound)
    yield from _arrays({} if case.latents is None else {"latents": case.latents})


def _arrays(arrays: Mapping[str, np.ndarray]) -> Iterator[bytes | memoryview]:
    yield str(len(arrays)).encode()
    for name, array in sorted(arrays.items()):
        yield repr((name, array.dtype.str, array.shape)).encode()
        yield np.ascontiguousarray(array).tobytes()


def _load(path: Path) -> SetScore | None:
    """None where it is absent or damaged: computed again."""
    try:
        found = SetScore(**json.loads(read_text(path)))
    except (OSError, ValueError, TypeError):
        return None
    numbers = all(isinstance(one, float | None) for one in (found.value, found.ci_low, found.ci_high))
    texts = isinstance(found.reason, str | None) and isinstance(found.extra, dict)
    return found if numbers and texts and isinstance(found.n, int) else None
