"""Subdivision of quad meshes as sparse matrices, so that a deformed base mesh is refined by one product.

Positions follow Catmull-Clark (E. Catmull, J. Clark, 1978) with the usual boundary rule; UVs are subdivided
linearly with their own seams.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from feed_dataset.synthetic.scene.vectors import normalised


@dataclass(frozen=True)
class _Topology:
    """Edges and incidence of one level of a quad mesh with n vertices, m quads and e edges."""

    quads: np.ndarray  # int [m, 4]
    vertex_count: int
    edges: np.ndarray  # int [e, 2]
    quad_edges: np.ndarray  # int [m, 4]: edge from corner i to corner i + 1
    boundary: np.ndarray  # bool [e]

    @classmethod
    def of(cls, quads: np.ndarray, vertex_count: int) -> _Topology:
        ends = np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2), 1)
        edges, inverse, uses = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
        return cls(quads, vertex_count, edges, inverse.reshape(quads.shape), uses == 1)

    def face_points(self) -> sp.csr_matrix:
        """Average of each quad's corners: [m, n]."""
        m = len(self.quads)
        rows = np.repeat(np.arange(m), 4)
        return sp.csr_matrix((np.full(4 * m, 0.25), (rows, self.quads.ravel())), shape=(m, self.vertex_count))

    def edge_midpoints(self) -> sp.csr_matrix:
        """Average of each edge's ends: [e, n]."""
        e = len(self.edges)
        rows = np.repeat(np.arange(e), 2)
        return sp.csr_matrix((np.full(2 * e, 0.5), (rows, self.edges.ravel())), shape=(e, self.vertex_count))

    def refined_quads(self) -> np.ndarray:
        """Each quad split in four, over vertices ordered: old vertices, edges, faces."""
        face = self.vertex_count + len(self.edges) + np.arange(len(self.quads))
        edge = self.vertex_count + self.quad_edges
        split = [np.stack([self.quads[:, i], edge[:, i], face, edge[:, (i + 3) % 4]], 1) for i in range(4)]
        return np.stack(split, 1).reshape(-1, 4)


