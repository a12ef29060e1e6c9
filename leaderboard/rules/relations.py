"""What rows say of each other: numbers of one case that come from the same frames, or from the same sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from benchmark.metrics.expression import COMPONENTS, MIN_MOTION_IOD
from benchmark.results.schema import TOLERANCE, CaseRow

LARGEST = 1e6
"""No metric has a value beyond this."""
MOST_MOTION_IOD = float(len(COMPONENTS))
"""No driver moves its face by more on average: an eye distance in each of the measures of `expression_transfer`."""
SAME_FRAMES: tuple[tuple[str, ...], ...] = (
    ("csim", "id_l2"),
    ("expression_transfer", "expression_error", "pose_transfer", "pose_error_deg"),
    ("intensity", "intensity_error", "asymmetry", "wink_f1"),
)
"""Metrics of one network that score the same frames, and lose the others for the same reasons."""
STILL: Mapping[str, float] = {
    "csim": 1.0,
    "id_l2": 0.0,
    "expression_transfer": 0.0,
    "pose_transfer": 0.0,
    "intensity": 0.0,
    "intensity_error": 1.0,
    "asymmetry": 0.0,
    "wink_f1": 0.0,
}
"""What the bound copy-source has in every case: it repeats the source, and does not move."""
_ROUNDING = 1e-6  # of features in float32
_FRACTION = 1e-12
_EQUAL = 1e-12
_SHORTEST = 0.5  # dlib's descriptors have lengths of about 1.3


def relation_problems(rows: Sequence[CaseRow]) -> Iterator[str]:
    """Every row with a value that no run gives beside the other rows of its method and case, or by itself."""
    cases: dict[tuple[str, str], dict[str, CaseRow]] = {}
    for row in rows:
        cases.setdefault((row.method, row.case_id), {})[row.metric] = row
    for found in cases.values():
        scored = {metric: row for metric, row in found.items() if row.value is not None}
        for row in scored.values():
            for problem in _alone(row, row.value or 0.0):
                yield f"{row.method}/{row.metric}/{row.case_id}: {problem}"
        for check in (_same_frames, _same_sums):
            yield from check(scored)


def _alone(row: CaseRow, value: float) -> Iterator[str]:
    name = row.metric.partition("[")[0]
    if abs(value) > LARGEST:
        yield f"expected a value within {LARGEST:g} but got {value:g}"
    elif name.endswith("_f1"):
        near = Fraction(value).limit_denominator(2 * max(1, row.frames_expected) ** 2)
        if abs(float(near) - value) > _FRACTION:
            yield f"expected a share of counted frames but got {value}"
    if row.method == "copy-source" and name in STILL and abs(value - STILL[name]) > _ROUNDING:
        yield f"expected {STILL[name]}, as of every output that repeats its source, but got {value}"


def _same_frames(scored: Mapping[str, CaseRow]) -> Iterator[str]:
    first: dict[tuple[int, str], CaseRow] = {}
    for metric, row in scored.items():
        name, _, network = metric.partition("[")
        group = next((place for place, names in enumerate(SAME_FRAMES) if name in names), None)
        if group is None:
            continue
        other = first.setdefault((group, network), row)
        if (other.frames_scored, other.failures) != (row.frames_scored, row.failures):
            yield (
                f"{row.method}/{metric}/{row.case_id}: expected the {other.frames_scored} frames of {other.metric},"
                f" which scores the same ones, but got {row.frames_scored}, or other reasons"
            )


def _same_sums(scored: Mapping[str, CaseRow]) -> Iterator[str]:
    for first, second, check in _PAIRS:
        for metric, row in scored.items():
            name, _, network = metric.partition("[")
            other = scored.get(f"{second}[{network}")
            if name != first or other is None or row.value is None or other.value is None:
                continue
            if (problem := check(row.value, other.value)) is not None:
                yield f"{row.method}/{metric}/{row.case_id}: expected {problem} but got {row.value} and {other.value}"


def _motion(transfer: float, error: float) -> str | None:
    """Both are of one sum of errors: transfer over the driver's motion, the error over frames and measures."""
    errors, missing = len(COMPONENTS) * error, 1.0 - transfer
    if MIN_MOTION_IOD * missing - _ROUNDING <= errors <= MOST_MOTION_IOD * missing + _ROUNDING:
        return None
    return "a transfer and an error of one driver, who moves by 0.15 to 13 eye distances,"


def _gain(intensity: float, error: float) -> str | None:
    return None if abs(abs(1.0 - intensity) - error) <= TOLERANCE * max(1.0, error) else "the error |1 - intensity|"


def _likeness(cosine: float, distance: float) -> str | None:
    """Of the same descriptors, which are longer than 0.5: a distance is no less than what the angle makes."""
    if distance < _SHORTEST * (1.0 - cosine) - _ROUNDING or (cosine >= 1.0 - _EQUAL and distance > _ROUNDING**0.5):
        return "a cosine and a distance of the same descriptors"
    return None


_PAIRS: tuple[tuple[str, str, Callable[[float, float], str | None]], ...] = (
    ("expression_transfer", "expression_error", _motion),
    ("intensity", "intensity_error", _gain),
    ("csim", "id_l2", _likeness),
)
