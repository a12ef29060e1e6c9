"""Expression transfer and error from a pose-free description of the face mesh."""

from __future__ import annotations

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import missing_first_frame, pair_frames
from benchmark.metrics.frontal import frontalise
from benchmark.metrics.known_answers import error_answers, transfer_answers
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, count_reasons, mean_score, unscored
from feed_dataset.core.faces import mesh_indices as mesh

COMPONENTS = (
    "mouth_open",  # upper over lower inner lip
    "mouth_width",  # between the corners: grows in a smile, shrinks in a pucker
    "mouth_shift",  # middle of the lips to the subject's left of the nose
    "corner_height_left",  # against the base of the nose
    "corner_height_right",
    "upper_lip_height",
    "jaw_drop",  # chin to base of the nose
    "eye_aperture_left",
    "eye_aperture_right",
    "brow_inner_left",  # above the corners of the same eye
    "brow_inner_right",
    "brow_outer_left",
    "brow_outer_right",
)
"""Each is measured against a neighbour, not against the whole head: less of the detection error of a turning
head shows as expression. Lip protrusion and sideways jaw are left out: the mesh network hardly sees them."""

MIN_MOTION_IOD = 0.15
"""A driver whose mean |d|_1 is below this hardly moves its face: transfer is not defined. The network itself
makes 0.12 of still faces that yaw by up to 30 degrees, 0.14 (0.07) at up to 18 degrees of pitch (roll)."""


def describe_expression(
    landmarks_px: np.ndarray,  # [T, 468, 3], NaN where missing
) -> np.ndarray:
    """Expression descriptor, float64 [T, 13] in `COMPONENTS` order, unit: outer eye corner distance (IOD)."""
    p = frontalise(landmarks_px)
    x, y = p[..., 0], p[..., 1]
    nose = mesh.NOSE_BASE
    left_eye, right_eye = y[:, mesh.LEFT_EYE_CORNERS].mean(axis=1), y[:, mesh.RIGHT_EYE_CORNERS].mean(axis=1)
    return np.stack(
        [
            y[:, mesh.UPPER_LIP_INNER] - y[:, mesh.LOWER_LIP_INNER],
            _distance(p, mesh.RIGHT_MOUTH_CORNER, mesh.LEFT_MOUTH_CORNER),
            x[:, mesh.LIP_MIDDLE].mean(axis=1) - x[:, nose],
            y[:, mesh.LEFT_MOUTH_CORNER] - y[:, nose],
            y[:, mesh.RIGHT_MOUTH_CORNER] - y[:, nose],
            y[:, mesh.UPPER_LIP_OUTER] - y[:, nose],
            _distance(p, mesh.CHIN, nose),
            _aperture(y, mesh.LEFT_LIDS),
            _aperture(y, mesh.RIGHT_LIDS),
            y[:, mesh.LEFT_BROW_INNER].mean(axis=1) - left_eye,
            y[:, mesh.RIGHT_BROW_INNER].mean(axis=1) - right_eye,
            y[:, mesh.LEFT_BROW_OUTER].mean(axis=1) - left_eye,
            y[:, mesh.RIGHT_BROW_OUTER].mean(axis=1) - right_eye,
        ],
        axis=1,
    )


def expression_residuals(
    output_px: np.ndarray,  # [T, 468, 3], finite
    driver_px: np.ndarray,  # [T, 468, 3], finite
    output_rest_px: np.ndarray,  # [468, 3] the output's first frame
    driver_rest_px: np.ndarray,  # [468, 3] the driver's first frame
) -> tuple[np.ndarray, np.ndarray]:
    """(|d_out - d_drv|, |d_drv|), float64 [T, 13] each, d relative to each video's own first frame.

    Not relative to a neutral of the source: faces differ more between people at rest than most expressions move
    them, and that constant difference would decide.
    """
    moved_output = describe_expression(output_px) - describe_expression(output_rest_px[None])
    moved_driver = describe_expression(driver_px) - describe_expression(driver_rest_px[None])
    return np.abs(moved_output - moved_driver), np.abs(moved_driver)


def expression_transfer(case: CaseFeatures) -> CaseScore:
    """1 - sum|d_out - d_drv|_1 / sum|d_drv|_1: 1 perfect, 0 as good as an unmoved face, negative worse."""
    prepared = _prepare(case)
    if isinstance(prepared, CaseScore):
        return prepared
    error, motion, failures = prepared
    scored = len(error)
    if motion.sum(axis=1).mean() < MIN_MOTION_IOD:
        reasons = count_reasons(r or "driver: face does not move" for r in failures)
        return CaseScore(None, len(failures), 0, reasons)
    value = 1.0 - float(error.sum() / motion.sum())
    return CaseScore(value, len(failures), scored, count_reasons(failures))


