"""FVD (Unterthiner et al. 2019): the Frechet distance on logits of I3D for windows of 16 frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.fid import INTERVAL, OTHER_PEOPLE, frechet_score
from benchmark.metrics.known_answers import Near, Worse
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.scores import SetScore

EXTRACTOR = "i3d"


def fvd(cases: Sequence[CaseFeatures]) -> SetScore:
    """FVD over all windows of all cases."""
    score = frechet_score(cases, EXTRACTOR)
    too_short = sum(_has_no_window(case.output) for case in cases)
    return replace(score, extra=score.extra | {"outputs_too_short": float(too_short)})


def _has_no_window(video: FaceFeatures) -> bool:
    windows = video.array(EXTRACTOR)
    return windows is not None and len(windows) == 0


ENTRIES = (
    SetMetric(
        MetricCard(
            id="fvd[i3d-16]",
            title="FVD",
            unit="",
            higher_is_better=False,
            level="set",
            needs=frozenset(),
            features=(EXTRACTOR,),
            summary="Frechet distance on I3D's Kinetics-400 logits of windows of 16 frames: how outputs look and move.",
            definition="`|m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2)` on the 400 logits (before the softmax) of"
            " Inception-I3D for windows of 16 consecutive frames, frames 0 to 15, 16 to 31, ... of each clip at its own"
            " frame rate; a rest of fewer than 16 frames is left out. Outputs against references, or drivers where a"
            " case has no reference. " + INTERVAL,
            value_range=(0.0, None),
            preprocessing="RGB 0 .. 255, the whole frame bilinear to 224 x 224 (half-pixel centres, no antialiasing,"
            " aspect not kept, no crop), 2 x / 255 - 1; as cd-fvd 0.1.1 and TATS. VideoGPT and StyleGAN-V's"
            " reimplementations resize the short side and crop the centre: the same for square videos, another number"
            " for others.",
            pitfalls=(
                "n counts windows: with few of them the distance is strongly biased upwards (`rank_deficient` = 1 up to"
                " 400 windows). Published numbers use 2,048 windows: compare only at equal n.",
                "Other lengths of window, frame rates and strides give other numbers; nothing is resampled here.",
                "Networks: i3d_pretrained_400.pt with batch-norm epsilon 1e-5, as VideoGPT, TATS and cd-fvd run it;"
                " StyleGAN-V's i3d_torchscript.pt is another conversion of the same network with epsilon 1e-3, close"
                " but not equal.",
                "Judges single frames more than motion (Ge et al. 2024, On the Content Bias in FVD).",
                OTHER_PEOPLE,
            ),
            source="Unterthiner et al. 2019, FVD: A New Metric for Video Generation; network of Carreira and Zisserman"
            " 2017",
        ),
        fvd,
        # Order matters here: the same frames shuffled move otherwise.
        (Near(on.TRUTH, 0.0, 1e-2), *(Worse(one) for one in (on.STILL, on.BLURRED, on.SHUFFLED, on.STRANGER))),
    ),
)
