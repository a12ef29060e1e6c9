"""Known values of clips whose first frame is wrong: motion is relative to the second one, and no more is lost.

The driver moves evenly from its first frame on and the output follows it by a known share. One number moves at a time,
so that everything can be written down.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.doctor.known_values.heads import case, photograph, rotation, seen_by, template, video
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, KnownValue, of_case, of_function
from benchmark.features.types.case import CaseFeatures, FaceFeatures

_FRAMES, _SHARE = 12, 0.6
_NAME = "a wrong first frame"
_STEPS = np.arange(_FRAMES)
_STEPS_OF_A_SECOND = np.arange(25)
_LOWER_LIP, _SMILE_LEFT, _LID_LEFT = 14, 44, 9
_UPPER_LIDS_LEFT = (387, 386, 385)


def known_values() -> tuple[KnownValue, ...]:
    """Had the first frame been the neutral, each value would be another one by tenths."""
    expression = _videos(_mouths, step=0.05, wrong=0.9)
    pose = _videos(_turns, step=3.0, wrong=60.0)
    smile = _videos(_smiles, step=0.09, wrong=1.0)
    lip, yaw, (driver, output) = (_moved(step, wrong) for step, wrong in ((0.05, 0.9), (3.0, 60.0), (0.09, 1.0)))
    gain = (driver * output).sum() / (driver**2).sum()
    concordance = 2 * (driver * output).sum() / ((driver**2).sum() + (output**2).sum())
    return (
        _value("expression_transfer[mesh468]", expression, _transfer(*lip)),
        _value("pose_transfer[mesh468]", pose, _transfer(*yaw)),
        _value("intensity[blendshapes52]", smile, gain),
        _value("intensity_error[blendshapes52]", smile, abs(1 - gain)),
        _value("asymmetry[blendshapes52]", smile, concordance),
        *_episodes(),
        of_function("expression_transfer[mesh468]", "neutral: a step of three steps", EXACTLY, _jump, 1.0),
        of_function("expression_transfer[mesh468]", "neutral: an output apart", EXACTLY, _apart, 1.0),
        of_function("expression_transfer[mesh468]", "neutral: rounding", EXACTLY, _rounded, 0.0),
        of_function("expression_transfer[mesh468]", "neutral: unknown rate", EXACTLY, _no_neutral, 1.0),
        of_function("expression_transfer[mesh468]", "neutral: few frames", EXACTLY, _least, 1.0),
        of_function("expression_transfer[mesh468]", "neutral: a fifth of a second", EXACTLY, _passed_over, 1.0),
    )


def _jump() -> float:
    """A first step of both is no motion from three times the median of those after it on, of seven frames never."""
    found = []
    for first in (2.95, 3.05):
        path = np.cumsum([0, first, 0.8, 1.2, 0.9, 0.95, 1.05, 1.1])[:, None]  # a median of 1
        found += [_row(path, path), _row(path[:7], path[:7])]
    return float(found == [0, 0, 1, 0])


def _apart() -> float:
    """Of seven frames, an output is bad where it is twice as far from its driver as usual; a driver never is, nor an
    output that moves less far than its driver. Where each face is, and how large a unit is, says nothing."""
    found = []
    for first in (1.97, 2.03):
        path = np.array([first, 1, -3, -1, 1, -1, 0])[:, None]  # a median of 0, of distances 1
        found += [_row(path, 0 * path), _row(0 * path, path), _row(2.5 * path, 1.5 * path), _row(path, 2 * path)]
        found += [_row(0.1 * path + 0.7, 0 * path - 3), _row(9 * path - 40, 4 * path + 3)]
    return float(found == [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1])


def _rounded() -> float:
    """Two faces that move as one, apart by what rounding leaves."""
    path = np.sin(np.arange(25.0))[:, None]
    apart = np.zeros((25, 1))
    apart[0], apart[1::2] = 9e-7, 1e-8
    return float(_row(path + apart, path))


def _least() -> float:
    """Of five frames an output can be bad, of four none; of eight a driver, too."""
    path = np.array([5, 0, 0.1, -0.1, 0.05, -0.05, 0.02, 0.08])[:, None]
    return float([_row(path[:4], 0 * path[:4]), _row(path[:5], 0 * path[:5]), _row(0 * path, path)] == [0, 1, 1])


def _passed_over() -> float:
    """A fifth of the first second: five frames of 25 and two of ten; where more are bad, none is passed over."""
    found = []
    for count, bad in ((25, 5), (25, 6), (10, 2), (10, 3)):
        path = np.where(_STEPS_OF_A_SECOND < bad, 5.0, np.cos(_STEPS_OF_A_SECOND))[:count, None]
        found.append(_row(path, 0 * path))
    return float(found == [5, 0, 2, 0])


def _no_neutral() -> float:
    """Of a clip of unknown rate the first second is 25 frames."""
    from benchmark.metrics.neutral import no_neutral

    found = [no_neutral(["no face"] * lost + [None], None) for lost in (24, 25)]
    return float([reason is None for reason in found] == [True, False])


def _row(output: np.ndarray, driver: np.ndarray) -> int:
    from benchmark.metrics.neutral import neutral_row

    return neutral_row(output, driver, [None] * len(driver), 25.0)


def _episodes() -> list[KnownValue]:
    """Both wink, or show their tongue, on the wrong first frame; then one on frame 6 and the other on frame 9."""
    driver, output = np.zeros(_FRAMES), np.zeros(_FRAMES)
    driver[[0, 6]], output[[0, 9]] = (0.1, 0.08), (0.05, 0.08)
    tongues = case(_tongues(output), _tongues(driver))
    return [
        _value("wink_f1[blendshapes52]", case(_winks(10 * output), _winks(10 * driver)), 0.5),
        _value("wink_f1[mesh478]", case(_lids(output), _lids(driver)), 0.5),
        _value("tongue_f1[mesh468]", tongues, 0.5),
        _value("tongue_transfer[mesh468]", tongues, _transfer(driver, output)),
    ]


def _value(metric: str, where: CaseFeatures, expected: float) -> KnownValue:
    return of_case(metric, _NAME, CLOSED_FORM, where, float(expected), scored=_FRAMES, tolerance=1e-4)


def _lines(step: float, wrong: float) -> tuple[np.ndarray, np.ndarray]:
    """What moves in driver and output, float64 [T] each."""
    driver = step * _STEPS
    output = _SHARE * driver
    output[0] = wrong
    return driver, output


def _moved(step: float, wrong: float) -> tuple[np.ndarray, np.ndarray]:
    """The same against the second frame."""
    driver, output = _lines(step, wrong)
    return driver - driver[1], output - output[1]


def _transfer(driver: np.ndarray, output: np.ndarray) -> float:
    return float(1 - np.abs(output - driver).sum() / np.abs(driver).sum())


def _videos(make: Callable[[np.ndarray], FaceFeatures], step: float, wrong: float) -> CaseFeatures:
    driver, output = _lines(step, wrong)
    return case(make(output), make(driver))


def _mouths(opened: np.ndarray) -> FaceFeatures:
    """Heads that look ahead; the lower lip goes down by so many eye distances."""
    head = template()[0]
    heads = np.repeat(head[None], _FRAMES, axis=0)
    heads[:, _LOWER_LIP, 1] -= opened * np.linalg.norm(head[33] - head[263])
    return video(np.stack([photograph(one, np.eye(3)) for one in heads]))


def _turns(yaw_deg: np.ndarray) -> FaceFeatures:
    return video(np.stack([photograph(template()[0], rotation(one, 0, 0)) for one in yaw_deg]))


def _smiles(left: np.ndarray) -> FaceFeatures:
    rows = np.zeros((_FRAMES, 52))
    rows[:, _SMILE_LEFT] = left
    return video(None, arrays={"blendshapes": rows}, frames=_FRAMES)


def _winks(left: np.ndarray) -> FaceFeatures:
    """Lids of the left eye; a smile moves on meanwhile."""
    rows = np.zeros((_FRAMES, 52))
    rows[:, _SMILE_LEFT], rows[:, _LID_LEFT] = 0.02 * _STEPS, left
    return video(None, arrays={"blendshapes": rows}, frames=_FRAMES)


def _lids(left: np.ndarray) -> FaceFeatures:
    """Lids of the left eye, closed by so many eye distances, while the lower lip goes down."""
    head = template()[0]
    heads = np.repeat(head[None], _FRAMES, axis=0)
    distance = np.linalg.norm(head[33] - head[263])
    heads[:, _LOWER_LIP, 1] -= 0.02 * _STEPS * distance
    for upper in _UPPER_LIDS_LEFT:
        heads[:, upper, 1] -= left * distance
    return seen_by("mesh478", np.stack([photograph(one, np.eye(3)) for one in heads]), ())


def _tongues(out: np.ndarray) -> FaceFeatures:
    """Tongue, a fifth of it beyond the lips, while the lower lip goes down."""
    opened = 0.02 * _STEPS
    opened[0] = 0.4
    rows = np.stack([out, out + 0.01, out / 5, np.zeros(_FRAMES)], axis=1)
    return video(_mouths(opened).landmarks_px, arrays={"tongue": rows})
