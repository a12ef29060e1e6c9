"""What all synthetic people share: refined mesh, texture atlas, labels, eyes, lash strips and tongue."""

from __future__ import annotations

import numpy as np

from feed_dataset.synthetic.rig.assets import HeadAssets, shipped_assets
from feed_dataset.synthetic.rig.atlas import SkinAtlas
from feed_dataset.synthetic.rig.eyes import eyeball_mesh
from feed_dataset.synthetic.rig.lashes import lash_grids
from feed_dataset.synthetic.rig.rig import arkit_names, unit_names
from feed_dataset.synthetic.rig.subdiv import SubdividedPart
from feed_dataset.synthetic.scene.types import SEGMENTS, SIDES, TongueMesh
from feed_dataset.synthetic.scene.vectors import smoothstep

_MOUTH_ISLAND_UV = (0.63, 0.14)  # u above, v below
_SOCKET_ISLANDS_U = 0.16  # near the eyes, only the lining of the sockets lies below
_LIP_LINE_Y_DM = 6.705
_TONGUE_RGB = np.array([0.56, 0.24, 0.235])
_TONGUE_LEVELS = 1
_LIDS_WITHIN_DM = 0.34  # of the middle of an eye


def _subdivided(assets: HeadAssets, group: str, levels: int) -> SubdividedPart:
    quads = assets.quads[group]
    return SubdividedPart(quads[:, :, 0], quads[:, :, 1], assets.uv_table, levels)


class SharedTopology:
    """Identity-independent part of every head at one level of detail.

    Args:
        level: Catmull-Clark steps of the skin: 0 up to about 256 px images, 1 for 512 px, 2 for 4K.
        texture_px: width of the head map, half its height: about the image size.
        assets: the head assets; the shipped ones unless given.
    """

    def __init__(self, level: int = 0, texture_px: int = 256, assets: HeadAssets | None = None) -> None:
        if not 0 <= level <= 3:
            raise ValueError(f"expected level in [0, 3] but got {level}")
        if not 64 <= texture_px <= 4096:
            raise ValueError(f"expected texture_px in [64, 4096] but got {texture_px}")
        self.assets = assets = assets or shipped_assets()
        self.level = level
        self.coefficient_names = arkit_names(assets)  # the 52 names of Expression.coefficients, sorted
        self.unit_names = unit_names(assets)  # the names of Expression.units, sorted
        self.body = _subdivided(assets, "body", level)
        self.atlas = SkinAtlas(assets, self.body, texture_px)
        self.texture_width_px, self.texture_height_px = self.atlas.width_px, self.atlas.height_px
        self.canonical_points = self.body.positions(assets.vertices)  # float32 [P, 3]
        self.canonical = self.canonical_points[self.body.point_of_vertex]  # float32 [V, 3]
        self.triangles = self.body.triangles  # int32 [T, 3]
        self.uv = self.atlas.uv  # float32 [V, 2]: of the head map where head_flag is 1, else of the torso map
        self.head_flag = self.atlas.head_flag  # float32 [V]
        self.mouth = self._mouth()  # float32 [V]: 1 inside the mouth
        self.mouth_points = np.zeros(len(self.canonical_points), np.float32)  # [P], the same
        self.mouth_points[self.body.point_of_vertex] = self.mouth
        self.cloth = self._cloth()  # float32 [V]: 1 on the shirt
        self.segments = self._segments()  # float32 [V]: SEGMENTS labels of the skin's own parts
        self.eye = eyeball_mesh()
        self.lash_grids = lash_grids(assets)
        # Points around an eye: int [n] of the lids' outside, int [m] of the socket behind them.
        self.lid_points = {side: self._around_eye(side, outside=True) for side in SIDES}
        self.socket_points = {side: self._around_eye(side, outside=False) for side in SIDES}
        self.tongue_part = _subdivided(assets, "helper-tongue", _TONGUE_LEVELS)
        self.tongue = self._tongue()

    def _mouth(self) -> np.ndarray:
        u_min, v_max = _MOUTH_ISLAND_UV
        inside = (self.body.uv[:, 0] > u_min) & (self.body.uv[:, 1] < v_max)
        return (inside.astype(np.float32) * smoothstep(1.52, 1.42, self.canonical[:, 2])).astype(np.float32)

    def _cloth(self) -> np.ndarray:
        x, y, z = self.canonical.T
        neckline = 5.86 - 0.34 * (z - 0.5) + 0.10 * np.abs(x)
        shirt = smoothstep(0.03, -0.03, y - neckline) * (1 - self.mouth) * (y < 6.3)
        return shirt.astype(np.float32)

    def _segments(self) -> np.ndarray:
        x, y, z = self.canonical.T
        row, column = self.atlas.texels(self.uv)
        on_head = self.head_flag > 0.5
        lips, ears = (on_head & (self.atlas.masks[name][row, column] > 0.5) for name in ("lips", "ears"))
        segments = np.full(len(y), SEGMENTS["skin"], np.float32)
        segments[ears] = SEGMENTS["ear"]
        segments[lips & (y > _LIP_LINE_Y_DM)] = SEGMENTS["upper_lip"]
        segments[lips & (y <= _LIP_LINE_Y_DM)] = SEGMENTS["lower_lip"]
        throat = (y < 6.3 + 0.25 * np.clip(1.1 - z, 0, 1)) & (z < 1.32)
        segments[throat & ~ears] = SEGMENTS["neck"]
        bridge = np.abs(x) < 0.06 + 0.12 * smoothstep(7.3, 6.95, y)
        segments[bridge & (y > 6.86) & (y < 7.35) & (z > 1.4) & on_head] = SEGMENTS["nose"]
        return segments

    def _tongue(self) -> TongueMesh:
        z = self.tongue_part.positions(self.assets.vertices)[:, 2]
        along = ((z - z.min()) / np.ptp(z))[:, None]  # 0 root .. 1 tip
        colours = (_TONGUE_RGB * (0.9 + 0.12 * along)).astype(np.float32)
        occlusion = np.clip(0.10 + 0.95 * along[:, 0] ** 2.0, 0, 1).astype(np.float32)
        return TongueMesh(self.tongue_part.point_triangles, colours, occlusion)

    def _around_eye(self, side: str, *, outside: bool) -> np.ndarray:
        eye = self.assets.vertices[self.assets.group_vertices(f"helper-{side}-eye")].mean(0)
        offset = self.canonical_points - eye
        skin = np.zeros(len(self.canonical_points), bool)
        skin[self.body.point_of_vertex[self.body.uv[:, 0] > _SOCKET_ISLANDS_U]] = True
        return np.flatnonzero((np.linalg.norm(offset, axis=1) < _LIDS_WITHIN_DM) & (skin == outside))

    def points_of(self, part: str) -> np.ndarray:
        """bool [P]: the points of one of the skin's own parts (SEGMENTS)."""
        found = np.zeros(len(self.canonical_points), bool)
        found[self.body.point_of_vertex[self.segments == SEGMENTS[part]]] = True
        return found

    def bare_points(self) -> np.ndarray:
        """bool [P]: lips, nose, ears and inner mouth, where no beard grows."""
        labels = [SEGMENTS[name] for name in ("upper_lip", "lower_lip", "nose", "ear")]
        bare = np.zeros(len(self.canonical_points), bool)
        bare[self.body.point_of_vertex[np.isin(self.segments, labels) | (self.mouth > 0.1)]] = True
        return bare
