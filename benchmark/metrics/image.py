"""PSNR, SSIM and L1 against reference frames (self-reenactment only)."""

from __future__ import annotations

from benchmark.features.extractors.pixels import PSNR_CAP_DB
from benchmark.features.types.case import CaseFeatures
from benchmark.metrics.card import MetricCard
from benchmark.metrics.known_answers import image_answers
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, mean_score, unscored


def psnr(case: CaseFeatures) -> CaseScore:
    """Mean PSNR of the frames."""
    return mean_of_pairs(case, "psnr")


def ssim(case: CaseFeatures) -> CaseScore:
    """Mean SSIM of the frames."""
    return mean_of_pairs(case, "ssim")


def l1(case: CaseFeatures) -> CaseScore:
    """Mean L1 of the frames."""
    return mean_of_pairs(case, "l1")


def mean_of_pairs(case: CaseFeatures, extractor_id: str) -> CaseScore:
    """Mean over the reference's frames of what a pair extractor said; a frame that the output lacks has failed."""
    if case.reference is None:
        return unscored("no reference", len(case.driver))
    expected = len(case.reference)
    if case.no_pairs is not None:
        return unscored(case.no_pairs, expected)
    if len(case.output) > expected:
        return unscored(f"output has more frames ({len(case.output)}) than reference ({expected})", expected)
    values = case.pairs.get(extractor_id)
    if values is None:
        return unscored(f"{extractor_id}: not computed", expected)
    failures = [None] * len(values) + ["output: frame missing"] * (expected - len(values))
    return mean_score(values, failures)


_ALIGNED = (
    "Punishes a face that is right but two pixels away, and blur is cheap: read it with a measure of expression.",
    "Self-reenactment only: in cross-reenactment there is nothing to compare with.",
)
_LOSSY = "Two copies of a video that were compressed differently are no longer equal: compare before compression."


def _card(
    metric_id: str,
    title: str,
    *,
    unit: str,
    higher_is_better: bool,
    value_range: tuple[float, float],
    summary: str,
    definition: str,
    pitfalls: tuple[str, ...],
    source: str,
) -> MetricCard:
    return MetricCard(
        id=metric_id,
        title=title,
        unit=unit,
        higher_is_better=higher_is_better,
        level="case",
        needs=frozenset({"reference"}),
        features=(metric_id,),
        summary=summary,
        definition=definition,
        value_range=value_range,
        preprocessing="None: RGB uint8 as decoded, all pixels of the frame (background included), no resize.",
        pitfalls=(*pitfalls, *_ALIGNED, _LOSSY),
        source=source,
    )


ENTRIES = (
    CaseMetric(
        _card(
            "psnr",
            "PSNR",
            unit="dB",
            higher_is_better=True,
            value_range=(0.0, PSNR_CAP_DB),
            summary="Mean per-frame PSNR against the reference, data range 255, capped at 100 dB.",
            definition="Mean over frames of `10 log10(255^2 / MSE)`, `MSE` over all pixels and the three channels of a"
            " frame; at most 100 dB, which identical frames get.",
            pitfalls=(
                "The mean of decibels is not the PSNR of the pooled error, which is lower; papers seldom say which"
                " they print.",
            ),
            source="usual definition per frame; equals scikit-image `peak_signal_noise_ratio`",
        ),
        psnr,
        image_answers(PSNR_CAP_DB),
    ),
    CaseMetric(
        _card(
            "ssim",
            "SSIM",
            unit="",
            higher_is_better=True,
            value_range=(-1.0, 1.0),
            summary="Mean per-frame SSIM against the reference: Gaussian window 11, sigma 1.5, range 255, RGB mean.",
            definition="`(2 mx my + C1)(2 sxy + C2) / ((mx^2 + my^2 + C1)(sx^2 + sy^2 + C2))` with"
            " `C1 = (0.01 * 255)^2`, `C2 = (0.03 * 255)^2` and population statistics in a Gaussian window of 11 px"
            " (sigma 1.5); mean over the windows inside the frame, the channels, the frames.",
            pitfalls=(
                "Other windows (uniform 7 px is scikit-image's default), grey instead of RGB, or counting windows over"
                " the border (torchmetrics) give other numbers under the same name.",
            ),
            source="Wang et al. 2004; equals scikit-image `structural_similarity(gaussian_weights=True, sigma=1.5,"
            " use_sample_covariance=False)`",
        ),
        ssim,
        image_answers(1.0),
    ),
    CaseMetric(
        _card(
            "l1",
            "L1",
            unit="grey levels",
            higher_is_better=False,
            value_range=(0.0, 255.0),
            summary="Mean absolute pixel difference to the reference, 0 to 255.",
            definition="Mean over frames, pixels and channels of the absolute difference in grey levels of 0 to 255.",
            pitfalls=("Papers that scale pixels to [0, 1] print this divided by 255.",),
            source="usual definition (first-order-model and its successors print it in [0, 1])",
        ),
        l1,
        image_answers(0.0),
    ),
)
