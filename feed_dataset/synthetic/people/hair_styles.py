"""The hair styles, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

BALD = "bald"


@dataclass(frozen=True)
class Coil:
    """Helix that a strand winds along its way."""

    turns: float  # along a strand
    radius_dm: float


@dataclass(frozen=True)
class HairStyle:
    """How one style grows."""

    strands: int
    points: int  # per strand
    length_dm: float
    width_dm: float  # of one ribbon, which stands for `fibres` hairs
    fibres: int
    comb: str  # whorl | back | parted | gathered | random
    lift: float  # 0 combed flat .. 1 straight off the scalp
    gravity: float = 0.0  # added downwards per step
    body_dm: float = 0.0  # distance kept from the scalp by the topmost layer
    parting_x_dm: float = 0.22  # for parted hair
    coil: Coil | None = None
    collides: bool = True
    faded: bool = False  # shorter at the sides and back
    hangs: bool = False  # long enough to fall past the widest point of the head
    face_margin: float | None = None  # how far it keeps off the face, 1 = all; None where it cannot reach it


HAIR_STYLES: Mapping[str, HairStyle] = MappingProxyType(
    {
        "buzz": HairStyle(
            strands=16000,
            points=3,
            length_dm=0.055,
            width_dm=0.0096,
            fibres=1,
            comb="whorl",
            lift=0.75,
            collides=False,
        ),
        "short": HairStyle(
            strands=14000,
            points=8,
            length_dm=0.27,
            width_dm=0.018,
            fibres=3,
            comb="whorl",
            lift=0.26,
            gravity=0.05,
            body_dm=0.06,
            faded=True,
        ),
        "swept": HairStyle(
            strands=13000,
            points=12,
            length_dm=0.6,
            width_dm=0.0198,
            fibres=3,
            comb="back",
            lift=0.3,
            gravity=0.045,
            body_dm=0.1,
            faded=True,
        ),
        "side": HairStyle(
            strands=13000,
            points=13,
            length_dm=0.66,
            width_dm=0.022,
            fibres=3,
            comb="parted",
            lift=0.3,
            gravity=0.09,
            body_dm=0.12,
            faded=True,
            face_margin=0.9,
        ),
        "long": HairStyle(
            strands=9000,
            points=26,
            length_dm=2.7,
            width_dm=0.0338,
            fibres=4,
            comb="parted",
            lift=0.12,
            gravity=0.24,
            body_dm=0.13,
            parting_x_dm=0.08,
            hangs=True,
            face_margin=1.0,
        ),
        "bob": HairStyle(
            strands=9000,
            points=20,
            length_dm=1.55,
            width_dm=0.0312,
            fibres=4,
            comb="parted",
            lift=0.12,
            gravity=0.24,
            body_dm=0.13,
            hangs=True,
            face_margin=1.0,
        ),
        "curly": HairStyle(
            strands=9000,
            points=16,
            length_dm=0.75,
            width_dm=0.022,
            fibres=2,
            comb="random",
            lift=0.7,
            gravity=0.06,
            body_dm=0.05,
            coil=Coil(turns=3.2, radius_dm=0.058),
        ),
        "afro": HairStyle(
            strands=12000,
            points=12,
            length_dm=0.8,
            width_dm=0.0198,
            fibres=2,
            comb="random",
            lift=0.9,
            coil=Coil(turns=2.6, radius_dm=0.05),
            collides=False,
        ),
        "bun": HairStyle(
            strands=12000,
            points=12,
            length_dm=0.9,
            width_dm=0.02,
            fibres=3,
            comb="gathered",
            lift=0.1,
            body_dm=0.05,
        ),
    }
)
HAIR_NAMES = (BALD, *HAIR_STYLES)