def expression_error(case: CaseFeatures) -> CaseScore:
    """Mean |d_out - d_drv| over frames and components, in outer eye corner distances."""
    prepared = _prepare(case)
    if isinstance(prepared, CaseScore):
        return prepared
    error, _, failures = prepared
    return mean_score(error.mean(axis=1), failures)


def transfer_by_component(case: CaseFeatures) -> dict[str, float | None]:
    """Transfer of each component alone; None where the driver moves it by less than 0.01 IOD on average."""
    prepared = _prepare(case)
    if isinstance(prepared, CaseScore):
        return dict.fromkeys(COMPONENTS)
    error, motion, _ = prepared
    out: dict[str, float | None] = {}
    for index, name in enumerate(COMPONENTS):
        moves = motion[:, index].mean() >= 0.01
        out[name] = 1.0 - float(error[:, index].sum() / motion[:, index].sum()) if moves else None
    return out


def _prepare(case: CaseFeatures) -> tuple[np.ndarray, np.ndarray, tuple[str | None, ...]] | CaseScore:
    """Residuals of the usable frames, or why there is none."""
    expected = len(case.driver)
    missing = missing_first_frame(case)
    if missing is not None:
        return unscored(missing, expected)
    pairing = pair_frames((("driver", case.driver),), case.output)
    if not pairing.usable.any():
        return CaseScore(None, expected, 0, count_reasons(pairing.failures))
    keep = np.flatnonzero(pairing.usable)
    error, motion = expression_residuals(
        case.output.landmarks_px[keep],
        case.driver.landmarks_px[keep],
        case.output.landmarks_px[0],
        case.driver.landmarks_px[0],
    )
    return error, motion, pairing.failures


def _distance(points: np.ndarray, a: int, b: int) -> np.ndarray:
    between: np.ndarray = np.linalg.norm(points[:, a] - points[:, b], axis=-1)
    return between


def _aperture(y: np.ndarray, lids: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Height of the upper over the lower lid; signed, because landmarks of closed lids pass each other."""
    upper, lower = zip(*lids, strict=True)
    gap: np.ndarray = (y[:, upper] - y[:, lower]).mean(axis=1)
    return gap


_PREPROCESSING = "468 landmarks of the followed face, head pose undone by the stable points (Umeyama 1991)"

ENTRIES = (
    CaseMetric(
        MetricCard(
            id="expression_transfer[mesh468]",
            title="Expression transfer",
            unit="",
            higher_is_better=True,
            level="case",
            needs=frozenset(),
            features=("mesh468",),
            summary="1 - sum|d_out - d_drv| / sum|d_drv|: share of the driver's expression that arrives. 1 perfect,"
            " 0 copy-source, negative worse. Each video relative to its own first frame.",
            definition="`1 - sum_t |d_out(t) - d_drv(t)|_1 / sum_t |d_drv(t)|_1`, `d` the 13 components of"
            " `benchmark.metrics.expression` minus those of the same video's first frame. Not scored where the"
            " driver's mean `|d|_1` is under 0.15 outer eye corner distances.",
            value_range=(None, 1.0),
            preprocessing=_PREPROCESSING,
            pitfalls=(
                "1 is out of reach between two people: the same performance on two synthetic people, detected, gets"
                " about 0.6 for an opening jaw and 0.2 for a one-sided smile on a turning head.",
                "A wrong expression that is there from the first frame on is not seen; drivers have to start at rest.",
                "Large components (jaw, mouth) weigh more than brows and lids; `transfer_by_component` has them one"
                " by one.",
            ),
            source="this project",
        ),
        expression_transfer,
        transfer_answers(on.FROZEN_MOUTH),
    ),
    CaseMetric(
        MetricCard(
            id="expression_error[mesh468]",
            title="Expression error",
            unit="eye distances",
            higher_is_better=False,
            level="case",
            needs=frozenset(),
            features=("mesh468",),
            summary="Mean |d_out - d_drv| over 13 pose-free face measures, in outer eye corner distances. Rewards a"
            " still face when the driver is still: read it with expression transfer.",
            definition="Mean over frames and components of `|d_out - d_drv|`, in outer eye corner distances.",
            value_range=(0.0, None),
            preprocessing=_PREPROCESSING,
            pitfalls=("A driver that hardly moves gives a small error to a still image.",),
            source="this project",
        ),
        expression_error,
        error_answers(on.STILL, on.FROZEN_MOUTH, on.MIRRORED, on.DELAYED, on.SHUFFLED),
    ),
)
