"""What ColorVideoVDP sees between two videos, frame by frame (Mantiuk et al. 2024, extra `jod`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.features.types.extractor import ClipInfo, ComparePair, Compute, PairExtractor

if TYPE_CHECKING:
    from benchmark.features.networks.colour_video_vdp import VisibleDifferences

DISPLAY = "standard_4k"
"""cvvdp's own default: a 30-inch screen of 3840 x 2160, 200 cd/m2 at 250 lux, seen from 0.7472 m."""

PIXELS_PER_DEGREE = 75.4


def _load(compute: Compute) -> VisibleDifferences:
    from benchmark.features.networks.colour_video_vdp import VisibleDifferences

    return VisibleDifferences.load(DISPLAY, device=compute.device)


def _begin(model: VisibleDifferences, info: ClipInfo) -> ComparePair:
    return model.begin(float(info.fps), is_image=len(info.times_s) == 1)


VISIBLE = PairExtractor(
    id=f"visible-difference[{DISPLAY}]",
    networks=(),
    preprocessing=f"cvvdp 0.5.7, {DISPLAY}, native size, replicate, float32; 1",
    load=_load,
    packages=("pycvvdp",),
    begin=_begin,
)
EXTRACTORS = (VISIBLE,)  # float32 [T]
