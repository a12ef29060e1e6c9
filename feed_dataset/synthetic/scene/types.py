"""Value types that the synthetic heads and their renderer share.

Conventions: lengths are decimetres (`_dm`), right-handed, y up, +z out of the face, +x to the subject's
left. The origin lies between the eyes at the depth of the head pivot. Angles are degrees: +yaw turns to the
subject's left, +pitch turns down, +roll leans the crown to the subject's left. "Left" in a name is the
subject's left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

SEGMENTS: Mapping[str, int] = MappingProxyType(
    {
        name: label
        for label, name in enumerate(
            "background skin l_eye r_eye l_brow r_brow upper_lip lower_lip hair teeth "
            "tongue mouth_interior cloth ear neck nose lashes beard".split()
        )
    }
)
"""Part name -> label of the segmentation masks; `SharedTopology.segments` has only the skin's own parts."""

SIDES = ("l", "r")
JAWS = ("upper", "lower")
STRAND_KINDS = ("hair", "brow", "beard", "lash")


@dataclass(frozen=True)
class TongueBend:
    """Procedural tongue pose beyond what the `tongueOut` blendshape can reach.

    `protrude` 1 puts the tip about 3.2 cm beyond the lips; the angles are reached at the tip.
    """

    protrude: float = 0.0
    yaw_deg: float = 0.0  # + to the subject's left
    pitch_deg: float = 0.0  # + up
    roll_deg: float = 0.0
    widen: float = 0.0  # relative widening at the tip


@dataclass(frozen=True)
class Expression:
    """Every control of one instant."""

    coefficients: Mapping[str, float] = field(default_factory=dict)  # ARKit-52 names, usually in [0, 1]
    units: Mapping[str, float] = field(default_factory=dict)  # MPFB expression units, e.g. "neck-platysma"
    head_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)  # yaw, pitch, roll
    translation_dm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gaze_deg: tuple[float, float] = (0.0, 0.0)  # yaw, pitch, relative to the head
    tongue: TongueBend | None = None
    pupil: float = 0.36  # radius, as a fraction of the iris radius
    sweat: float = 0.0  # 0 dry .. 1 wet skin


@dataclass(frozen=True)
class EyeMesh:
    """The unit eyeball, identical for everybody: radius 1, gaze along +z, with a corneal bulge."""

    vertices: np.ndarray  # float32 [N, 3]
    normals: np.ndarray  # float32 [N, 3]
    triangles: np.ndarray  # int32 [T, 3]


@dataclass(frozen=True)
class TongueMesh:
    """Static part of the tongue; positions and normals come with each frame."""

    triangles: np.ndarray  # int32 [T, 3]
    colours: np.ndarray  # float32 [N, 3] linear RGB
    ambient_occlusion: np.ndarray  # float32 [N] in an open mouth


@dataclass(frozen=True)
class TeethMesh:
    """Teeth and gum of one jaw of one person, in that person's neutral head space."""

    rest: np.ndarray  # float32 [N, 3]
    triangles: np.ndarray  # int32 [T, 3], winding not consistent: shade two-sided
    colours: np.ndarray  # float32 [N, 3] linear RGB
    ambient_occlusion: np.ndarray  # float32 [N] in an open mouth


@dataclass(frozen=True)
class SkinMaps:
    """Texture maps of one person; rows run from v = 1 (top) to v = 0."""

    albedo: np.ndarray  # uint8 [H, W, 3] sRGB, head island
    detail: np.ndarray  # uint8 [H, W, 4]: static height (128 = flat) and three crease maps, see `bake_detail`
    torso: np.ndarray  # uint8 [W, W, 3] sRGB, the whole UV square for everything but the head island


@dataclass(frozen=True)
class EyeGeometry:
    """One eyeball in world space; `lid_heights` are sines of the lid rims' elevation above its centre."""

    vertices: np.ndarray  # float32 [N, 3]
    rotation: np.ndarray  # float64 [3, 3], eye to world; column 2 is the gaze direction
    centre: np.ndarray  # float64 [3]
    radius: float
    up: np.ndarray  # float32 [3], the head's up direction
    lid_heights: tuple[float, float]  # lower, upper


@dataclass(frozen=True)
class Strands:
    """Hair-like curves of K points each, in world space."""

    points: np.ndarray  # float32 [n, K, 3]
    width: np.ndarray  # float32 [n] at the root
    tint: np.ndarray  # float32 [n, 2]: brightness factor, random number in [0, 1)
    ao: np.ndarray  # float32 [n, K], 1 = open

    def __post_init__(self) -> None:
        n, k = self.points.shape[:2]
        if self.points.shape != (n, k, 3) or self.width.shape != (n,) or self.tint.shape != (n, 2):
            raise ValueError(f"expected points [n, K, 3], width [n], tint [n, 2] but got {self!r}")
        if self.ao.shape != (n, k):
            raise ValueError(f"expected ao [{n}, {k}] but got {list(self.ao.shape)}")

    def __repr__(self) -> str:
        shapes = {name: list(getattr(self, name).shape) for name in ("points", "width", "tint", "ao")}
        return f"Strands({shapes})"


@dataclass(frozen=True)
class FrameGeometry:
    """Everything of one person at one instant in world space: what a renderer needs, and nothing else.

    V counts render vertices of the skin (`SharedTopology.triangles` index them).
    """

    skin_positions: np.ndarray  # float32 [V, 3]
    skin_normals: np.ndarray  # float32 [V, 3]
    eyes: Mapping[str, EyeGeometry]  # "l", "r"
    teeth: Mapping[str, np.ndarray]  # "upper", "lower": float32 [N, 3]
    tongue_positions: np.ndarray  # float32 [N, 3]
    tongue_normals: np.ndarray  # float32 [N, 3]
    strands: Mapping[str, Strands]  # those of STRAND_KINDS that this person has; hair width already scaled
    wrinkles_left: np.ndarray  # float32 [4]: weights of detail channels 1..3, then 0
    wrinkles_right: np.ndarray  # float32 [4]
    mouth_openness: float  # .15 shut .. 1, scales the light inside the mouth
    head_matrix: np.ndarray  # float32 [4, 4], neutral head space to world
    pupil: float
    sweat: float
