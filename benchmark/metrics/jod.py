"""Quality in just-objectionable differences: what people would notice between output and reference (ColorVideoVDP)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmark.features.extractors.jod import DISPLAY, PIXELS_PER_DEGREE, VISIBLE
from benchmark.features.types.case import CaseFeatures
from benchmark.metrics.card import MetricCard
from benchmark.metrics.image import mean_of_pairs
from benchmark.metrics.known_answers import image_answers
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore

BEST = 10.0
# cvvdp_parameters.json of cvvdp 0.5.7
_SLOPE, _EXPONENT = 0.0439569391310215, 0.9302042722702026  # jod_a, jod_exp
_IMAGE = 0.577918291091919  # image_int: a picture is looked at longer than a frame
_BETA_TIME = 2.0  # beta_t
_EPSILON = 1e-5  # in the package's powers, which have to have derivatives at 0
_LINEAR_UNDER = 0.1  # likewise: a line, so that the derivative at 0 is finite


def jod(case: CaseFeatures) -> CaseScore:
    """JOD of the whole video; a frame that the output lacks has failed."""
    score = mean_of_pairs(case, VISIBLE.id)
    if score.value is None or score.frame_values is None:
        return score
    seen = score.frame_values[np.isfinite(score.frame_values)]
    is_image = case.reference is not None and min(len(case.output), len(case.reference)) == 1
    difference = _IMAGE * float(seen[0]) if is_image else pooled_over_time(seen)
    return replace(score, value=jod_of(difference), frame_values=None)


def pooled_over_time(
    differences: np.ndarray,  # [T]
) -> float:
    """Root mean square, as the package computes it."""
    powers = (differences + _EPSILON) ** _BETA_TIME - _EPSILON**_BETA_TIME
    return float((powers.mean() + _EPSILON) ** (1 / _BETA_TIME) - _EPSILON ** (1 / _BETA_TIME))


def jod_of(difference: float) -> float:
    """10 for no difference; 1 less is seen by three quarters of people."""
    if difference <= _LINEAR_UNDER:
        return BEST - _SLOPE * _LINEAR_UNDER ** (_EXPONENT - 1) * difference
    return BEST - _SLOPE * difference**_EXPONENT


_CARD = MetricCard(
    id=f"jod[{DISPLAY}]",
    title="JOD",
    unit="JOD",
    higher_is_better=True,
    level="case",
    needs=frozenset({"reference"}),
    features=(VISIBLE.id,),
    summary="What people would notice between output and reference on a screen, in space and time: 10 is nothing.",
    definition="ColorVideoVDP 0.5.7: contrast of both videos in bands of spatial frequency and channels (luminance"
    " that stays and that changes, two of colour), weighed by the eye's sensitivity to each, masked by what is there,"
    " pooled over pixels, bands and channels to `q_t` of a frame. `Q = sqrt(mean_t q_t^2)`, and the value is"
    " `10 - 0.04396 Q^0.9302`. A single picture has no channel of change, and `Q = 0.578 q`. Frames that the output"
    " lacks at its end are left out and counted.",
    value_range=(None, BEST),
    preprocessing=f"The display model {DISPLAY}, the package's default: 30 inches, 3840 x 2160, 200 cd/m2 at 250 lux,"
    f" seen from 0.75 m, so {PIXELS_PER_DEGREE:g} pixels per degree. Frames at their native size in the middle of it,"
    " RGB as decoded; the rate of the video, the first frame repeated before it.",
    pitfalls=(
        "A screen that is nearer, larger or brighter gives another value, and so does the size of the frames: 256 px on"
        " this screen are 3.4 degrees. Name the screen with the value.",
        "Made for codecs and displays, where both videos show the same scene in the same place: a face that is right"
        " but two pixels away is punished as distortion.",
        "Values are comparable at one rate only.",
        "Self-reenactment only: in cross-reenactment there is nothing to compare with.",
        "Its authors fitted it to ratings of distorted videos, none of them of head avatars. Not validated against"
        " people by us. Against planted blur, noise and flicker: at the top of its page.",
    ),
    source="Mantiuk et al. 2024 (SIGGRAPH); equals the package cvvdp 0.5.7 (MIT)",
)
ENTRIES = (CaseMetric(_CARD, jod, image_answers(BEST)),)
