"""Which expressions a network sees alone: rank correlations of single frames, item by item."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from benchmark.metrics.asymmetry import concordance
from benchmark.metrics.expression_features import EXPRESSION_FEATURES, ExpressionFeature
from benchmark.metrics.intensity import gain
from scripts.validation.figures import Seen, rank_correlation

Compare = Callable[[np.ndarray, np.ndarray], float]  # output [1, k], driver [1, k]
Part = Callable[[np.ndarray], np.ndarray]  # raw feature [T, ...] -> [T, k]


def items_table(seen: Mapping[str, list[Seen]]) -> str:
    """Markdown: for intensity and asymmetry one line per network, one column per item."""
    blocks = []
    for family, compare in (("intensity", gain), ("asymmetry", concordance)):
        clips = seen[family]
        names = clips[0].clip.clip.items[1:]
        rows = [f"| {family} of one frame | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
        for feature in EXPRESSION_FEATURES:
            part = feature.shape if family == "intensity" else feature.sides
            if part is not None and all(_has(feature, one) for one in clips):
                cells = " | ".join(f"{value:.2f}" for value in item_figures(clips, feature, part, compare))
                rows.append(f"| {feature.network} | {cells} |")
        blocks.append("\n".join(rows))
    return "\n\n".join(blocks)


def item_figures(clips: list[Seen], feature: ExpressionFeature, part: Part, compare: Compare) -> list[float]:
    """For each item the rank correlation with the true amount, driver at amount 1, output another person."""
    moved = [np.asarray(part(feature.raw(one.features)), np.float64) for one in clips]
    moved = [values - values[0] for values in moved]
    cases = [
        (driver, output)
        for driver in range(len(clips))
        for output in range(len(clips))
        if clips[driver].clip.clip.amount == 1 and clips[driver].clip.person != clips[output].clip.person
    ]
    amounts = [clips[output].clip.clip.amount for _, output in cases]
    count = len(clips[0].clip.clip.items)
    return [
        rank_correlation([compare(moved[o][i : i + 1], moved[d][i : i + 1]) for d, o in cases], amounts)
        for i in range(1, count)
    ]


def _has(feature: ExpressionFeature, one: Seen) -> bool:
    return feature.extractor == "mesh468" or one.features.array(feature.extractor) is not None
