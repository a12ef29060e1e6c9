from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from benchmark.features.extractors.i3d import I3D, WindowSession
from benchmark.features.networks.i3d import CLASSES, I3dFeatures, InceptionI3d, Unit3D, pad_same, resize_frames
from benchmark.features.types.extractor import Batch, ClipInfo, Compute
from feed_dataset.core.jobs.errors import FeedError


@pytest.fixture(scope="module")
def network() -> InceptionI3d:
    torch.manual_seed(0)
    network = InceptionI3d()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            nn.init.uniform_(module.running_var, 0.05, 0.2)
    return network.eval().requires_grad_(False)


def test_keys_and_sizes_of_the_published_state_dict(network: InceptionI3d) -> None:
    state = network.state_dict()
    assert len(state) == 57 * 6 + 2  # 57 convolutions with batch norm, the classifier
    assert sum(v.numel() for v in network.parameters()) == 12_697_264
    assert state["Conv3d_1a_7x7.conv3d.weight"].shape == (64, 3, 7, 7, 7)
    assert state["Mixed_4b.b2b.bn.running_var"].shape == (48,)
    assert state["Mixed_5c.b1b.conv3d.weight"].shape == (384, 192, 3, 3, 3)
    assert state["logits.conv3d.weight"].shape == (400, 1024, 1, 1, 1)
    assert state["logits.conv3d.bias"].shape == (400,)


def test_a_file_round_trips_and_others_are_refused(network: InceptionI3d, tmp_path) -> None:
    torch.save(network.state_dict(), tmp_path / "w.pt")
    loaded = InceptionI3d.from_file(tmp_path / "w.pt")
    assert not loaded.training
    assert all(torch.equal(loaded.state_dict()[key], value) for key, value in network.state_dict().items())
    torch.save({"Conv3d_1a_7x7.conv3d.weight": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(FeedError, match="I3D"):
        InceptionI3d.from_file(tmp_path / "other.pt")


@pytest.mark.parametrize("size", [5, 6, 7, 8, 16])
@pytest.mark.parametrize(("kernel", "stride"), [(7, 2), (3, 2), (3, 1), (2, 2), (1, 1)])
def test_padding_is_tensorflows_same(size: int, kernel: int, stride: int) -> None:
    """ceil(size / stride) outputs, of which output i is centred on input i * stride, the odd zero behind."""
    x = torch.arange(1.0, size + 1).view(1, 1, size, 1, 1)
    padded = pad_same(x, (kernel, 1, 1), (stride, 1, 1))
    outputs = (padded.shape[2] - kernel) // stride + 1
    assert outputs == math.ceil(size / stride)
    values = padded.flatten()
    front = int((values == 1).nonzero()[0])
    behind = padded.shape[2] - size - front
    assert behind - front in (0, 1)


def test_unit_is_a_convolution_with_zeros_around(network: InceptionI3d) -> None:
    """Against numbers that are summed by hand."""
    unit = Unit3D(1, 1, (3, 3, 3), last=True)
    nn.init.ones_(unit.conv3d.weight)
    nn.init.zeros_(unit.conv3d.bias)
    x = torch.rand(1, 1, 4, 4, 4)
    assert unit(x)[0, 0, 0, 0, 0].item() == pytest.approx(x[0, 0, :2, :2, :2].sum().item())
    assert unit(x)[0, 0, 1, 2, 2].item() == pytest.approx(x[0, 0, 0:3, 1:4, 1:4].sum().item())


def test_frames_are_resized_whole_without_antialiasing() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (1, 224, 448, 3), dtype=np.uint8)
    prepared = resize_frames(frames)
    pairs = frames.reshape(1, 224, 224, 2, 3).astype(np.float64).mean(axis=3)  # half-pixel centres: pairs of columns
    np.testing.assert_allclose(prepared.permute(0, 2, 3, 1), 2 * pairs / 255 - 1, atol=1e-6)


class Recording:
    """In place of the network: what it is asked about."""

    def __init__(self) -> None:
        self.windows: list[torch.Tensor] = []

    def prepare(self, frames: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(frames[:, :1, :1].astype(np.float32)).permute(0, 3, 1, 2)

    def __call__(self, window: torch.Tensor) -> np.ndarray:
        self.windows.append(window)
        return np.full(CLASSES, float(window[0, 0, 0, 0]), dtype=np.float32)


def batches(n: int, size: int) -> list[Batch]:
    frames = np.repeat(np.arange(n, dtype=np.uint8), 4 * 4 * 3).reshape(n, 4, 4, 3)
    landmarks = np.zeros((n, 468, 3), dtype=np.float32)
    return [Batch(frames[i : i + size], landmarks[i : i + size], i) for i in range(0, n, size)]


@pytest.mark.parametrize("batch", [1, 7, 16, 40])
def test_windows_do_not_depend_on_batches(batch: int) -> None:
    network = Recording()
    session = WindowSession(network)  # type: ignore[arg-type]
    for one in batches(37, batch):
        session.push(one)
    rows = session.finish()
    assert rows.shape == (2, CLASSES)  # 0 to 15, 16 to 31; five frames are left over
    np.testing.assert_array_equal(rows[:, 0], [0, 16])
    assert [window.shape[0] for window in network.windows] == [16, 16]


def test_a_short_clip_has_no_window() -> None:
    session = WindowSession(Recording())  # type: ignore[arg-type]
    for one in batches(15, 4):
        session.push(one)
    assert session.finish().shape == (0, CLASSES)


def test_logits_of_a_window(network: InceptionI3d) -> None:
    features = I3dFeatures(network)
    random = np.random.default_rng(0)
    first, second = (features.prepare(random.integers(0, 256, (16, 30, 30, 3), dtype=np.uint8)) for _ in range(2))
    logits = features(first)
    assert logits.shape == (CLASSES,)
    assert logits.dtype == np.float32
    assert np.abs(logits - features(second)).max() > 1e-4
    reverse = features(first.flip(0))
    assert np.abs(logits - reverse).max() > 1e-4  # it sees the order of the frames
    with pytest.raises(ValueError, match="expected a window"):
        features(first[:8])


def test_the_extractor_runs_from_a_file(network: InceptionI3d, tmp_path, monkeypatch) -> None:
    torch.save(network.state_dict(), tmp_path / "i3d_pretrained_400.pt")
    monkeypatch.setattr("feed_dataset.core.weights.resolve", lambda name: tmp_path / "i3d_pretrained_400.pt")
    session = I3D.load(Compute())(ClipInfo(Fraction(25), 4, 4))
    for one in batches(16, 16):
        session.push(one)
    assert session.finish().shape == (1, CLASSES)
