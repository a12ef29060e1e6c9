"""Points on the skin, and strands that grow from them and follow it when it moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.scene.types import Strands
from feed_dataset.synthetic.scene.vectors import normalised, triangle_frames

_CANDIDATES_PER_ROOT = 1.6


@dataclass(frozen=True)
class SkinSurface:
    """The neutral skin of one person over the template it came from; P surface points."""

    points: np.ndarray  # float32 [P, 3], head space
    normals: np.ndarray  # float32 [P, 3]
    canonical: np.ndarray  # float32 [P, 3], the same points on the template
    triangles: np.ndarray  # int32 [T, 3]
    base_points: int  # the first points are the vertices of the unrefined mesh


@dataclass(frozen=True)
class Roots:
    """Points on the skin: triangle number and barycentric coordinates."""

    triangles: np.ndarray  # int [n]
    barycentric: np.ndarray  # float [n, 3]

    def __getitem__(self, selection: np.ndarray | slice) -> Roots:
        return Roots(self.triangles[selection], self.barycentric[selection])

    def __len__(self) -> int:
        return len(self.triangles)

    def canonical(self, surface: SkinSurface) -> np.ndarray:
        """Where the roots lie on the template, [n, 3]."""
        corners = surface.triangles[self.triangles]
        return triangle_frames(surface.canonical, corners, self.barycentric)[0]


def scatter_roots(
    rng: np.random.Generator,
    surface: SkinSurface,
    density: Callable[[np.ndarray], np.ndarray],  # canonical points [., 3] -> [.] in [0, 1]
    count: int,
) -> Roots:
    """At most `count` random roots, uniform on the template's area times `density`.

    Candidates are drawn by the largest density that their triangle has at its corners and its centre, then thinned by
    the density at their own place, so that triangles do not show at the edge of a beard or a hairline.
    """
    a, b, c = (surface.canonical[surface.triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    at_corners = np.clip(density(surface.canonical), 0, 1)[surface.triangles].max(1)
    highest = np.maximum(at_corners, np.clip(density((a + b + c) / 3), 0, 1))
    weight = area * highest
    drawn = int(count * _CANDIDATES_PER_ROOT)
    chosen = rng.choice(len(surface.triangles), drawn, p=weight / weight.sum())
    r1, r2 = np.sqrt(rng.random(drawn)), rng.random(drawn)
    candidates = Roots(chosen, np.stack([1 - r1, r1 * (1 - r2), r1 * r2], 1))
    kept = rng.random(drawn) * highest[chosen] < density(candidates.canonical(surface))
    return candidates[np.flatnonzero(kept)[:count]]


@dataclass(frozen=True)
class AttachedStrands:
    """Strands bound to skin triangles: they ride and tilt with the skin."""

    roots: Roots
    local: np.ndarray  # float32 [n, K, 3], in the frame of each root's triangle
    width: np.ndarray  # float32 [n]
    tint: np.ndarray  # float32 [n, 2]

    def on(self, points: np.ndarray, triangles: np.ndarray) -> Strands:
        """The strands on deformed surface points [P, 3]."""
        origins, frames = triangle_frames(points, triangles[self.roots.triangles], self.roots.barycentric)
        curves = origins[:, None] + np.einsum("nki,nij->nkj", self.local, frames)
        return Strands(curves.astype(np.float32), self.width, self.tint, np.ones(curves.shape[:2], np.float32))


def grow_local_curves(
    rng: np.random.Generator,
    surface: SkinSurface,
    roots: Roots,
    directions: np.ndarray,  # [n, 3] combing directions, projected on the skin
    lengths_dm: np.ndarray,  # [n]
    *,
    points: int,
    lift: float,  # radians off the skin at the root
    curl: float,  # random bend at the tip, relative to the length
) -> np.ndarray:
    """Curves lying along the skin, float64 [n, points, 3] in the frames of their roots."""
    _, frames = triangle_frames(surface.points, surface.triangles[roots.triangles], roots.barycentric)
    normals = frames[:, 2]
    along = normalised(directions - (directions * normals).sum(1, keepdims=True) * normals)
    s = np.linspace(0, 1, points)[None, :, None]
    lengths = lengths_dm[:, None, None]
    rise = normals[:, None] * s * np.sin(lift) * (1 - 0.55 * s)
    curves = lengths * (along[:, None] * s * np.cos(lift * (1 - 0.5 * s)) + rise)
    curves = curves + curl * lengths * s**2 * rng.normal(0, 1, (len(roots), 1, 3))
    return np.einsum("nkj,nij->nki", curves, frames)


def random_tint(
    rng: np.random.Generator,
    count: int,
    spread: float,
    low: float,
    high: float,
    offset: np.ndarray | float = 0.0,  # added to the brightness
) -> np.ndarray:
    """Brightness factor around 1, within [low, high], and a random number per strand, float32 [count, 2]."""
    brightness = np.clip(1 + spread * rng.standard_normal(count) + offset, low, high)
    return np.stack([brightness, rng.random(count)], 1).astype(np.float32)
