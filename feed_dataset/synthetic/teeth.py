"""Procedural teeth and gums on a superellipse arch, fitted to a jaw by the helper strip of the base mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.assets import HeadAssets
from feed_dataset.synthetic.mathutil import apply_affine, fit_affine, grid_triangles, smoothstep
from feed_dataset.synthetic.types import TeethMesh

# Crown width and height in mm, from the central incisor to the second molar.
_UPPER_MM = ((8.6, 10.2), (6.8, 9.0), (7.6, 9.9), (7.1, 8.4), (6.8, 7.8), (10.0, 7.0), (9.5, 6.6))
_LOWER_MM = ((5.4, 8.6), (5.9, 8.9), (6.8, 9.8), (7.0, 8.5), (7.1, 8.0), (10.8, 7.2), (10.4, 6.9))
_WIDTH_GAIN, _HEIGHT_GAIN = 0.94, 0.86
_DEPTH_DM = 0.47
_ENAMEL_RGB = np.array([0.62, 0.585, 0.50])
_NECK_TINT = np.array([0.1, 0.6, 0.9])  # darkening by channel towards the gum
_GUM_RGB = (0.52, 0.24, 0.23)
_AROUND, _DOWN, _GUM_AROUND = 18, 10, 14


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
        biting_y = helper[:, 1].min() + 0.012 if upper else helper[:, 1].max() - 0.05
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
    squareness = 0.55 if front else 0.7
    cosine = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** squareness
    sine = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** squareness
    # down: 0 at the gum .. 1 at the biting edge
    around, down = np.meshgrid(np.arange(_AROUND), np.linspace(0, 1, _DOWN), indexing="ij")
    wide = np.where(down < 0.75, 0.80 + 0.2 * smoothstep(0, 0.6, down), 1.0)
    wide = wide * np.where(down > 0.9, 1 - 0.28 * ((down - 0.9) / 0.1) ** 2, 1)
    if index == 2:
        wide = wide * np.interp(down, [0, 0.7, 1], [1, 1, 0.55])  # canines are pointed
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
    enamel = _ENAMEL_RGB * (1 - 0.02 * index) * (1 + rng.normal(0, 0.012))
    along = np.append(down.ravel(), 1.0)[:, None]
    colours = enamel * (1 - 0.25 * np.exp(-along / 0.12) * _NECK_TINT) * (1 + 0.03 * (along > 0.85))
    return np.vstack([vertices.reshape(-1, 3), vertices[:, -1].mean(0)]), triangles, colours


def _gum(arch: _Arch, crown_height: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gum ridge: a scalloped tube along the whole arch."""
    x = np.concatenate([-arch.x[::-8], arch.x[::8]])
    z = np.concatenate([arch.z[::-8], arch.z[::8]])
    angle = np.linspace(0, 2 * np.pi, _GUM_AROUND, endpoint=False)
    tx, tz = np.gradient(x), np.gradient(z)
    length = np.hypot(tx, tz)
    normal_x, normal_z = -tz / length, tx / length
    scallop = 0.006 * np.abs(np.sin(np.cumsum(length) / 0.075 * np.pi))
    y = arch.biting_y + crown_height * 0.93 + 0.05 + 0.062 * np.sin(angle)
    rings = np.stack(
        [
            x[:, None] + normal_x[:, None] * 0.040 * np.cos(angle),
            arch.from_upper(y[None] + scallop[:, None] * (np.sin(angle) < -0.3)),
            z[:, None] + normal_z[:, None] * 0.040 * np.cos(angle),
        ],
        -1,
    )
    ring, spoke = np.meshgrid(np.arange(len(x) - 1), np.arange(_GUM_AROUND), indexing="ij")
    p, q = ring * _GUM_AROUND + spoke, ring * _GUM_AROUND + (spoke + 1) % _GUM_AROUND
    quads = np.stack([p, p + _GUM_AROUND, q + _GUM_AROUND, p, q + _GUM_AROUND, q], -1)
    vertices = rings.reshape(-1, 3)
    return vertices, quads.reshape(-1, 3), np.tile(_GUM_RGB, (len(vertices), 1))


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
    for mirrored in (False, True):
        edge = 0.0015
        for index, (width_mm, height_mm) in enumerate(sizes_mm):
            width, height = width_mm / 100 * _WIDTH_GAIN, height_mm / 100 * _HEIGHT_GAIN
            middle = edge + width / 2
            edge += width + 0.0008
            if middle > arc_length[-1] * 0.98:
                break
            station = int(np.searchsorted(arc_length, middle))
            parts.append(_tooth(arch, index, station, width, height, mirrored, rng))
    parts.append(_gum(arch, sizes_mm[0][1] / 100 * _HEIGHT_GAIN))

    starts = np.cumsum([0] + [len(vertices) for vertices, _, _ in parts[:-1]])
    vertices = np.vstack([part[0] for part in parts]).astype(np.float32)
    triangles = np.vstack([part[1] + start for part, start in zip(parts, starts, strict=True)]).astype(
        np.int32
    )
    colours = np.vstack([part[2] for part in parts]).astype(np.float32)
    rest = apply_affine(vertices, fit_affine(template, neutral[helper_vertices])).astype(np.float32)
    behind = rest[:, 2].max() - rest[:, 2]
    occlusion = np.clip(1.0 - 0.62 * smoothstep(0.05, 0.42, behind), 0.1, 1).astype(np.float32)
    return Jaw(TeethMesh(rest, triangles, colours, occlusion), helper_vertices)
