"""Cases of which slow features exist for every n-th frame only."""

from __future__ import annotations

from dataclasses import replace

from benchmark.features.extractors.catalog import video_extractor
from benchmark.features.types.case import CaseFeatures, FaceFeatures


def every_nth(case: CaseFeatures, stride: int) -> CaseFeatures:
    """The case with only the frames that have thinned features: the others did not fail."""
    if stride == 1:
        return case
    return replace(
        case,
        output=_thin(case.output, stride),
        driver=_thin(case.driver, stride),
        reference=None if case.reference is None else _thin(case.reference, stride),
        latents=None if case.latents is None else case.latents[::stride],
        pairs={name: rows[::stride] for name, rows in case.pairs.items()},
    )


def _thin(features: FaceFeatures, stride: int) -> FaceFeatures:
    return replace(
        features,
        landmarks_px=features.landmarks_px[::stride],
        reasons=features.reasons[::stride],
        arrays={
            name: rows[::stride] if video_extractor(name).rows == "frame" else rows
            for name, rows in features.arrays.items()
        },
        times_s=None if features.times_s is None else features.times_s[::stride],
    )
