"""Identity: how close each output frame's face descriptor is to the source's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.metrics.features import CaseFeatures
from benchmark.metrics.scores import CaseScore, mean_score, unscored


def cosine_similarity(
    a: np.ndarray,  # [T, d]
    b: np.ndarray,  # [d] or [T, d]
) -> np.ndarray:
    """Cosine of the angle between descriptors, [T]."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    cosine: np.ndarray = (a * b).sum(-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
    return cosine


def l2_distance(
    a: np.ndarray,  # [T, d]
    b: np.ndarray,  # [d] or [T, d]
) -> np.ndarray:
    """Euclidean distance between descriptors, [T]."""
    distance: np.ndarray = np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64), axis=-1)
    return distance


def csim(case: CaseFeatures) -> CaseScore:
    """Mean cosine similarity to the source's descriptor."""
    return _compare(case, cosine_similarity)


def id_l2(case: CaseFeatures) -> CaseScore:
    """Mean distance to the source's descriptor."""
    return _compare(case, l2_distance)


def _compare(case: CaseFeatures, function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> CaseScore:
    expected = len(case.driver)
    source, output = case.source.embeddings, case.output.embeddings
    if source is None or output is None:
        missing = "source" if source is None else "output"
        return unscored(f"{missing}: descriptors not computed", expected)
    if len(source) == 0 or not np.isfinite(source[0]).all():
        why = (case.source.reasons[0] if len(source) else "no frames") or "no descriptor"
        return unscored(f"source: {why}", expected)
    if len(output) > expected:
        return unscored(f"output has more frames ({len(output)}) than driver ({expected})", expected)
    valid = np.isfinite(output).all(axis=1) & (np.linalg.norm(output, axis=1) > 0)
    reasons = [None if ok else f"output: {why or 'no descriptor'}"
               for ok, why in zip(valid, case.output.reasons, strict=True)]  # fmt: skip
    reasons += ["output: frame missing"] * (expected - len(output))
    return mean_score(function(output[valid], source[0]), reasons)
