"""ArcFace and VGGFace2 without their weights: batching, missing faces, files; parity is in tests/oracles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmark.features.extractors.identity import ARCFACE, EXTRACTORS, VGGFACE2
from benchmark.features.networks.arcface import ArcFace
from benchmark.features.networks.vggface2 import CLASSES, DESCRIPTOR_VALUES, SeNet50, VggFace2
from benchmark.features.types.extractor import ClipInfo, Compute
from feed_dataset.core.jobs.errors import FeedError, WeightsUnavailable
from feed_dataset.core.weights import resolve
from tests.benchmark.metrics.faces import person, rotation, shoot

RNG = np.random.default_rng(0)
FRAMES = RNG.integers(0, 256, (20, 96, 96, 3), np.uint8)
LANDMARKS = np.stack([shoot(person(), rotation(2 * t), 40.0, (48, 48)) for t in range(20)]).astype(np.float32)


class Recording:
    """Stands in for a network: keeps what it was given, answers with mean and deviation of each picture."""

    def __init__(self) -> None:
        self.blobs: list[np.ndarray] = []

    def __call__(self, blob: np.ndarray) -> np.ndarray:
        self.blobs.append(blob)
        out = np.zeros((len(blob), 512), np.float32)
        out[:, 0], out[:, 1] = blob.mean(axis=(1, 2, 3)), blob.std(axis=(1, 2, 3))
        return out


@pytest.fixture(scope="module")
def senet() -> SeNet50:
    torch.manual_seed(0)
    return SeNet50().eval()


def test_arcface_gets_rgb_between_minus_one_and_one_in_batches() -> None:
    network = Recording()
    rows = ArcFace(network)(FRAMES, LANDMARKS)
    assert [blob.shape for blob in network.blobs] == [(16, 3, 112, 112), (4, 3, 112, 112)]
    assert all(blob.dtype == np.float32 and np.abs(blob).max() <= 1 for blob in network.blobs)
    assert rows.shape == (20, 512) and np.isfinite(rows).all()
    red = np.zeros((1, 112, 112, 3), np.uint8)
    red[..., 0] = 255
    ArcFace(network).embed_chips(red)
    np.testing.assert_allclose(network.blobs[-1].mean(axis=(0, 2, 3)), [1, -1, -1], atol=1e-6)


def test_frames_without_a_face_are_nan_and_do_not_shift_the_others() -> None:
    lost = LANDMARKS.copy()
    lost[[0, 7]] = np.nan
    whole, part = ArcFace(Recording())(FRAMES, LANDMARKS), ArcFace(Recording())(FRAMES, lost)
    assert np.isnan(part[[0, 7]]).all()
    kept = [t for t in range(20) if t not in (0, 7)]
    np.testing.assert_array_equal(part[kept], whole[kept])
    assert np.isnan(ArcFace(Recording())(FRAMES, np.full_like(LANDMARKS, np.nan))).all()


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="landmarks of 20 frames but got 19"):
        ArcFace(Recording())(FRAMES, LANDMARKS[:19])
    with pytest.raises(ValueError, match=r"chips \[N, 112, 112, 3\]"):
        ArcFace(Recording()).embed_chips(np.zeros((1, 150, 150, 3), np.uint8))


def test_vggface2_says_the_same_alone_and_in_a_batch(senet: SeNet50) -> None:
    embed = VggFace2(senet)
    chips = RNG.integers(0, 256, (3, 224, 224, 3), np.uint8)
    together = embed.embed_chips(chips)
    assert together.shape == (3, DESCRIPTOR_VALUES) and (together >= 0).all()  # after the last ReLU
    alone = np.concatenate([embed.embed_chips(chip[None]) for chip in chips])
    np.testing.assert_allclose(together, alone, rtol=1e-3, atol=1e-5)


def test_vggface2_has_the_published_files_tensors(senet: SeNet50, tmp_path: Path) -> None:
    state = senet.state_dict()
    assert state["conv1_7x7_s2.weight"].shape == (64, 3, 7, 7)
    assert state["conv4_6_1x1_up.bias"].shape == (1024,)
    assert state["conv5_1_1x1_proj.weight"].shape == (2048, 1024, 1, 1)
    assert state["classifier.weight"].shape == (CLASSES, DESCRIPTOR_VALUES, 1, 1)
    assert "conv4_7_3x3.weight" not in state and "conv3_2_1x1_proj.weight" not in state
    assert sum(name.endswith("weight") and value.ndim == 4 for name, value in state.items()) == 1 + 16 * 5 + 4 + 1
    old = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    torch.save(old, tmp_path / "senet50_ft_dag.pth")
    read = SeNet50.from_file(tmp_path / "senet50_ft_dag.pth")
    chip = RNG.integers(0, 256, (1, 224, 224, 3), np.uint8)
    np.testing.assert_array_equal(VggFace2(read).embed_chips(chip), VggFace2(senet).embed_chips(chip))


def test_another_network_is_refused(tmp_path: Path) -> None:
    torch.save({"conv1.weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(FeedError, match="expected the weights of the VGGFace2 SENet-50"):
        SeNet50.from_file(tmp_path / "other.pth")


def test_extractors_name_what_they_need() -> None:
    assert [one.id for one in EXTRACTORS] == ["dlib", "arcface", "vggface2"]
    assert ARCFACE.packages == ("onnxruntime",) and not VGGFACE2.packages
    assert all({"face-detector", "face-mesh"} < set(one.networks) for one in EXTRACTORS)
    assert len({one.preprocessing for one in EXTRACTORS}) == 3


def test_the_trained_vggface2_runs() -> None:
    from fractions import Fraction

    from benchmark.features.types.extractor import Batch

    try:
        resolve("vggface2-senet50", fetch=False)
        session = VGGFACE2.load(Compute())(ClipInfo(Fraction(25), 96, 96))
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    session.push(Batch(FRAMES, LANDMARKS, 0))
    assert np.isfinite(session.finish()).all()
