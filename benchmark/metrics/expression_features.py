"""Expression as three networks see it, each with numbers for how far the face moves and how unevenly.

Everything is relative to the own neutral of each video (`benchmark.metrics.neutral`), which has to be at rest: two
faces at rest differ by more than most expressions move one of them, and that constant difference would decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.blendshapes import expressive, left_minus_right
from benchmark.metrics.expression import COMPONENTS, describe_expression
from benchmark.metrics.frame_pairs import pair_frames
from benchmark.metrics.neutral import neutral_row, no_neutral
from benchmark.metrics.scores import CaseScore, count_reasons, none_scored

NO_NETWORK_OUTPUT = "the network gave nothing"


@dataclass(frozen=True)
class ExpressionFeature:
    """Expression as one network sees it.

    Args:
        network: what stands in the brackets of a metric's id.
        extractor: its id.
        unit: of the numbers.
        shape: raw feature [T, ...] to what moves, [T, k].
        sides: raw feature [T, ...] to left minus right, [T, m]; None where the network does not see it well enough.
        min_motion: root mean square of |shape| below which a driver does not move its face.
        min_unevenness: the same of |sides|: below, the driver's face is even.
    """

    network: str
    extractor: str
    unit: str
    shape: Callable[[np.ndarray], np.ndarray]
    sides: Callable[[np.ndarray], np.ndarray] | None
    min_motion: float
    min_unevenness: float

    def raw(self, features: FaceFeatures) -> np.ndarray:
        """The feature [T, ...]. Raises ValueError where it was not extracted."""
        found = features.landmarks_px if self.extractor == "mesh468" else features.array(self.extractor)
        if found is None:
            raise ValueError(f"expected the feature {self.extractor!r} but it was not extracted")
        return found


def sides_of_mesh(
    landmarks_px: np.ndarray,  # [T, >= 468, 3]
) -> np.ndarray:
    """The subject's left minus right, float64 [T, 5]: mouth, lip corner, lids, inner and outer brow, in IOD.

    The sideways mouth counts twice: the others are differences of two sides, it is the way from the middle.
    """
    described = _describe(landmarks_px)

    def column(name: str) -> np.ndarray:
        found: np.ndarray = described[:, COMPONENTS.index(name)]
        return found

    pairs = ("corner_height", "eye_aperture", "brow_inner", "brow_outer")
    differences = [column(f"{pair}_left") - column(f"{pair}_right") for pair in pairs]
    return np.stack([2.0 * column("mouth_shift"), *differences], axis=1)


def _describe(landmarks_px: np.ndarray) -> np.ndarray:
    return describe_expression(np.asarray(landmarks_px)[:, :468])


MESH468 = ExpressionFeature("mesh468", "mesh468", "eye distances", _describe, None, 0.07, np.inf)
"""The 192 px mesh. Of a one-sided face it sees no more than what a turning head makes, of a wink a tenth."""

MESH478 = ExpressionFeature("mesh478", "mesh478", "eye distances", _describe, sides_of_mesh, 0.07, 0.05)
"""The 256 px mesh, same 13 measures. Still faces that turn by up to 30 degrees and blink: motion 0.05 to 0.07,
unevenness 0.02 to 0.04; asymmetric takes: unevenness 0.06 to 0.11."""

BLENDSHAPES52 = ExpressionFeature("blendshapes52", "blendshapes", "", expressive, left_minus_right, 0.45, 0.27)
"""Coefficients in [0, 1]. Still faces that turn: motion 0.36 to 0.43, unevenness 0.15 to 0.26; asymmetric takes: 0.28
to 0.60."""

EXPRESSION_FEATURES = (MESH478, BLENDSHAPES52, MESH468)


@dataclass(frozen=True)
class PairedMotion:
    """Motion of output and driver relative to the neutral, of the K frames that both have."""

    output: np.ndarray  # [K, k]
    driver: np.ndarray  # [K, k]
    failures: tuple[str | None, ...]  # per frame, None in those K
    neutral: int  # number of the frame


def paired_motion(
    feature: ExpressionFeature,
    case: CaseFeatures,
    part: Callable[[np.ndarray], np.ndarray],  # raw feature [T, ...] -> [T, k]
    *,
    judge: ExpressionFeature | None = None,
) -> PairedMotion | CaseScore:
    """The usable frames, each video relative to its neutral; or why there is none.

    Args:
        judge: whose shape of the whole face says which frame is the neutral; None takes that of `feature`.
    """
    expected = len(case.driver)
    pairing = pair_frames((("driver", case.driver),), case.output)
    if not pairing.usable.any():
        return CaseScore(None, expected, 0, count_reasons(pairing.failures))
    length = min(len(case.output), expected)
    reasons = list(pairing.failures)
    described: dict[str, np.ndarray] = {}
    for name, features in (("driver", case.driver), ("output", case.output)):
        described[name] = np.asarray(part(feature.raw(features)), np.float64)
        read = np.isfinite(described[name].reshape(len(features), -1)).all(axis=-1)
        for frame in range(length):
            if reasons[frame] is None and not read[frame]:
                reasons[frame] = f"{name}: {NO_NETWORK_OUTPUT}"
    missing = no_neutral(reasons, case.fps)
    if missing is not None:
        return none_scored(reasons, missing)
    keep = [frame for frame, reason in enumerate(reasons) if reason is None]
    output, driver = (described[name][keep] for name in ("output", "driver"))
    judge = judge or feature
    faces = [judge.shape(judge.raw(features)[keep]) for features in (case.output, case.driver)]
    face_output, face_driver = (one.reshape(len(one), -1) for one in faces)
    row = neutral_row(face_output, face_driver, reasons, case.fps)
    return PairedMotion(output - output[row], driver - driver[row], tuple(reasons), keep[row])


def root_mean_square(
    motion: np.ndarray,  # [K, k]
) -> float:
    """Root of the mean over frames of |motion|^2."""
    return float(np.sqrt((motion**2).sum(axis=1).mean()))
