"""Scalp hair: strands grown step by step over the skull, rigid with the head."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from feed_dataset.synthetic.people.hair_styles import HairStyle
from feed_dataset.synthetic.rig.skin_masks import scalp_mask
from feed_dataset.synthetic.rig.surface import SkinSurface, random_tint, scatter_roots
from feed_dataset.synthetic.scene.noise import ValueNoise
from feed_dataset.synthetic.scene.types import Strands
from feed_dataset.synthetic.scene.vectors import normalised, smoothstep, triangle_frames

_CROWN = np.array([0.12, 8.35, 0.05])  # of the whorl, canonical
_BUN = np.array([0.0, 8.05, -0.45])
_FULL_TURN = 6.28
_HANG_DAMPING = np.array([0.78, 1.0, 0.75])  # per step: hanging hair loses its sideways motion
_HANG_BACKWARD = np.array([0.0, 0.0, 0.02])
_DRAPE = (0.8, -0.6, -0.2)  # in units of gravity: sideways, up, forward
_EAR_CLEARANCE_DM = 0.075
_EAR_BERTH_DM = 0.14  # long hair does not feel the skin this near to an ear, which would spread it
_FACE_BOTTOM_DM, _FACE_TOP_DM, _FRINGE_TOP_DM = -1.2, 0.78, 0.45
_FACE_HALF_WIDTH_DM = ((-1.2, -0.6, 0.2, 0.5, 0.64, 0.78), (0.45, 0.60, 0.66, 0.52, 0.30, 0.0))  # height, |x|


def _combing(style: HairStyle, roots: np.ndarray, top: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Direction [n, 3] in which hair at canonical roots [n, 3] is combed; `top` is 1 on top of the head."""
    x, z = roots[:, 0], roots[:, 2]
    level = np.zeros(len(roots))
    if style.comb == "whorl":  # away from the crown: forward on top, down at the sides and back
        return normalised(roots - _CROWN) + np.stack([level + 0.35, -0.45 * (1 - top), 0.25 * top], 1)
    if style.comb == "back":
        lift = 0.35 * top * (z > 0.6) - 0.8 * (1 - top)
        return np.stack([0.25 * np.tanh(3 * x), lift, level - 0.9], 1)
    if style.comb == "parted":
        side = np.tanh((x - style.parting_x_dm) * 9)
        front = smoothstep(0.5, 1.2, z)
        down = -0.25 - 0.55 * (1 - top) + 0.12 * front
        return np.stack([side * (1.0 + 0.25 * front), down, -0.35 - 1.0 * front], 1)
    if style.comb == "gathered":
        return normalised(_BUN - roots)
    return rng.normal(0, 0.8, (len(roots), 3))


