"""SyncNet over whole clips equals SyncNet window by window."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmark.features.lip_sync import syncnet
from benchmark.features.lip_sync.legacy_codecs import read_crop_file
from benchmark.features.lip_sync.legacy_scores import legacy_result
from benchmark.features.lip_sync.mfcc import mfcc, to_int16
from benchmark.features.lip_sync.syncnet import SyncNet, SyncNetFeatures
from feed_dataset.core.jobs.errors import FeedError, WeightsUnavailable
from feed_dataset.core.media.audio import read_audio


@pytest.fixture(scope="module")
def network() -> Iterator[SyncNet]:
    """Random layers with batch norms that do something."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = SyncNet().eval().requires_grad_(False)
        for layer in made.modules():
            if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d | torch.nn.BatchNorm3d):
                assert layer.running_mean is not None and layer.running_var is not None
                layer.running_mean.normal_(0, 0.2)
                layer.running_var.uniform_(0.5, 2.0)
                layer.weight.uniform_(0.5, 1.5)
        yield made


def _crops(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 224, 224, 3), dtype=np.uint8)


def test_lips_of_a_clip_equal_those_of_its_windows(network: SyncNet) -> None:
    crops = _crops(8)
    got = SyncNetFeatures(network).lip(crops)
    assert got.shape == (4, 1024)
    bgr = torch.from_numpy(crops[..., ::-1].copy()).float().permute(3, 0, 1, 2)
    for window in (0, 3):
        expected = network.forward_lip(bgr[None, :, window : window + 5]).numpy()[0]
        np.testing.assert_allclose(got[window], expected, atol=1e-4 * np.abs(expected).max())


def test_sound_of_a_clip_equals_that_of_its_windows(network: SyncNet) -> None:
    rows = np.random.default_rng(1).normal(0, 5, (290, 13))  # 68 windows: more than are computed at once
    got = SyncNetFeatures(network).sound(rows)
    assert got.shape == (68, 1024)
    for window in (0, 64, 67):
        part = torch.from_numpy(rows[4 * window : 4 * window + 20].T.copy()).float()
        expected = network.forward_sound(part[None, None]).numpy()[0]
        np.testing.assert_allclose(got[window], expected, atol=1e-4 * np.abs(expected).max())


def test_long_clips_are_computed_in_parts(network: SyncNet, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = SyncNetFeatures(network).lip(_crops(7))
    monkeypatch.setattr(syncnet, "LIP_WINDOWS", 2)
    np.testing.assert_allclose(SyncNetFeatures(network).lip(_crops(7)), whole, atol=1e-4 * np.abs(whole).max())


def test_too_short_material_has_no_windows(network: SyncNet) -> None:
    features = SyncNetFeatures(network)
    assert features.lip(_crops(4)).shape == (0, 1024)
    assert features.sound(np.zeros((19, 13))).shape == (0, 1024)
    with pytest.raises(ValueError, match="224"):
        features.lip(np.zeros((5, 100, 100, 3), np.uint8))


def test_names_and_size_are_those_of_the_published_file() -> None:
    state = SyncNet().state_dict()
    assert {key.split(".")[0] for key in state} == {"netcnnaud", "netfcaud", "netcnnlip", "netfclip"}
    assert tuple(state["netcnnlip.0.weight"].shape) == (96, 3, 5, 7, 7)
    assert tuple(state["netcnnaud.18.weight"].shape) == (512, 256, 5, 4)
    floats = sum(value.numel() for value in state.values() if value.is_floating_point())
    assert 54_573_114 - 4 * floats < 20_000  # the published file, less its names


def test_files_are_read_and_others_refused(network: SyncNet, tmp_path: Path) -> None:
    path = tmp_path / "syncnet_v2.model"
    state = {key: value for key, value in network.state_dict().items() if not key.endswith("num_batches_tracked")}
    torch.save(state, path)
    loaded = SyncNet.from_file(path).state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in state.items())
    del state["netfclip.3.bias"]
    torch.save(state, path)
    with pytest.raises(FeedError, match="netfclip.3.bias"):
        SyncNet.from_file(path)


def test_the_authors_example() -> None:
    """The answer in the README of github.com/joonson/syncnet_python, on its `example.avi`."""
    example = os.environ.get("FEED_SYNCNET_EXAMPLE")
    if not example:
        pytest.skip("FEED_SYNCNET_EXAMPLE does not name the authors' example.avi")
    try:
        features = SyncNetFeatures.load()
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    crops = np.stack(list(read_crop_file(example)))[..., ::-1]
    audio = read_audio(example)
    assert audio is not None and audio.sample_rate_hz == 16_000
    count = min(len(crops), len(audio.samples) // 640) - 5
    sound = features.sound(mfcc(to_int16(audio.samples)))
    result = legacy_result(features.lip(np.ascontiguousarray(crops))[:count], sound[:count])
    assert result.offset_frames == 3
    assert result.distance == pytest.approx(5.353, abs=0.03)  # the JPEG encoder is another one
    assert result.confidence == pytest.approx(10.021, abs=0.06)
