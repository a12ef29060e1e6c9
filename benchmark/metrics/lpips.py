"""LPIPS against reference frames (self-reenactment only)."""

from __future__ import annotations

from functools import partial

from benchmark.metrics.card import MetricCard
from benchmark.metrics.image import mean_of_pairs
from benchmark.metrics.known_answers import image_answers
from benchmark.metrics.metric import CaseMetric

_NETWORKS = {"alex": "AlexNet", "vgg": "VGG16", "squeeze": "SqueezeNet 1.1"}


def _entry(kind: str) -> CaseMetric:
    metric_id = f"lpips[{kind}]"
    card = MetricCard(
        id=metric_id,
        title=f"LPIPS {kind}",
        unit="",
        higher_is_better=False,
        level="case",
        needs=frozenset({"reference"}),
        features=(metric_id,),
        summary=f"Mean per-frame LPIPS 0.1 on {_NETWORKS[kind]} against the reference; 0 for equal frames.",
        definition="Mean over frames of `sum_l mean_xy sum_c w_lc (a_lc - b_lc)^2`: `a`, `b` are the channels of layer"
        f" `l` of {_NETWORKS[kind]} at a pixel, scaled to unit length, and `w_lc >= 0` the published weights (0.1).",
        value_range=(0.0, None),
        preprocessing="RGB to [-1, 1], then `(x - (-0.030, -0.088, -0.188)) / (0.458, 0.448, 0.450)`; no resize.",
        pitfalls=(
            "Not comparable between networks: papers that say LPIPS without a network mostly mean alex, many codebases"
            " train with vgg.",
            "Frames in [0, 1] given to a network that expects [-1, 1] halve the contrast and still look plausible.",
            "Depends on the resolution: 256 px and 512 px versions of one video do not get the same number.",
            "Self-reenactment only: in cross-reenactment there is nothing to compare with.",
        ),
        source="Zhang et al. 2018, version 0.1; equals the package lpips 0.1.4",
    )
    return CaseMetric(card, partial(mean_of_pairs, extractor_id=metric_id), image_answers(0.0))


ENTRIES = tuple(_entry(kind) for kind in _NETWORKS)
