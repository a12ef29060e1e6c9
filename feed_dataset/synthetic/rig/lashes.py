"""Eyelashes on the lash strips of the base mesh, which follow the lids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.rig.assets import HeadAssets
from feed_dataset.synthetic.rig.eyes import LID_ROWS
from feed_dataset.synthetic.scene.types import SIDES, Strands

LashGrids = Mapping[tuple[str, int], np.ndarray]  # (side, 0 lower / 1 upper) -> int [rows, columns]
_POINTS = 4
_WIDTH_DM = 0.0046
_SPREAD_MEAN = 0.04


def lash_grid(assets: HeadAssets, side: str, upper: bool) -> np.ndarray:
    """Base vertices of a lash strip as a grid int [rows, columns]; row 0 is the root at the lid."""
    quads = assets.quads[f"helper-{side}-eyelashes-{2 if upper else 1}"][:, :, 0]
    ids, inverse = np.unique(quads, return_inverse=True)
    quads = inverse.reshape(quads.shape)
    positions = assets.vertices[ids]
    neighbours: dict[int, set[int]] = defaultdict(set)
    for quad in (list(map(int, corners)) for corners in quads):
        for here, there in zip(quad, quad[1:] + quad[:1], strict=True):
            neighbours[here].add(there)
            neighbours[there].add(here)
    quad_count = np.bincount(quads.ravel())
    eye = assets.vertices[assets.group_vertices(f"helper-{side}-eye")].mean(0)
    corners = np.flatnonzero(quad_count == 1)
    start = int(min(corners, key=lambda corner: np.linalg.norm(positions[corner] - eye)))

    def walk_border(following: int) -> list[int]:
        path = [start, following]
        while quad_count[path[-1]] > 1:
            onward = (k for k in neighbours[path[-1]] if k != path[-2] and quad_count[k] <= 2)
            step = next(onward, None)
            if step is None:
                break
            path.append(step)
        return path

    # The strip is wider than it is deep, so the longer border from the corner nearest the eye is the root.
    root = max((walk_border(k) for k in neighbours[start] if quad_count[k] <= 2), key=len)
    rows, seen = [root], set(root)
    while True:
        ahead = [[k for k in neighbours[vertex] if k not in seen] for vertex in rows[-1]]
        if not all(ahead):
            return ids[np.array(rows)]
        rows.append([options[0] for options in ahead])
        seen |= set(rows[-1])


def lash_grids(assets: HeadAssets) -> dict[tuple[str, int], np.ndarray]:
    """The four lash strips."""
    return {(side, row): lash_grid(assets, side, bool(row)) for side in SIDES for row in LID_ROWS}


@dataclass(frozen=True)
class _LidLashes:
    """Lashes of one lid, in coordinates of its strip."""

    position: np.ndarray  # [n] along the lid, 0 .. 1
    length: np.ndarray  # [n] of the strip's depth
    spread: np.ndarray  # [n] sideways drift of the tip, in units of `position`

    def curves(self, vertices: np.ndarray, grid: np.ndarray) -> np.ndarray:
        """Curves [n, _POINTS, 3] on deformed base vertices [N, 3]."""
        strip = vertices[grid]
        rows, columns = grid.shape

        def sample(row_position: np.ndarray, along: np.ndarray) -> np.ndarray:
            row = np.minimum(row_position.astype(int), rows - 2)
            column = np.minimum(along.astype(int), columns - 2)
            down, right = (row_position - row)[:, None], (along - column)[:, None]
            near = strip[row, column] * (1 - right) + strip[row, column + 1] * right
            far = strip[row + 1, column] * (1 - right) + strip[row + 1, column + 1] * right
            return near * (1 - down) + far * down

        root = self.position * (columns - 1)
        tip = np.clip(self.position + self.spread, 0, 1) * (columns - 1)
        points = []
        for s in np.linspace(0, 1, _POINTS):
            depth = s * self.length * (rows - 1)
            share = s**1.5
            points.append(sample(depth, root) * (1 - share) + sample(depth, tip) * share)
        return np.stack(points, 1)


class Lashes:
    """All lashes of one person."""

    def __init__(self, rng: np.random.Generator, grids: LashGrids, *, male: bool) -> None:
        self._grids = grids
        self._lids = {}
        for key in grids:
            upper = key[1] == 1
            count = 95 if upper else 60
            position = np.sort(rng.uniform(0.03, 0.97, count))
            length = rng.uniform(0.7, 1.0, count) * (0.62 if male else 0.9) * (1 if upper else 0.55)
            self._lids[key] = _LidLashes(position, length, rng.normal(0, 0.025, count) + _SPREAD_MEAN)

    def on(self, vertices: np.ndarray) -> Strands:
        """The lashes on deformed base vertices [N, 3]."""
        curves = np.concatenate([lid.curves(vertices, self._grids[key]) for key, lid in self._lids.items()])
        n = len(curves)
        tint = np.stack([np.ones(n, np.float32), np.zeros(n, np.float32)], 1)
        width = np.full(n, _WIDTH_DM, np.float32)
        return Strands(curves.astype(np.float32), width, tint, np.ones((n, _POINTS), np.float32))