class _Collider:
    """Pushes points off the skin, which it sees as some of its vertices and their normals."""

    def __init__(self, surface: SkinSurface, seen: np.ndarray) -> None:
        self._points, self._normals = surface.points[seen], surface.normals[seen]
        self._tree = cKDTree(self._points)

    def push(self, points: np.ndarray, clearance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points [n, 3] at least `clearance` [n] off the skin, the skin's normals, and who moved [n]."""
        distance, index = self._tree.query(points, k=3)
        weight = 1 / np.maximum(distance, 1e-4)
        weight /= weight.sum(1, keepdims=True)
        nearest = (self._points[index] * weight[..., None]).sum(1)
        normals = normalised((self._normals[index] * weight[..., None]).sum(1))
        height = ((points - nearest) * normals).sum(1)
        pushed = points + np.maximum(clearance - height, 0)[:, None] * normals
        return pushed, normals, height < clearance


class _Winding:
    """The sideways steps of coiled strands."""

    def __init__(self, style: HairStyle, directions: np.ndarray, rng: np.random.Generator) -> None:
        if style.coil is None:
            raise ValueError(f"expected a coiled style but got {style}")
        n = len(directions)
        self._frequency = rng.uniform(0.8, 1.2, n)[:, None] / (style.points - 1) * style.coil.turns
        self._phase = rng.uniform(0, _FULL_TURN, n)[:, None]
        self._first = normalised(np.cross(directions, rng.normal(0, 1, (n, 3))))
        self._second = np.cross(directions, self._first)
        self._radius = style.coil.radius_dm * 0.8

    def step(self, k: int) -> np.ndarray:
        angle = self._phase + _FULL_TURN * self._frequency * k
        return self._radius * (np.cos(angle) * self._first + np.sin(angle) * self._second)


def _keep_off_face(points: np.ndarray, roots: np.ndarray, layer: np.ndarray, style: HairStyle, margin: float) -> None:
    """Move points [n, 3] that hang in front of the face sideways and back, in place."""
    y = points[:, 1]
    ceiling = _FACE_TOP_DM if style.hangs else _FRINGE_TOP_DM
    in_front = (points[:, 2] > 0.35) & (y < ceiling) & (y > _FACE_BOTTOM_DM)
    half_width = np.interp(y, *_FACE_HALF_WIDTH_DM) + (0.06 * layer + 0.05 * np.sin(40 * layer)) * (y < 0.6)
    half_width = half_width * margin
    moved = in_front & (np.abs(points[:, 0]) < half_width)
    side = np.where(np.abs(roots[:, 0]) > 0.02, np.sign(roots[:, 0] - style.parting_x_dm), 1.0)
    points[:, 0] = np.where(moved, points[:, 0] + 0.55 * (side * half_width - points[:, 0]), points[:, 0])
    points[:, 2] = np.where(moved, points[:, 2] - 0.02, points[:, 2])


def _felt(surface: SkinSurface, ear_tree: cKDTree, style: HairStyle) -> np.ndarray:  # int [n]
    """Which skin points hold the hair off: for long hair those of the base mesh, without ears, so that it hangs
    alike at every level of detail and does not stand off over the ears."""
    if not style.hangs:
        return np.arange(len(surface.points))
    base = surface.canonical[: surface.base_points]
    return np.flatnonzero(ear_tree.query(base)[0] > _EAR_BERTH_DM)


def _pull(point: np.ndarray, side: np.ndarray, style: HairStyle) -> np.ndarray:
    """Where gravity takes points [n, 3] in a step: down, but hair above a face drapes to the sides first."""
    down = np.array([0.0, -style.gravity, 0.0])
    if not style.hangs:
        return down
    above = smoothstep(0.15, 0.5, point[:, 2]) * smoothstep(0.25, 0.55, point[:, 1])
    above = above * smoothstep(0.78, 0.6, np.abs(point[:, 0]))
    drape = np.stack([side * _DRAPE[0], np.full(len(point), _DRAPE[1]), np.full(len(point), _DRAPE[2])], 1)
    return down + (drape * style.gravity - down) * above[:, None]


def _crosses_face(points: np.ndarray, side: np.ndarray, style: HairStyle) -> np.ndarray:  # bool [n]
    """Strands [n, K, 3] that lie across the forehead or the face nevertheless; `side` is where they belong."""
    x, y, z = np.moveaxis(points, -1, 0)
    astray = side[:, None] * (x - style.parting_x_dm) < -0.08
    astray = (astray & (z > 0.3) & (y < 0.95)).any(1)
    half_width = 0.8 * np.interp(y, *_FACE_HALF_WIDTH_DM)
    before = (z > 0.35) & (y > _FACE_BOTTOM_DM) & (y < _FRINGE_TOP_DM + 0.15) & (np.abs(x) < half_width)
    return astray | before.any(1)


def grow_hair(
    rng: np.random.Generator,
    surface: SkinSurface,
    style: HairStyle,
    *,
    recede: float,
    noise: ValueNoise,
    ears: np.ndarray,
) -> Strands:
    """A person's hair in neutral head space.

    Args:
        rng: consumed in a fixed order; a seed means one head of hair.
        surface: the neutral skin.
        style: one of HAIR_STYLES.
        recede: 0 full hairline .. 1 bald crown.
        noise: clumps the strands.
        ears: bool [P], which skin points are ears: nothing grows next to them, and long hair ignores them.
    """
    ear_tree = cKDTree(surface.canonical[ears])

    def density(points: np.ndarray) -> np.ndarray:
        return scalp_mask(points, noise, recede) * (ear_tree.query(points)[0] > _EAR_CLEARANCE_DM)

    root_points = scatter_roots(rng, surface, density, style.strands)
    n, k_points = len(root_points), style.points
    corners, barycentric = surface.triangles[root_points.triangles], root_points.barycentric
    roots, _ = triangle_frames(surface.points, corners, barycentric)
    canonical = root_points.canonical(surface)
    normals = normalised((surface.normals[corners] * barycentric[..., None]).sum(1))
    top = np.clip((canonical[:, 1] - 7.5) / 0.9, 0, 1)
    clump = noise.vector(canonical, 2.6, (1, 2, 3)) * 0.55 + noise.vector(canonical, 9, (4, 5, 6)) * 0.28

    comb = _combing(style, canonical, top, rng)
    if style.coil is None:
        comb = comb - 0.85 * (comb * normals).sum(1, keepdims=True) * normals
    comb = normalised(comb, 1e-6)
    direction = style.lift * normals + comb * (1 - style.lift) + 0.14 * clump + rng.normal(0, 0.05, (n, 3))
    direction = normalised(direction)
    length = style.length_dm * (1 + 0.18 * clump[:, 0]) * rng.uniform(0.75, 1.05, n)
    length = length * np.clip(density(canonical) * 1.5, 0.25, 1)
    if style.faded:
        length = length * (0.30 + 0.70 * smoothstep(7.3, 7.85, canonical[:, 1]))
    if style.hangs:
        length = length * (0.9 + 0.1 * top)
    winding = _Winding(style, direction, rng) if style.coil else None
    layer = rng.uniform(0.15, 1, n)
    collider = _Collider(surface, _felt(surface, ear_tree, style)) if style.collides else None
    side = np.where(np.abs(canonical[:, 0] - style.parting_x_dm) > 0, np.sign(canonical[:, 0] - style.parting_x_dm), 1)

    point, curve = roots, [roots]
    step_length = (length / (k_points - 1))[:, None]
    for k in range(1, k_points):
        direction = direction + _pull(point, side, style)
        if style.hangs:
            direction = direction * _HANG_DAMPING - _HANG_BACKWARD
        direction = normalised(direction)
        step = direction * step_length
        if winding is not None:
            step = step + winding.step(k)
        if style.hangs:
            step[:, [0, 2]] += 0.006 * np.stack([noise(point, 1.5, 9.0), noise(point, 1.5, 12.0)], -1)
        point = point + step
        if collider is not None:
            clearance = style.body_dm * layer * np.clip(k / (k_points * 0.25), 0.2, 1)
            point, skin_normals, hit = collider.push(point, clearance)
            inward = np.minimum((direction * skin_normals).sum(1, keepdims=True), 0)
            direction = np.where(hit[:, None], direction - inward * skin_normals, direction)
        if style.face_margin is not None:
            _keep_off_face(point, roots, layer, style, style.face_margin)
        curve.append(point)
    points = np.stack(curve, 1)
    if style.hangs:
        kept = ~_crosses_face(points, side, style)
        points, clump, n = points[kept], clump[kept], int(kept.sum())
    tint = random_tint(rng, n, 0.22, 0.45, 1.7, offset=0.12 * clump[:, 1])
    width = style.width_dm * rng.uniform(0.7, 1.3, n)
    return Strands(points.astype(np.float32), width.astype(np.float32), tint, hair_occlusion(points))


def hair_occlusion(points: np.ndarray) -> np.ndarray:
    """Openness float32 [n, K] of strand points [n, K, 3]: how little hair lies outwards of each."""
    cell_dm = 0.07
    flat = points.reshape(-1, 3)
    corner = flat.min(0) - 0.3
    shape = np.ceil((flat.max(0) + 0.3 - corner) / cell_dm).astype(int) + 1
    grid = np.zeros(shape, np.float32)
    np.add.at(grid, tuple(((flat - corner) / cell_dm).astype(int).T), 1)
    grid = gaussian_filter(grid, 1.6)
    grid /= np.percentile(grid[grid > 0], 92)
    outward = normalised(flat, 1e-6)
    blocked = np.zeros(len(flat))
    for distance_dm in (0.10, 0.2, 0.32):
        cells = (flat + distance_dm * outward - corner) / cell_dm
        blocked += map_coordinates(grid, cells.T, order=1, mode="nearest")
    return np.clip(np.exp(-0.75 * blocked), 0.22, 1).reshape(points.shape[:2]).astype(np.float32)
