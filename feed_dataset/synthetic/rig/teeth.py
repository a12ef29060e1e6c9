"""Procedural teeth and gums on a superellipse arch, fitted to a jaw by the helper strip of the base mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.rig.assets import HeadAssets
from feed_dataset.synthetic.scene.types import TeethMesh
from feed_dataset.synthetic.scene.vectors import apply_affine, fit_affine, grid_triangles, smoothstep

# Crown width and height in mm, from the central incisor to the second molar.
_UPPER_MM = ((8.6, 10.2), (6.8, 9.0), (7.6, 9.9), (7.1, 8.4), (6.8, 7.8), (10.0, 7.0), (9.5, 6.6))
_LOWER_MM = ((5.4, 8.6), (5.9, 8.9), (6.8, 9.8), (7.0, 8.5), (7.1, 8.0), (10.8, 7.2), (10.4, 6.9))
_WIDTH_GAIN, _HEIGHT_GAIN = 0.94, 0.86
_DEPTH_DM = 0.47
_ENAMEL_RGB = np.array([0.70, 0.645, 0.525])
_EDGE_TINT = np.array([0.22, 0.13, 0.02])  # darkening by channel at the translucent biting edge
_SIDE_SHADE = 0.5  # of the light that neighbours take from a tooth's sides
_NECK_TINT = np.array([0.22, 0.45, 0.85])  # darkening by channel towards the gum
_GUM_RGB = (0.50, 0.205, 0.195)
_AROUND, _DOWN = 24, 14
_GUM_STEP = 4  # samples of the arch per column of the gum
_GUM_HEIGHT_DM = 0.08  # from the necks to the fold of the lip
_PAPILLA_DM = 0.030
_GUM_PROFILE = (  # from the tongue's side over the margin to the lip's side, see `_gum`
    (1.0, -0.075, 0.0), (0.5, -0.06, 0.0), (0.1, -0.035, 0.0), (0.0, -0.01, 0.0), (0.0, 0.016, 0.008),
    (0.04, 0.024, 0.008), (0.12, 0.029, 0.009), (0.3, 0.031, 0.010), (0.55, 0.033, 0.006), (0.8, 0.034, 0.0),
    (1.0, 0.036, 0.0),
)  # fmt: skip


@dataclass(frozen=True)
class _Arch:
    """Half of a dental arch seen from above, x >= 0, sampled finely."""

    x: np.ndarray  # [400]
    z: np.ndarray  # [400]
    biting_y: float  # height of the biting edge
    upper: bool

    @classmethod
    def of(cls, helper: np.ndarray, upper: bool) -> _Arch:
        front = helper[:, 2].max() - (0.035 if upper else 0.045)
        angle = np.linspace(0, 1, 400) * np.pi / 2
        x = (0.275 if upper else 0.262) * np.sin(angle) ** 0.92
        z = front - _DEPTH_DM * (1 - np.cos(angle)) - 0.02 * np.sin(angle)
        biting_y = helper[:, 1].min() + 0.012 if upper else helper[:, 1].max() - 0.08
        return cls(x, z, biting_y, upper)

    def from_upper(self, y: np.ndarray) -> np.ndarray:
        """Heights written for an upper jaw, mirrored about the biting edge for a lower one."""
        return y if self.upper else 2 * self.biting_y - y


def _tooth(
    arch: _Arch,
    index: int,
    station: int,
    width: float,
    height: float,
    mirrored: bool,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One tooth: vertices [n, 3], triangles [t, 3], colours [n, 3]."""
    front = index < 3
    tangent = np.array([np.gradient(arch.x)[station], np.gradient(arch.z)[station]])
    tx, tz = tangent / np.hypot(*tangent)
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    squareness = 0.72 if front else 0.8
    cosine = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** squareness
    sine = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** squareness
    # down: 0 at the gum .. 1 at the biting edge
    around, down = np.meshgrid(np.arange(_AROUND), np.linspace(0, 1, _DOWN), indexing="ij")
    wide = np.where(down < 0.75, 0.80 + 0.2 * smoothstep(0, 0.6, down), 1.0)
    corner = np.clip((down - 0.84) / 0.16, 0, 1)
    wide = wide * (1 - (0.24 if index < 2 else 0.34) * corner**2.6)
    if index == 2:
        wide = wide * np.interp(down, [0, 0.7, 1], [1, 1, 0.66])  # canines are pointed
    deep = np.interp(down, [0, 0.4, 0.85, 1], [0.95, 1.0, 0.5, 0.18] if front else [0.95, 1.0, 0.95, 0.7])
    thickness = 0.050 if front else (0.075 if index < 5 else 0.1)
    across, inward = cosine[around] * width / 2 * wide, sine[around] * thickness / 2 * deep

    _, height_jitter, depth_jitter = rng.normal(0, 0.0016, 3)
    turn = rng.normal(0, 0.05)
    tx, tz = tx * np.cos(turn) - tz * np.sin(turn), tx * np.sin(turn) + tz * np.cos(turn)
    lean = (0.10 if arch.upper else -0.02) * (1 if front else 0.3)
    x = arch.x[station] + across * tx - inward * tz
    z = arch.z[station] + across * tz + inward * tx + lean * (down - 0.3) * height + depth_jitter
    gum_y = arch.biting_y + height + (0.004 if index == 1 else 0.0) + height_jitter * 0.5
    y = arch.from_upper(gum_y - down * height)
    vertices = np.stack([-x if mirrored else x, y, z], -1)  # [_AROUND, _DOWN, 3]

    tip = _AROUND * _DOWN
    ring = np.arange(_AROUND) * _DOWN + _DOWN - 1
    cap = np.stack([ring, np.roll(ring, -1), np.full(_AROUND, tip)], 1)
    triangles = np.vstack([grid_triangles(_AROUND, _DOWN), cap])
    if mirrored == arch.upper:
        triangles = triangles[:, ::-1]
    yellow = rng.normal(0, 0.03) + (0.05 if index == 2 else 0.0)  # canines are darker
    enamel = _ENAMEL_RGB * (1 - 0.02 * index) * (1 + rng.normal(0, 0.025)) * (1 - yellow * np.array([0.3, 0.6, 1.6]))
    along = np.append(down.ravel(), 1.0)[:, None]
    sideways = np.append(np.abs(cosine[around]).ravel(), 0.0)[:, None]
    colours = enamel * (1 - 0.30 * np.exp(-along / 0.22) * _NECK_TINT) * (1 - _SIDE_SHADE * sideways**7)
    if front:
        colours = colours * (1 - smoothstep(0.72, 0.98, along) * _EDGE_TINT)
    return np.vstack([vertices.reshape(-1, 3), vertices[:, -1].mean(0)]), triangles, colours


