"""How crops are made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, get_args

CODE_VERSION = 2  # changes whenever the same source and settings give other crops

Follow = Literal["fixed", "moving"]
Output = Literal["mp4", "png", "webp"]


@dataclass(frozen=True)
class PrepareSettings:
    """Settings of `prepare`; equal settings and sources give equal crops.

    `follow="fixed"` (the default) takes one crop for the whole clip, from the first frame in which a face is found,
    exactly as the benchmark crops. The head then moves and grows in the picture as it did before the camera, which
    is what a pose regressor has to see, and an opening mouth does not make the face shrink. Its price: a head that
    wanders off leaves the crop, which is counted (`PreparedClip.inside_share`).

    `follow="moving"` centres every frame on its own face, as the inference code of the official model does, but on
    boxes smoothed over time by a Gaussian of `smooth_s` (the official `forward` smooths nothing: `smooth_s=0`). It
    keeps the face in the picture whatever happens; head movement in the picture is lost, and the side of the box,
    which is the width plus the height of the face, breathes with the mouth.

    `align` turns the crop so that the eyes are level, as in FFHQ. The official inference crop is upright: off.
    """

    size_px: int = 512
    scale: float = 1.0  # side of the crop / (face width + face height); 1 is the official protocol
    follow: Follow = "fixed"
    smooth_s: float = 0.4  # standard deviation; of follow="moving" only
    align: bool = False
    masks: bool = False  # also write face_oval, and the true part masks of synthetic takes
    landmarks: bool = False  # also store the 468 landmarks in pixels of the crop
    output: Output = "mp4"  # images become PNG with "mp4"
    crf: int = 12  # H.264 rate factor of "mp4"

    def __post_init__(self) -> None:
        if self.size_px < 16 or self.size_px > 4096 or self.size_px % 2:
            raise ValueError(f"expected an even size of 16 to 4096 px but got {self.size_px}")
        if not 0.25 <= self.scale <= 4:
            raise ValueError(f"expected a scale from 0.25 to 4 but got {self.scale}")
        if self.follow not in get_args(Follow):
            raise ValueError(f"expected follow among {', '.join(get_args(Follow))} but got {self.follow!r}")
        if not 0 <= self.smooth_s <= 60:
            raise ValueError(f"expected smoothing of 0 to 60 s but got {self.smooth_s}")
        if self.output not in get_args(Output):
            raise ValueError(f"expected output among {', '.join(get_args(Output))} but got {self.output!r}")
        if not 0 <= self.crf <= 51:
            raise ValueError(f"expected an H.264 rate factor of 0 to 51 but got {self.crf}")

    def to_json(self) -> str:
        return json.dumps({"code_version": CODE_VERSION, **asdict(self)}, sort_keys=True)
