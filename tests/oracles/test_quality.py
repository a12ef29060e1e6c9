"""Quality without a reference equals pyiqa's own answers on the same weights, and nothing is fetched on the way."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.features.networks import image_quality
from benchmark.features.networks.image_quality import QualityOfFrames, whole_frame
from feed_dataset.core.jobs.errors import FeedError
from tests.oracles.compare_images import pairs

pytest.importorskip("pyiqa", reason="pyiqa is not installed: extra quality")
NETWORKS = {
    "topiq_nr": "build_topiq",
    "topiq_iaa": "build_topiq_aesthetic",
    "musiq": "build_musiq",
    "clipiqa": "build_clip_iqa",
}


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise AssertionError("something wanted the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("name", NETWORKS)
def test_equal_to_the_package_on_random_weights(name: str, tmp_path: Path) -> None:
    from tests.oracles.compare_quality import as_published

    if name == "clipiqa":
        pytest.importorskip("pkg_resources", reason="openai-clip needs pkg_resources: setuptools < 81")
    path = tmp_path / "weights.pth"
    expected = as_published(name, path)
    network = getattr(image_quality, NETWORKS[name])(path).eval()
    frames = pairs(2, 96)[1][:, :, :80]
    values = QualityOfFrames(network, whole_frame, needs_face=False)(frames, np.full((2, 468, 3), np.nan))
    assert values[:, 0] == pytest.approx(expected(frames), abs=1e-6)
    assert abs(values[0, 0] - values[1, 0]) > 1e-6


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    import torch

    torch.save({"params": {"layer.weight": torch.zeros(3)}}, tmp_path / "other.pth")
    with pytest.raises(FeedError, match="tensors differ"):
        image_quality.build_topiq(tmp_path / "other.pth")
    torch.save({"layer.weight": torch.zeros(3)}, tmp_path / "bare.pth")
    with pytest.raises(FeedError, match="under 'params'"):
        image_quality.build_topiq(tmp_path / "bare.pth")


def test_faces_lie_where_the_package_aligns_them() -> None:
    """facexlib's helper, given the five points, cuts out the face that the network is shown."""
    from facexlib.utils.face_restoration_helper import FaceRestoreHelper

    from benchmark.features.networks.alignment import five_points
    from tests.benchmark.metrics.faces import person, rotation, shoot

    helper = FaceRestoreHelper.__new__(FaceRestoreHelper)  # its constructor fetches a face detector
    template = image_quality.FACE_POINTS
    helper.face_template, helper.face_size, helper.pad_input_imgs = template, (512, 512), []
    points = shoot(person(), rotation(8, 4, 12))
    frame = pairs(1, 256)[0][0]
    helper.input_img, helper.pad_blur, helper.save_ext = frame[..., ::-1], False, "png"
    helper.all_landmarks_5, helper.affine_matrices, helper.cropped_faces = [five_points(points)], [], []
    helper.align_warp_face()
    ours, theirs = image_quality.aligned_face(frame, points), helper.cropped_faces[0][..., ::-1]
    assert ours.shape == theirs.shape
    assert np.abs(ours.astype(float) - theirs).mean() < 12  # facexlib leaves out points that fit badly
