"""The pieces of the renderer on hand-made input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feed_dataset.synthetic.render import jit
from feed_dataset.synthetic.render.materials import MATERIAL_COUNT
from feed_dataset.synthetic.render.raster import (
    FAR,
    GBuffer,
    StrandCoverage,
    project,
    rasterise,
    rasterise_depth,
)
from feed_dataset.synthetic.render.shade_common import tone
from feed_dataset.synthetic.render.strands import ROOT, expand_ribbons, ribbon_attributes, ribbon_triangles
from feed_dataset.synthetic.render.textures import mip_level
from feed_dataset.synthetic.scene.types import Strands

SIZE = 32
# A camera at the origin that looks along +z: pixel = 16 + 16 * (x, y) / z.
MATRIX = np.array([[16.0, 0, 16, 0], [0, 16.0, 16, 0], [0, 0, 1, 0]])


def draw(positions: list[list[float]], triangles: list[list[int]], **options: int) -> GBuffer:
    """Rasterise solid triangles."""
    vertices = project(np.array(positions, np.float32), MATRIX, threads=1)
    indices = np.array(triangles, np.int32)
    none = np.empty(0, np.float32)
    ones = np.ones(MATERIAL_COUNT, np.float32)
    attributes = np.zeros((len(positions), 4), np.float32)
    strands = StrandCoverage(len(indices), len(positions), none, none, attributes, ones, ones)
    return rasterise(indices, np.ones(len(indices), np.uint8), vertices, strands, SIZE, SIZE, 1, **options)


def square(z: float, half: float) -> list[list[float]]:
    return [[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]]


QUAD = [[0, 1, 2], [0, 2, 3]]


def test_square_covers_its_pixels() -> None:
    target = draw(square(2.0, 1.0), QUAD)  # 8 .. 24 px
    expected = np.zeros((SIZE, SIZE), bool)
    expected[8:24, 8:24] = True
    np.testing.assert_array_equal(target.triangle >= 0, expected)
    np.testing.assert_allclose(-1 / target.depth[expected], 2.0, rtol=1e-6)
    assert (target.depth[~expected] == np.float32(FAR)).all()


@pytest.mark.parametrize("winding", [[0, 1, 2], [0, 2, 1]])
def test_both_windings_are_drawn(winding: list[int]) -> None:
    assert (draw(square(2.0, 1.0), [winding]).triangle == 0).sum() > 100


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_the_nearer_surface_wins_in_any_order(order: list[int]) -> None:
    squares = [square(2.0, 0.5), square(4.0, 2.0)]  # 12 .. 20 px in front of 8 .. 24 px
    positions = squares[order[0]] + squares[order[1]]
    target = draw(positions, QUAD + [[a + 4, b + 4, c + 4] for a, b, c in QUAD])
    distance = -1 / target.depth
    np.testing.assert_allclose(distance[12:20, 12:20], 2.0, rtol=1e-6)
    np.testing.assert_allclose(distance[8:12, 8:24], 4.0, rtol=1e-6)


def test_barycentrics_are_perspective_correct() -> None:
    """Interpolated positions project back to the centre of their sample."""
    positions = [[-1.0, -1.0, 1.5], [3.0, -2.0, 6.0], [0.0, 1.5, 2.5]]
    target = draw(positions, [[0, 1, 2]])
    rows, columns = np.nonzero(target.triangle == 0)
    assert len(rows) > 50
    u, v = target.u[rows, columns], target.v[rows, columns]
    points = np.stack([u, v, 1 - u - v], 1) @ np.array(positions)
    np.testing.assert_allclose(16 + 16 * points[:, 0] / points[:, 2], columns + 0.5, atol=1e-3)
    np.testing.assert_allclose(16 + 16 * points[:, 1] / points[:, 2], rows + 0.5, atol=1e-3)
    np.testing.assert_allclose(-1 / target.depth[rows, columns], points[:, 2], rtol=1e-4)


def test_triangles_behind_the_camera_are_left_out() -> None:
    behind = [[-1.0, -1.0, -2.0], [1.0, -1.0, 2.0], [1.0, 1.0, 2.0]]
    assert (draw(behind, [[0, 1, 2]]).triangle < 0).all()


def test_triangles_may_leave_the_picture() -> None:
    assert (draw(square(1.0, 50.0), QUAD).triangle >= 0).all()
    aside = [[x + 10, y, z] for x, y, z in square(2.0, 1.0)]
    assert (draw(aside, QUAD).triangle < 0).all()


def test_random_soup_does_not_depend_on_bands() -> None:
    rng = np.random.default_rng(0)
    positions = (rng.uniform(-1, 1, (300, 3)) + [0, 0, 2.5]).tolist()
    triangles = np.arange(300).reshape(-1, 3).tolist()
    reference = draw(positions, triangles)
    for band_rows in (1, 5, 32):
        for a, b in zip(reference, draw(positions, triangles, band_rows=band_rows), strict=True):
            np.testing.assert_array_equal(a, b)


def test_long_thin_triangles_match_brute_force() -> None:
    """The span shortcut drops no sample that an exhaustive test of every pixel would draw."""
    rng = np.random.default_rng(1)
    x, y = np.meshgrid(np.arange(SIZE) + 0.5, np.arange(SIZE) + 0.5)
    for _ in range(60):
        corner, along = rng.uniform(0, SIZE, 2), rng.uniform(-SIZE, SIZE, 2)
        xy = np.array([corner, corner + along, corner + along + rng.uniform(-2, 2, 2)], np.float32)
        drawn = rasterise_depth(np.array([[0, 1, 2]], np.int32), xy, np.ones(3, np.float32), SIZE, 1) < 2
        (ax, ay), (bx, by), (cx, cy) = xy.astype(float)
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
        v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
        clear = np.minimum(np.minimum(u, v), 1 - u - v)
        assert drawn[clear > 1e-4].all()
        assert not drawn[clear < -1e-4].any()


def strand(width: float) -> Strands:
    """One straight, vertical strand."""
    points = np.stack([np.zeros(4), np.linspace(-1, 1, 4), np.full(4, 4.0)], 1)[None].astype(np.float32)
    return Strands(points, np.array([width], np.float32), np.array([[1, 0.3]], np.float32), np.ones((1, 4), np.float32))


def test_ribbons_face_the_eye_with_their_width() -> None:
    positions, tangents, share = (
        np.empty((8, 3), np.float32),
        np.empty((8, 3), np.float32),
        np.empty(8, np.float32),
    )
    expand_ribbons(strand(0.2), np.zeros(3), 0.0, positions, tangents, share, threads=1)
    np.testing.assert_allclose(np.abs(positions[3] - positions[2]), [0.2, 0, 0], atol=1e-6)
    np.testing.assert_allclose(np.abs(positions[1] - positions[0]), [0.2 * ROOT, 0, 0], atol=1e-6)
    np.testing.assert_allclose(np.abs(tangents), np.tile([0, 1, 0], (8, 1)), atol=1e-6)
    np.testing.assert_allclose(share, 1)
    assert abs(positions[7, 0] - positions[6, 0]) < 0.1, "thinner at the tip"
    triangles = ribbon_triangles(1, 4)
    assert triangles.shape == (6, 3)
    assert triangles.max() == 7


def test_thin_ribbons_are_widened_and_thinned_out() -> None:
    positions, tangents, share = (
        np.empty((8, 3), np.float32),
        np.empty((8, 3), np.float32),
        np.empty(8, np.float32),
    )
    expand_ribbons(strand(0.01), np.zeros(3), 0.02, positions, tangents, share, threads=1)
    distance = np.linalg.norm(strand(0.01).points[0, 0])
    np.testing.assert_allclose(np.linalg.norm(positions[1] - positions[0]), 0.02 * distance, rtol=1e-5)
    np.testing.assert_allclose(share[0], ROOT * 0.01 / (0.02 * distance), rtol=1e-5)


def test_ribbon_attributes() -> None:
    attributes = ribbon_attributes(strand(0.2))
    np.testing.assert_allclose(attributes[:, 0], np.repeat(np.linspace(0, 1, 4), 2), atol=1e-6)
    np.testing.assert_allclose(attributes[:, 1:], np.tile([1, 0.3, 1], (8, 1)), atol=1e-6)


def test_thin_strands_let_through_what_they_do_not_cover() -> None:
    """A ribbon with share .3 hides 30 % of what is behind it, everywhere on it and in every picture."""
    vertices = np.array([[-0.3, -1.5, 2.0], [0.3, -1.5, 2.0], [-0.3, 1.5, 2.0], [0.3, 1.5, 2.0]], np.float32)
    vertices = project(vertices, MATRIX, threads=1)
    triangles, materials = ribbon_triangles(1, 2), np.full(2, 6, np.uint8)
    side = np.array([-1, 1, -1, 1], np.float32)
    ones = np.ones(MATERIAL_COUNT, np.float32)

    def drawn(share: float, random: float) -> GBuffer:
        attributes = np.zeros((4, 4), np.float32)
        attributes[2:, 0] = 0.4  # near the root, where fibres do not thin out
        attributes[:, 2] = random
        strands = StrandCoverage(0, 0, side, np.full(4, share, np.float32), attributes, ones, ones)
        return rasterise(triangles, materials, vertices, strands, SIZE, SIZE, 1)

    for random in (0.1, 0.7):
        full, thinned = drawn(1.0, random), drawn(0.3, random)
        covered = full.strand >= 0
        assert covered.sum() > 20
        np.testing.assert_array_equal(thinned.strand >= 0, covered)
        np.testing.assert_allclose(full.clear[covered], 0.02, atol=1e-6)  # never quite opaque
        np.testing.assert_allclose(thinned.clear[covered], 0.7, atol=1e-6)
        assert (thinned.clear[~covered] == 1).all() and (thinned.triangle == -1).all()
        assert (thinned.strand_depth[covered] < 0).all(), "real depths, whichever strand stands for the layer"


def test_tone_curve_is_monotonic_and_bounded() -> None:
    values = [tone(float(v), 1.0) for v in np.linspace(-0.5, 20, 60)]
    assert values[0] == 0
    assert all(a <= b for a, b in zip(values, values[1:], strict=False))
    assert values[-1] == 1


def test_mip_level() -> None:
    assert mip_level(512, pixels_per_dm=1000) == 0
    assert mip_level(512, pixels_per_dm=512 / 5.2) == 0
    assert mip_level(512, pixels_per_dm=512 / 5.2 / 4) == 2
    assert mip_level(4096, pixels_per_dm=0.1) == 5


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_chunks_cover_the_range_once(threads: int) -> None:
    seen = np.zeros(23, int)

    def task(start: int, stop: int) -> None:
        seen[start:stop] += 1

    jit.run_chunks(task, 23, 4, threads)
    assert (seen == 1).all()


def test_errors_in_threads_are_not_lost() -> None:
    def task(start: int, stop: int) -> None:
        raise ZeroDivisionError(start)

    with pytest.raises(ZeroDivisionError):
        jit.run_chunks(task, 10, 2, 3)


def test_compiled_code_is_kept_per_state_of_the_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    directory = jit._cache_directory.__wrapped__
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    before = directory()
    assert Path(before).parent == tmp_path
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setenv("FEED_CACHE", str(tmp_path))
    assert Path(directory()).parent == tmp_path / "numba"
    package = tmp_path / "render"
    package.mkdir()
    (package / "shade.py").write_text("edited")
    monkeypatch.setattr(jit, "_PACKAGE", package)
    assert Path(directory()).name != Path(before).name
