"""The networks of face_landmarker.task through OpenCV against Google's own runtime (LiteRT) on the same input."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmark.features.networks.blendshapes import (
    BLENDSHAPES_MEMBER,
    MESH_MEMBER,
    POINTS_READ,
    WEIGHTS_NAME,
    Landmarker,
)
from feed_dataset.core.jobs.errors import WeightsUnavailable

litert = pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")


@pytest.fixture(scope="module")
def task() -> Path:
    from feed_dataset.core.weights import resolve

    try:
        return resolve(WEIGHTS_NAME, fetch=False)
    except WeightsUnavailable as error:
        pytest.skip(str(error))


def run(task: Path, member: str, values: np.ndarray) -> list[np.ndarray]:
    """All outputs, smallest first."""
    content = zipfile.ZipFile(task).read(member)
    network = litert.Interpreter(model_content=content)
    network.allocate_tensors()
    network.set_tensor(network.get_input_details()[0]["index"], values)
    network.invoke()
    return sorted((network.get_tensor(o["index"]) for o in network.get_output_details()), key=lambda o: o.size)


def test_coefficients(task: Path) -> None:
    landmarker = Landmarker.from_file(task)
    for seed in range(5):
        points = np.random.default_rng(seed).uniform(0, 256, (478, 3))
        blob = points[list(POINTS_READ), :2].astype(np.float32)[None] + np.float32(0.5)
        expected = run(task, BLENDSHAPES_MEMBER, blob)[-1].ravel()
        np.testing.assert_allclose(landmarker.coefficients(points), expected, atol=1e-5)


def test_points(task: Path) -> None:
    from feed_dataset.core.faces.windows import Window

    landmarker = Landmarker.from_file(task)
    image = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    expected = run(task, MESH_MEMBER, image[None].astype(np.float32) / 255)[-1].reshape(478, 3)
    found = landmarker.points_in(image, Window((127.5, 127.5), 256.0))
    np.testing.assert_allclose(found[:, :2] + 0.5, expected[:, :2], atol=1e-3)
    np.testing.assert_allclose(found[:, 2], expected[:, 2], atol=1e-3)
