"""The 68-point net without its weights: a network that answers with known places. Parity is in tests/oracles."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from benchmark.features.extractors.landmarks68 import LANDMARKS68
from benchmark.features.networks.landmarks68 import INPUT_PX, Landmarks68, region_affine, towards_camera
from benchmark.features.types.extractor import Batch, ClipInfo, Compute
from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.weights import resolve
from feed_dataset.synthetic.rig.landmarks import MESH_TO_68
from tests.benchmark.metrics.faces import person, rotation, shoot

FRAMES = np.zeros((5, 128, 128, 3), np.uint8)
FACES = np.stack([shoot(person(), rotation(8 * t), 50.0, (60.0 + t, 66.0)) for t in range(5)]).astype(np.float32)


def perfect_network(faces: np.ndarray, depth_sign: float) -> object:
    """Answers with the exact 68 points in its own units, after 1035 rows of other points, as the published file."""
    maps = [region_affine(np.concatenate([f[:, :2].min(axis=0), f[:, :2].max(axis=0)])) for f in faces]
    waiting = [(face[list(MESH_TO_68)], to) for face, to in zip(faces, maps, strict=True)]

    def network(blob: np.ndarray) -> np.ndarray:
        rows = []
        for _ in blob:
            points, to = waiting.pop(0)
            xy = (points[:, :2] @ to[:, :2].T + to[:, 2]) / (INPUT_PX / 2) - 1
            z = depth_sign * points[:, 2:] * to[0, 0] / (INPUT_PX / 2)
            rows.append(np.concatenate([np.full((1035, 3), 9.0), np.concatenate([xy, z], axis=1)]).reshape(-1))
        assert len(rows[0]) == 3309
        return np.stack(rows).astype(np.float32)

    return network


@pytest.mark.parametrize("depth_sign", [1.0, -1.0])
def test_a_perfect_network_gives_the_exact_points_whichever_way_its_depth_runs(depth_sign: float) -> None:
    got = Landmarks68(perfect_network(FACES, depth_sign))(FRAMES, FACES)  # type: ignore[arg-type]
    np.testing.assert_allclose(got, FACES[:, list(MESH_TO_68)], atol=1e-3)


def test_frames_without_a_face_are_nan_and_do_not_shift_the_others() -> None:
    lost = FACES.copy()
    lost[2] = np.nan
    kept = [0, 1, 3, 4]
    got = Landmarks68(perfect_network(FACES[kept], 1.0))(FRAMES, lost)  # type: ignore[arg-type]
    assert np.isnan(got[2]).all()
    np.testing.assert_allclose(got[kept], FACES[kept][:, list(MESH_TO_68)], atol=1e-3)
    nothing = Landmarks68(perfect_network(FACES, 1.0))(FRAMES, np.full_like(FACES, np.nan))  # type: ignore[arg-type]
    assert nothing.shape == (5, 68, 3) and np.isnan(nothing).all()


def test_the_region_is_one_and_a_half_longer_sides_around_the_middle() -> None:
    to = region_affine(np.array([10.0, 20.0, 50.0, 100.0]))
    corners = np.array([[30 - 60, 60 - 60], [30 + 60, 60 + 60]]) @ to[:, :2].T + to[:, 2]
    np.testing.assert_allclose(corners, [[0, 0], [INPUT_PX, INPUT_PX]], atol=1e-9)


def test_depth_is_towards_the_camera_at_every_angle_a_face_is_found_at() -> None:
    for yaw in range(-80, 81, 20):
        truth = shoot(person(), rotation(yaw, 10))[list(MESH_TO_68)]
        np.testing.assert_array_equal(towards_camera(truth), truth)
        np.testing.assert_array_equal(towards_camera(truth * [1, 1, -1]), truth)


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="landmarks of 5 frames but got 4"):
        Landmarks68(perfect_network(FACES, 1.0))(FRAMES, FACES[:4])  # type: ignore[arg-type]


def test_the_trained_network_finds_finite_points() -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: extra insightface")
    try:
        resolve("landmarks-1k3d68", fetch=False)
        session = LANDMARKS68.load(Compute())(ClipInfo(Fraction(25), 128, 128))
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    session.push(Batch(FRAMES, FACES, 0))
    assert np.isfinite(session.finish()).all()