def _incidence(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> sp.csr_matrix:
    return sp.csr_matrix((np.ones(rows.size), (rows.ravel(), columns.ravel())), shape=shape)


def catmull_clark(quads: np.ndarray, vertex_count: int) -> tuple[sp.csr_matrix, np.ndarray]:
    """One Catmull-Clark step.

    Args:
        quads: int [m, 4] over `vertex_count` vertices; vertices that no quad uses stay where they are.

    Returns:
        (matrix [n', n] whose rows sum to 1, refined quads int [4 m, 4]).
    """
    mesh = _Topology.of(quads, vertex_count)
    n, m, e = vertex_count, len(quads), len(mesh.edges)
    face_points, midpoints = mesh.face_points(), mesh.edge_midpoints()
    quad_of_corner = np.repeat(np.arange(m), 4)

    edge_faces = _incidence(mesh.quad_edges, quad_of_corner, (e, m))
    edge_points = sp.diags(np.where(mesh.boundary, 1.0, 0.5)) @ midpoints
    edge_points += sp.diags(np.where(mesh.boundary, 0.0, 0.25)) @ (edge_faces @ face_points)

    identity = sp.identity(n, format="csr")
    vertex_faces = _incidence(quads, quad_of_corner, (n, m))
    vertex_edges = _incidence(mesh.edges, np.repeat(np.arange(e), 2), (n, e))
    valence_faces = np.bincount(quads.ravel(), minlength=n).astype(float)
    valence_edges = np.asarray(vertex_edges.sum(1)).ravel()
    faces, edges = np.maximum(valence_faces, 1), np.maximum(valence_edges, 1)
    inner = sp.diags(1 / faces**2) @ (vertex_faces @ face_points)
    inner += sp.diags(2 / (faces * edges)) @ (vertex_edges @ midpoints)
    inner += sp.diags((faces - 3) / faces) @ identity

    boundary_edges = vertex_edges @ sp.diags(mesh.boundary.astype(float))
    boundary_valence = np.maximum(np.asarray(boundary_edges.sum(1)).ravel(), 1)
    border = 0.5 * identity + sp.diags(0.5 / boundary_valence) @ (boundary_edges @ midpoints)

    used = valence_faces > 0
    on_border = np.zeros(n, bool)
    on_border[mesh.edges[mesh.boundary].ravel()] = True
    vertex_points = sp.diags((used & ~on_border).astype(float)) @ inner
    vertex_points += sp.diags((used & on_border).astype(float)) @ border
    vertex_points += sp.diags((~used).astype(float)) @ identity
    return sp.vstack([vertex_points, edge_points, face_points]).tocsr(), mesh.refined_quads()


def linear(quads: np.ndarray, vertex_count: int) -> tuple[sp.csr_matrix, np.ndarray]:
    """One bilinear step: old vertices stay; same returns as `catmull_clark`."""
    mesh = _Topology.of(quads, vertex_count)
    identity = sp.identity(vertex_count, format="csr")
    matrix = sp.vstack([identity, mesh.edge_midpoints(), mesh.face_points()]).tocsr()
    return matrix, mesh.refined_quads()


def _compact(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    used, inverse = np.unique(indices, return_inverse=True)
    return used, inverse.reshape(indices.shape)


def _two_triangles(quads: np.ndarray) -> np.ndarray:
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


class SubdividedPart:
    """A quad part of the base mesh refined into a render mesh.

    Surface points (P of them) carry positions and normals; render vertices (V >= P) split them at UV seams.

    Args:
        position_quads: int [m, 4] into the base vertices.
        uv_quads: int [m, 4] into `uv_table`.
        uv_table: float [., 2].
        levels: subdivision steps; each multiplies the number of quads by four.
    """

    def __init__(self, position_quads: np.ndarray, uv_quads: np.ndarray, uv_table: np.ndarray, levels: int) -> None:
        self._source, quads = _compact(position_quads)
        uv_source, quads_uv = _compact(uv_quads)
        count, uv_count = len(self._source), len(uv_source)
        self.base_points = count  # the first surface points are the unrefined vertices
        matrix, uv_matrix = sp.identity(count, format="csr"), sp.identity(uv_count, format="csr")
        for _ in range(levels):
            step, quads = catmull_clark(quads, count)
            matrix, count = step @ matrix, step.shape[0]
            step, quads_uv = linear(quads_uv, uv_count)
            uv_matrix, uv_count = step @ uv_matrix, step.shape[0]
        self._matrix = matrix.astype(np.float32).tocsr()
        self.point_count = count
        self.point_triangles = _two_triangles(quads)  # int32 [T, 3] into surface points

        corners = quads.astype(np.int64).ravel() * uv_count + quads_uv.ravel()
        unique_corners, render_quads = np.unique(corners, return_inverse=True)
        self.point_of_vertex = (unique_corners // uv_count).astype(np.int32)  # int32 [V]
        self.uv = (uv_matrix @ uv_table[uv_source]).astype(np.float32)[unique_corners % uv_count]  # [V, 2]
        self.triangles = _two_triangles(render_quads.reshape(-1, 4))  # int32 [T, 3] into render vertices

        t = len(self.point_triangles)
        columns = np.repeat(np.arange(t), 3)
        ones = np.ones(3 * t, np.float32)
        self._gather = sp.csr_matrix((ones, (self.point_triangles.ravel(), columns)), shape=(count, t))

    def positions(self, base_vertices: np.ndarray) -> np.ndarray:
        """Surface points [P, 3] of deformed base vertices [N, 3]."""
        return self._matrix @ base_vertices[self._source]

    def normals(self, points: np.ndarray) -> np.ndarray:
        """Area-weighted unit normals [P, 3] at surface points [P, 3]."""
        a, b, c = (points[self.point_triangles[:, k]] for k in range(3))
        return normalised(self._gather @ np.cross(b - a, c - a), 1e-12)
