"""Face networks equal the reference packages on shared random weights, and on the trained ones where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.weights import resolve
from tests.oracles import compare_faces as compare


def needs(*packages: str) -> None:
    for package in packages:
        pytest.importorskip(package, reason=f"{package} is not installed: extra oracles")


def trained(name: str) -> Path:
    try:
        return resolve(name, fetch=False)
    except WeightsUnavailable as error:
        pytest.skip(str(error))


def test_arcface_alignment_and_chips_are_insightfaces() -> None:
    needs("insightface")
    for figure in compare.compare_alignment(16):
        assert figure.is_met, figure


def test_arcface_descriptors_are_insightfaces() -> None:
    needs("insightface", "onnxruntime", "onnx")
    figure = compare.compare_arcface(6)
    assert figure.is_met, figure


def test_68_landmarks_are_insightfaces() -> None:
    needs("insightface", "onnxruntime", "onnx")
    figure = compare.compare_landmarks68(6)
    assert figure.is_met, figure


def test_vggface2_descriptors_are_timms() -> None:
    needs("timm")
    figure = compare.compare_vggface2(2)
    assert figure.is_met, figure


def test_a_picture_says_the_same_in_any_batch(tmp_path: Path) -> None:
    """Some published exports mix the pictures of a batch up; ours must show it if a file does."""
    needs("onnxruntime", "onnx")
    from benchmark.features.networks.arcface import ArcFace
    from benchmark.features.networks.onnx import OnnxNetwork

    compare.save_arcface(tmp_path / "random.onnx")
    embed = ArcFace(OnnxNetwork(tmp_path / "random.onnx")).embed_chips
    chips = compare.pictures(5, 112, 112)
    alone = np.concatenate([embed(chip[None]) for chip in chips])
    np.testing.assert_allclose(embed(chips), alone, atol=1e-5)
    np.testing.assert_allclose(embed(chips[::-1]), alone[::-1], atol=1e-5)


def test_a_network_for_single_pictures_is_run_picture_by_picture(tmp_path: Path) -> None:
    needs("onnxruntime", "onnx")
    import onnx

    from benchmark.features.networks.onnx import OnnxNetwork

    compare.save_arcface(tmp_path / "any.onnx")
    model = onnx.load(str(tmp_path / "any.onnx"))
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(model, str(tmp_path / "one.onnx"))
    batch = np.random.default_rng(0).normal(size=(3, 3, 112, 112)).astype(np.float32)
    one, any_size = OnnxNetwork(tmp_path / "one.onnx"), OnnxNetwork(tmp_path / "any.onnx")
    np.testing.assert_allclose(one(batch), any_size(batch), atol=1e-6)


def test_files_that_are_no_such_network_are_refused(tmp_path: Path) -> None:
    needs("onnxruntime")
    from benchmark.features.networks.onnx import OnnxNetwork
    from feed_dataset.core.jobs.errors import FeedError

    (tmp_path / "junk.onnx").write_bytes(b"not a network at all")
    with pytest.raises(FeedError, match=r"expected an ONNX network but .*junk\.onnx"):
        OnnxNetwork(tmp_path / "junk.onnx")


def test_trained_arcface_equals_insightface() -> None:
    needs("insightface", "onnxruntime")
    from insightface.app.common import Face
    from insightface.model_zoo.arcface_onnx import ArcFaceONNX

    from benchmark.features.networks.alignment import arcface_chip
    from benchmark.features.networks.arcface import ArcFace

    path = trained("arcface-r50")
    image, points = compare.pictures(1)[0], compare.points_of_faces(1)[0]
    expected = ArcFaceONNX(str(path)).get(image[..., ::-1].copy(), Face(kps=points))
    got = ArcFace.load().embed_chips(arcface_chip(image, points)[None])[0]
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_trained_68_landmarks_equal_insightface() -> None:
    needs("insightface", "onnxruntime")
    from insightface.app.common import Face
    from insightface.model_zoo.landmark import Landmark

    from benchmark.features.networks.landmarks68 import Landmarks68

    path = trained("landmarks-1k3d68")
    image, box = compare.pictures(1)[0], np.array([60.0, 40.0, 220.0, 210.0])
    expected = Landmark(str(path)).get(image[..., ::-1].copy(), Face(bbox=box))
    np.testing.assert_allclose(Landmarks68.load().in_boxes(image[None], box[None])[0], expected, atol=1e-2)
