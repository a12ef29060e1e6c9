"""Other colours for a mouth: the tongue and the lips of a head that is there already.

Shipped people keep the tongue and the lips they have; studies need those of many.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace

import numpy as np

from feed_dataset.synthetic.people.subjects import Rgb, SubjectError
from feed_dataset.synthetic.rig.head import Head
from feed_dataset.synthetic.scene.types import SkinMaps, TongueMesh
from feed_dataset.synthetic.scene.vectors import linear_to_srgb, smoothstep, srgb_to_linear

_TIP_GAIN, _ROOT_GAIN = 1.02, 0.9  # as on the tongue that every head has
_COAT_HALF_WIDTH = 0.75  # of the tongue's half width: the rim stays bare
_COAT_ENDS = 0.92  # share of the way from root to tip: so does the tip


@dataclass(frozen=True)
class MouthColours:
    """Colours to put in place of a head's own; None leaves it as it is.

    Args:
        tongue_rgb: linear RGB, each in [0, 1].
        coat_rgb: linear RGB of a coat on the tongue's back; needs `tongue_rgb`.
        lips_rgb: linear RGB of lipstick.
        lips_cover: share of the lips' own colour that it hides, in [0, 1].

    Raises:
        SubjectError: a value out of range, or a coat without a tongue.
    """

    tongue_rgb: Rgb | None = None
    coat_rgb: Rgb | None = None
    lips_rgb: Rgb | None = None
    lips_cover: float = 0.85

    def __post_init__(self) -> None:
        for name in ("tongue_rgb", "coat_rgb", "lips_rgb"):
            colour = getattr(self, name)
            if colour is not None and (len(colour) != 3 or not all(_is_share(channel) for channel in colour)):
                raise SubjectError(f"expected {name} to be three numbers in [0, 1] but got {colour!r}")
        if self.coat_rgb is not None and self.tongue_rgb is None:
            raise SubjectError("expected tongue_rgb beside coat_rgb but got none; give both")
        if not _is_share(self.lips_cover):
            raise SubjectError(f"expected lips_cover in [0, 1] but got {self.lips_cover!r}")


def _is_share(value: float) -> bool:
    return math.isfinite(value) and 0 <= value <= 1


def recoloured(head: Head, colours: MouthColours) -> Head:
    """The same head with other colours; it shares everything else with `head`, which stays as it is."""
    other = copy.copy(head)
    if colours.tongue_rgb is not None:
        other.topology = copy.copy(head.topology)
        other.topology.tongue = _tongue(head, colours.tongue_rgb, colours.coat_rgb)
    if colours.lips_rgb is not None:
        other.maps = _with_lipstick(head, colours.lips_rgb, colours.lips_cover)
    return other


def _tongue(head: Head, rgb: Rgb, coat: Rgb | None) -> TongueMesh:
    x, _, z = head.topology.tongue_part.positions(head.topology.assets.vertices).T
    along = (z - z.min()) / np.ptp(z)  # 0 root .. 1 tip
    gain = _ROOT_GAIN + (_TIP_GAIN - _ROOT_GAIN) * along
    colours = np.array(rgb) * gain[:, None]
    if coat is not None:
        beside = np.abs(x) / np.abs(x).max()
        cover = smoothstep(_COAT_HALF_WIDTH, 0.5 * _COAT_HALF_WIDTH, beside) * smoothstep(_COAT_ENDS, 0.7, along)
        colours += (np.array(coat) * gain[:, None] - colours) * cover[:, None]
    return replace(head.topology.tongue, colours=colours.astype(np.float32))


def _with_lipstick(head: Head, rgb: Rgb, cover: float) -> SkinMaps:
    weight = cover * smoothstep(0.1, 0.95, head.topology.atlas.masks["lips"])[..., None]
    bare = srgb_to_linear(head.maps.albedo / 255.0)
    painted = linear_to_srgb(bare + (np.array(rgb) - bare) * weight)
    albedo = np.where(weight > 0, (painted * 255 + 0.5).astype(np.uint8), head.maps.albedo)
    return replace(head.maps, albedo=albedo)
