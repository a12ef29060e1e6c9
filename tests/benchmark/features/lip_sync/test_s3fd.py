"""S3FD: anchors, suppression, the published file's names."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.features.lip_sync.s3fd import S3FD, S3fdDetector, suppress


@pytest.fixture(scope="module")
def network() -> S3FD:
    """All zeros but for the heads' biases: every anchor is a face as it stands."""
    made = S3FD()
    for parameter in made.parameters():
        torch.nn.init.zeros_(parameter)
    for head in made.conf:
        assert isinstance(head, torch.nn.Conv2d) and head.bias is not None
        head.bias.data[-1] = 3.0
    return made.eval().requires_grad_(False)


def test_anchors_lie_on_their_grids(network: S3FD) -> None:
    with torch.inference_mode():
        boxes, scores = network(torch.zeros(1, 3, 64, 96))
    assert boxes.shape[1] == scores.shape[1] == 16 * 24 + 8 * 12 + 4 * 6 + 2 * 3 + 1 * 2 + 1
    pixels = boxes[0].numpy() * np.array([96, 64, 96, 64])
    np.testing.assert_allclose(pixels[0], [2 - 8, 2 - 8, 2 + 8, 2 + 8], atol=1e-4)  # stride 4, anchor 16
    np.testing.assert_allclose(pixels[16 * 24 + 13], [4 + 8 - 16, 4 + 8 - 16, 28, 28], atol=1e-4)  # stride 8, row 1
    np.testing.assert_allclose(scores.numpy(), 1 / (1 + np.exp(-3.0)), atol=1e-6)


def test_boxes_come_in_pixels_of_the_picture(network: S3FD) -> None:
    found = S3fdDetector(network)(np.zeros((256, 384, 3), np.uint8))
    assert found.shape[1] == 5 and len(found) > 1
    assert np.allclose(found[:, 4], 1 / (1 + np.exp(-3.0)))
    first = found[0, 2:4] - found[0, :2]
    np.testing.assert_allclose(first, [64, 64], atol=1e-3)  # 16 px at a quarter of the size


def test_unsure_detections_are_none(network: S3FD) -> None:
    unsure = S3FD()
    unsure.load_state_dict(network.state_dict())
    for head in unsure.conf:
        assert isinstance(head, torch.nn.Conv2d) and head.bias is not None
        head.bias.data[-1] = 2.0  # 0.88
    assert S3fdDetector(unsure.eval())(np.zeros((128, 128, 3), np.uint8)).shape == (0, 5)


def test_suppression_keeps_the_best_of_what_overlaps() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [0, 0, 9, 10]], dtype=float)
    assert suppress(boxes, np.array([0.5, 0.9, 0.7, 0.6]), 0.3).tolist() == [1, 2]
    assert suppress(boxes[:0], np.zeros(0), 0.3).tolist() == []


def test_names_and_size_are_those_of_the_published_file() -> None:
    state = S3FD().state_dict()
    named = {"vgg.0.weight", "vgg.33.bias", "L2Norm3_3.weight", "extras.3.bias", "loc.5.weight", "conf.0.bias"}
    assert named <= set(state)
    assert tuple(state["conf.0.weight"].shape) == (4, 256, 3, 3)
    assert 0 < 89_844_381 - 4 * sum(value.numel() for value in state.values()) < 20_000
