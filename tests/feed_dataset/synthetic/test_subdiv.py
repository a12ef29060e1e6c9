"""Subdivision matrices."""

from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.synthetic.rig.assets import shipped_assets
from feed_dataset.synthetic.rig.subdiv import SubdividedPart, catmull_clark, linear

CUBE = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
CUBE_VERTICES = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
# A 2 x 2 patch of unit quads with a boundary, and one vertex that no quad uses.
PATCH = np.array([[r * 3 + c, r * 3 + c + 1, r * 3 + c + 4, r * 3 + c + 3] for r in range(2) for c in range(2)])
PATCH_VERTICES = np.array([[c, r, 0.0] for r in range(3) for c in range(3)] + [[9.0, 9.0, 9.0]])


@pytest.mark.parametrize("step", [catmull_clark, linear])
@pytest.mark.parametrize(("quads", "count"), [(CUBE, 8), (PATCH, 10)])
def test_rows_are_a_partition_of_unity(step, quads, count) -> None:  # type: ignore[no-untyped-def]
    matrix, refined = step(quads, count)
    assert np.allclose(np.asarray(matrix.sum(1)).ravel(), 1)
    assert len(refined) == 4 * len(quads)
    assert refined.max() == matrix.shape[0] - 1


def test_cube_takes_the_known_first_step() -> None:
    matrix, _ = catmull_clark(CUBE, 8)
    points = matrix @ CUBE_VERTICES
    assert np.allclose(np.abs(points[:8]), 5 / 9)  # (Q + 2 R + (n - 3) S) / n with n = 3
    assert np.allclose(np.sort(np.abs(points[8:20]), 1), [0, 0.75, 0.75])
    assert np.allclose(np.sort(np.abs(points[20:]), 1), [0, 0, 1])


def test_boundary_and_loose_vertices() -> None:
    matrix, _ = catmull_clark(PATCH, 10)
    points = matrix @ PATCH_VERTICES
    assert np.allclose(points[:, 2][:9], 0)
    assert np.allclose(points[4], [1, 1, 0])  # inner vertex of a regular flat patch stays
    assert np.allclose(points[1], [1, 0, 0])  # so does a boundary vertex between collinear neighbours
    assert np.allclose(points[0], [1 / 8, 1 / 8, 0])  # corners are rounded: 3/4, 1/8, 1/8
    assert np.allclose(points[9], [9, 9, 9])


def test_linear_keeps_vertices() -> None:
    matrix, _ = linear(PATCH, 10)
    assert np.allclose((matrix @ PATCH_VERTICES)[:10], PATCH_VERTICES)


@pytest.mark.parametrize("level", [0, 1])
def test_part_splits_vertices_at_seams_only(level: int) -> None:
    assets = shipped_assets()
    quads = assets.quads["helper-tongue"]
    part = SubdividedPart(quads[:, :, 0], quads[:, :, 1], assets.uv_table, level)
    points = part.positions(assets.vertices)
    assert len(points) == part.point_count == part.point_triangles.max() + 1
    assert len(part.triangles) == 2 * len(quads) * 4**level
    assert np.array_equal(part.point_of_vertex[part.triangles], part.point_triangles)
    assert set(part.point_of_vertex) == set(range(part.point_count))
    assert np.allclose(np.linalg.norm(part.normals(points), axis=1), 1, atol=1e-4)


def test_refinement_is_linear_in_the_base() -> None:
    part = SubdividedPart(PATCH, PATCH, PATCH_VERTICES[:, :2], 2)
    a, b = PATCH_VERTICES, np.random.default_rng(0).normal(size=PATCH_VERTICES.shape)
    both = part.positions(a + 2 * b)
    assert np.allclose(both, part.positions(a) + 2 * part.positions(b), atol=1e-5)
