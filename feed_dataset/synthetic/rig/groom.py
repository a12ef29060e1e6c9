"""Facial hair: eyebrows and beard grown from the skin."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from feed_dataset.synthetic.rig.skin_masks import beard_mask
from feed_dataset.synthetic.rig.surface import (
    AttachedStrands,
    Roots,
    SkinSurface,
    grow_local_curves,
    random_tint,
    scatter_roots,
)
from feed_dataset.synthetic.scene.noise import ValueNoise
from feed_dataset.synthetic.scene.vectors import smoothstep

_BARE_MARGIN_DM = 0.03
_BROW_HAIRS = 760  # per side
_BROW_CANDIDATES = 40  # sampled per wanted hair, then thinned by the exact density
_BROW_LENGTH_DM, _BROW_WIDTH_DM = 0.078, 0.0032
_BEARD_HAIRS = 12000
_BEARD_LENGTH_DM, _BEARD_WIDTH_DM = 0.30, 0.0048


def _brow_line(x: np.ndarray, male: bool) -> tuple[np.ndarray, np.ndarray]:
    """Height of the brow's centre line and position along it (0 inner .. 1 outer) at canonical |x|."""
    along = np.clip((x - 0.10) / 0.42, 0, 1)
    arch = 0.018 if male else 0.035
    y = 7.455 + arch * 2.4 * np.sin(np.pi * np.clip(along * 0.85 + 0.05, 0, 1))
    return y - 0.055 * np.clip(along - 0.62, 0, 1) / 0.38, along


def grow_brows(rng: np.random.Generator, surface: SkinSurface, *, male: bool) -> AttachedStrands:
    """Both eyebrows of one person."""
    half_height = 0.030 * (1.15 if male else 0.8)

    def neighbourhood(points: np.ndarray) -> np.ndarray:
        x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
        return (np.abs(y - 7.48) < 0.22) * (x < 0.62) * (z > 0.8)

    def density(points: np.ndarray) -> np.ndarray:
        x = np.abs(points[:, 0])
        y, along = _brow_line(x, male)
        profile = np.exp(-(((points[:, 1] - y) / (half_height * (1.1 - 0.65 * along))) ** 2) * 1.3)
        return profile * (profile > 0.06) * smoothstep(0.07, 0.15, x) * smoothstep(0.57, 0.45, x) * (points[:, 2] > 0.8)

    candidates = scatter_roots(rng, surface, neighbourhood, _BROW_HAIRS * _BROW_CANDIDATES)
    kept = rng.random(len(candidates)) < density(candidates.canonical(surface))
    roots = candidates[kept][: 2 * _BROW_HAIRS]
    points = roots.canonical(surface)
    y, along = _brow_line(np.abs(points[:, 0]), male)
    count = len(roots)
    lengths = _BROW_LENGTH_DM * rng.uniform(0.6, 1.15, count) * np.interp(along, [0, 0.3, 1], [0.8, 1.1, 0.7])
    outward = np.sign(points[:, 0]) * np.interp(along, [0, 0.1, 0.4], [0.25, 0.8, 1.0])
    up = np.interp(along, [0, 0.12, 0.4, 1], [1.4, 0.8, 0.15, -0.35]) - (points[:, 1] - y) / half_height * 0.35
    directions = np.stack([outward, up, np.full(count, -0.2)], 1) + 0.16 * rng.normal(0, 1, (count, 3))
    local = grow_local_curves(rng, surface, roots, directions, lengths, points=4, lift=0.30, curl=0.05)
    width = _BROW_WIDTH_DM * rng.uniform(0.7, 1.2, count)
    return _attached(roots, local, width, random_tint(rng, count, 0.15, 0.5, 1.5))


def grow_beard(
    rng: np.random.Generator,
    surface: SkinSurface,
    bare_points: np.ndarray,  # bool [P]: lips, nose and mouth, where no beard grows
    *,
    amount: float,  # 0 .. 1, sets number and length
    noise: ValueNoise,
) -> AttachedStrands:
    """Beard and moustache of one person."""
    count = int(_BEARD_HAIRS * min(amount * 1.5 + 0.3, 1))
    bare = cKDTree(surface.canonical[bare_points])

    def density(points: np.ndarray) -> np.ndarray:
        under_nose = (points[:, 1] > 6.86) & (np.abs(points[:, 0]) < 0.3)
        clear = (points[:, 1] > 6.25) & ~under_nose & (bare.query(points)[0] > _BARE_MARGIN_DM)
        return beard_mask(points, noise) * clear

    roots = scatter_roots(rng, surface, density, count)
    roots = roots[np.flatnonzero(~bare_points[surface.triangles[roots.triangles]].all(1))]
    count = len(roots)
    points = roots.canonical(surface)
    x, y = points[:, 0], points[:, 1]
    moustache = smoothstep(6.68, 6.74, y) * smoothstep(0.36, 0.28, np.abs(x))
    lengths = amount * _BEARD_LENGTH_DM * rng.uniform(0.5, 1.1, count)
    lengths = lengths * np.clip(0.45 + 0.8 * smoothstep(6.9, 6.45, y), 0.35, 1.2) * (1 - 0.45 * moustache)
    sideways = np.sign(x) * np.clip(np.abs(x) * 4, 0, 1) * (0.25 + 1.1 * moustache)
    directions = np.stack([sideways, np.full(count, -1.0), np.full(count, 0.15)], 1)
    directions = directions + 0.18 * rng.normal(0, 1, (count, 3)) + 0.25 * noise.vector(points, 5, (1, 2, 3))
    local = grow_local_curves(rng, surface, roots, directions, lengths, points=5, lift=0.40, curl=0.14)
    width = _BEARD_WIDTH_DM * rng.uniform(0.7, 1.3, count)
    return _attached(roots, local, width, random_tint(rng, count, 0.25, 0.4, 1.8))


def _attached(roots: Roots, local: np.ndarray, width: np.ndarray, tint: np.ndarray) -> AttachedStrands:
    single = Roots(roots.triangles, roots.barycentric.astype(np.float32))
    return AttachedStrands(single, local.astype(np.float32), width.astype(np.float32), tint)
