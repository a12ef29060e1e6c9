"""What a quality network is shown, and that frames without it have no value; `tests/oracles/test_quality.py` has the
networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmark.features.networks.alignment import five_points
from benchmark.features.networks.image_quality import (
    FACE_POINTS,
    MOUTH_MARGIN_PX,
    QualityOfFrames,
    aligned_face,
    mouth_box,
    whole_frame,
)
from feed_dataset.core.faces.mesh_indices import MOUTH
from tests.benchmark.metrics.faces import person, shoot


def level(image: Any) -> Any:
    """In the place of the network: the mean level of the picture."""
    return image.mean()


def frame(size: int = 256) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)


def test_the_network_sees_levels_from_0_to_1_of_each_frame_by_itself() -> None:
    frames = np.stack([np.full((8, 6, 3), value, np.uint8) for value in (0, 51, 255)])
    judge = QualityOfFrames(level, whole_frame, needs_face=False)
    np.testing.assert_allclose(judge(frames, np.full((3, 468, 3), np.nan))[:, 0], [0, 0.2, 1], atol=1e-6)


def test_a_frame_without_a_face_has_no_value() -> None:
    points = np.stack([shoot(person()), np.full((468, 3), np.nan)])
    judge = QualityOfFrames(level, aligned_face, needs_face=True)
    values = judge(np.stack([frame(), frame()]), points)
    assert np.isfinite(values[:, 0]).tolist() == [True, False]


def test_the_mouths_box_has_its_margin_and_stays_inside() -> None:
    points = shoot(person())
    box = mouth_box(frame(), points)
    size = points[MOUTH][:, :2].astype(int).max(axis=0) - points[MOUTH][:, :2].astype(int).min(axis=0)
    assert box.shape[1::-1] == tuple(size + 2 * MOUTH_MARGIN_PX)
    assert mouth_box(frame(), points + [1000, 0, 0]).size == 0
    judge = QualityOfFrames(level, mouth_box, needs_face=True)
    assert np.isnan(judge(frame()[None], points[None] + [1000, 0, 0])).all()


def test_the_aligned_face_has_its_points_at_the_templates_places() -> None:
    points = shoot(person())
    dots = np.zeros((256, 256, 3), np.uint8)
    places = five_points(points)
    for x, y in places[:2]:  # of a general face only the least squares fit, so two points decide where it lies
        dots[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3] = 255
    face = aligned_face(dots, points)
    assert face.shape == (512, 512, 3)
    rows, columns = np.nonzero(face[:, :, 0] > 200)
    middle = np.array([columns.mean(), rows.mean()])
    assert middle == pytest.approx(FACE_POINTS[:2].mean(axis=0), abs=25)