def _gum(
    arch: _Arch, arc_length: np.ndarray, teeth: list[tuple[float, float, float]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gum of a whole arch, from the teeth's necks over the root bulges to the fold of the lip.

    `teeth` has (middle, width, height) along half an arch. The margin hangs down between teeth, as papillae do.
    """
    station = np.arange(0, len(arch.x), _GUM_STEP)
    along = arc_length[station]
    middles, widths, heights = (np.array(column) for column in zip(*teeth, strict=True))
    nearest = np.abs(along[:, None] - middles).argmin(1)
    place = np.clip((along - middles[nearest]) / (widths[nearest] / 2), -1.15, 1.15)  # -1, 1 at a tooth's sides
    height = np.interp(along, middles, heights)
    margin = height * 0.97 - _PAPILLA_DM * np.abs(place) ** 2.2 - 0.004
    tx, tz = np.gradient(arch.x)[station], np.gradient(arch.z)[station]
    length = np.hypot(tx, tz)
    outward_x, outward_z = -tz / length, tx / length
    root = np.cos(np.clip(place, -1, 1) * np.pi / 2)
    profile = np.array(_GUM_PROFILE)  # [rows, 3]: share of the height above the margin, thickness, root bulge
    above = margin[:, None] + (height[:, None] + _GUM_HEIGHT_DM - margin[:, None]) * profile[:, 0]
    out = profile[:, 1] + profile[:, 2] * root[:, None]
    half = np.stack(
        [
            arch.x[station, None] + outward_x[:, None] * out,
            arch.from_upper(arch.biting_y + above),
            arch.z[station, None] + outward_z[:, None] * out,
        ],
        -1,
    )  # [columns, rows, 3]
    rings = np.concatenate([half[::-1] * [-1, 1, 1], half])
    pale = np.exp(-profile[:, 0] / 0.25) * (profile[:, 1] > 0)
    rgb = np.array(_GUM_RGB) * (0.82 + 0.30 * pale[:, None]) * [1.0, 0.92, 0.92]
    between = (1 - 0.28 * np.abs(np.concatenate([place[::-1], place])) ** 3)[:, None, None]
    colours = np.clip(rgb[None] * between, 0, 1)
    columns, rows = rings.shape[:2]
    column, row = np.meshgrid(np.arange(columns - 1), np.arange(rows - 1), indexing="ij")
    p = (column * rows + row).ravel()
    quads = np.concatenate([np.stack([p, p + rows, p + rows + 1], 1), np.stack([p, p + rows + 1, p + 1], 1)])
    return rings.reshape(-1, 3), quads, colours.reshape(-1, 3)


@dataclass(frozen=True)
class Jaw:
    """Teeth of one jaw and the base vertices that carry them."""

    mesh: TeethMesh
    helper_vertices: np.ndarray  # int [n]

    def moved(self, neutral: np.ndarray, deformed: np.ndarray) -> np.ndarray:
        """Vertices [N, 3] in head space after the base went from `neutral` to `deformed` vertices."""
        motion = fit_affine(neutral[self.helper_vertices], deformed[self.helper_vertices])
        return apply_affine(self.mesh.rest, motion)


def build_jaw(assets: HeadAssets, neutral: np.ndarray, *, upper: bool, seed: int) -> Jaw:
    """Teeth and gum of one jaw, fitted to the neutral base vertices float32 [N, 3] of one person."""
    rng = np.random.default_rng(seed)
    helper_vertices = assets.group_vertices("helper-upper-teeth" if upper else "helper-lower-teeth")
    template = assets.vertices[helper_vertices]
    arch = _Arch.of(template, upper)
    arc_length = np.concatenate([[0], np.cumsum(np.hypot(np.diff(arch.x), np.diff(arch.z)))])
    sizes_mm = _UPPER_MM if upper else _LOWER_MM
    parts = []
    places: list[tuple[float, float, float]] = []
    for mirrored in (False, True):
        edge = 0.0015
        for index, (width_mm, height_mm) in enumerate(sizes_mm):
            width, height = width_mm / 100 * _WIDTH_GAIN, height_mm / 100 * _HEIGHT_GAIN
            middle = edge + width / 2
            edge += width + 0.0018
            if middle > arc_length[-1] * 0.98:
                break
            station = int(np.searchsorted(arc_length, middle))
            parts.append(_tooth(arch, index, station, width, height, mirrored, rng))
            if not mirrored:
                places.append((middle, width, height))
    parts.append(_gum(arch, arc_length, places))

    starts = np.cumsum([0] + [len(vertices) for vertices, _, _ in parts[:-1]])
    vertices = np.vstack([part[0] for part in parts]).astype(np.float32)
    triangles = np.vstack([part[1] + start for part, start in zip(parts, starts, strict=True)]).astype(np.int32)
    colours = np.vstack([part[2] for part in parts]).astype(np.float32)
    rest = apply_affine(vertices, fit_affine(template, neutral[helper_vertices])).astype(np.float32)
    behind = rest[:, 2].max() - rest[:, 2]
    occlusion = np.clip(1.0 - 0.78 * smoothstep(0.05, 0.36, behind), 0.1, 1).astype(np.float32)
    return Jaw(TeethMesh(rest, triangles, colours, occlusion), helper_vertices)
