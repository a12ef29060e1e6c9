"""Material ids of the G-buffer and the table of constants of everything but light."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from feed_dataset.synthetic.render.kernel_math import Vec3

BACKGROUND = 0
SKIN = 1
EYE_LEFT = 2
EYE_RIGHT = 3
TEETH = 4
TONGUE = 5
HAIR = 6
BEARD = 7
BROW = 8
LASH = 9
MATERIAL_COUNT = 10

STRAND_MATERIALS: Mapping[str, int] = MappingProxyType({"hair": HAIR, "beard": BEARD, "brow": BROW, "lash": LASH})


class StrandLook(NamedTuple):
    """How strands of one kind are shaded."""

    specular: float
    root_darkening: float  # 0 none .. 1 black roots
    tip_lightening: float
    opacity: float  # largest share of a strand's footprint that is drawn


STRAND_LOOKS: Mapping[str, StrandLook] = MappingProxyType(
    {
        "hair": StrandLook(specular=1.0, root_darkening=0.45, tip_lightening=0.35, opacity=1.0),
        "beard": StrandLook(specular=0.5, root_darkening=0.35, tip_lightening=0.20, opacity=0.92),
        "brow": StrandLook(specular=0.3, root_darkening=0.15, tip_lightening=0.10, opacity=0.92),
        "lash": StrandLook(specular=0.1, root_darkening=0.0, tip_lightening=0.0, opacity=0.92),
    }
)
LASH_RGB: Vec3 = (0.012, 0.010, 0.010)  # linear; lashes are dark on everybody

SKIN_F0 = 0.028  # reflectance at normal incidence: index of refraction 1.4
WET_F0 = 0.045  # teeth and tongue under saliva
SKIN_SCATTERING = 1.0  # strength of the subsurface approximation, 0 = plain diffuse
SKIN_BUMP_DM = 0.012  # relief of one unit of the detail map
IRIS_RADIUS = 0.475  # of the unit eyeball: 5.7 mm on a 12 mm eye
CORNEA_INDEX = 1.336  # refraction of cornea and aqueous humour
SCLERA_VEINS = 0.6

SHADOW_BIAS_DM = 0.004
HAIR_SHADOW_BIAS_DM = 0.012  # hair cards are wider than hair: more room before they shade themselves


class SurfaceState(NamedTuple):
    """What shaders need to know about this person at this instant."""

    sweat: float
    mouth_openness: float
    cloth: Vec3  # linear RGB
    wrinkles_left: Vec3
    wrinkles_right: Vec3


class EyeState(NamedTuple):
    """One eye, and the irises that both share."""

    to_world: tuple[Vec3, Vec3, Vec3]  # rows of the rotation eye -> world
    centre: Vec3
    up: Vec3
    lower_lid: float
    upper_lid: float
    iris: Vec3
    iris_inner: Vec3
    pupil: float


class StrandShade(NamedTuple):
    """One kind of strands: colour and look."""

    colour: Vec3
    specular: float
    root_darkening: float
    tip_lightening: float
    fibres: float  # hairs that one ribbon stands for
