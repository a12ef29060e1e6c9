from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from torch import nn

from benchmark.features.networks.inception import BasicConv2d, FidInceptionV3, InceptionFeatures, _average_pool
from benchmark.features.networks.inception_input import PREPARE, input_of
from feed_dataset.core.jobs.errors import FeedError


@pytest.fixture(scope="module")
def network() -> FidInceptionV3:
    torch.manual_seed(0)
    network = FidInceptionV3()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_var, 0.1, 0.3)  # keeps activations in range
    return network.eval().requires_grad_(False)


def test_keys_and_sizes_of_the_published_state_dict(network: FidInceptionV3) -> None:
    state = {k: v for k, v in network.state_dict().items() if "num_batches_tracked" not in k}
    assert len(state) == 94 * 5 + 2  # 94 convolutions with batch norm, one linear layer
    assert sum(v.numel() for v in network.parameters()) == 23_834_568 + 8 * 2049
    # torchvision's, without its auxiliary head, has 1000 classes instead of 1008
    assert state["Conv2d_1a_3x3.conv.weight"].shape == (32, 3, 3, 3)
    assert state["Mixed_5b.branch_pool.bn.running_mean"].shape == (32,)
    assert state["Mixed_6c.branch7x7dbl_4.conv.weight"].shape == (160, 160, 7, 1)
    assert state["Mixed_7c.branch3x3dbl_3b.conv.weight"].shape == (384, 384, 3, 1)
    assert state["fc.weight"].shape == (1008, 2048)


def test_a_file_round_trips_and_others_are_refused(network: FidInceptionV3, tmp_path) -> None:
    state = {k: v for k, v in network.state_dict().items() if "num_batches_tracked" not in k}
    torch.save(state, tmp_path / "w.pth")
    loaded = FidInceptionV3.from_file(tmp_path / "w.pth")
    assert not loaded.training
    assert all(torch.equal(loaded.state_dict()[key], value) for key, value in state.items())
    state["fc.weight"] = torch.zeros(1000, 2048)
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(FeedError, match="fc.weight"):
        FidInceptionV3.from_file(tmp_path / "other.pth")


def test_average_pool_leaves_the_padding_out() -> None:
    assert torch.allclose(_average_pool(torch.ones(1, 1, 4, 4)), torch.ones(1, 1, 4, 4))


@torch.no_grad()
def test_an_average_may_follow_a_convolution_of_single_pixels() -> None:
    torch.manual_seed(0)
    branch = BasicConv2d(6, 4, kernel_size=1)
    branch.bn.running_mean.uniform_(-1, 1)
    nn.init.uniform_(branch.bn.bias, -1, 1)
    x = torch.rand(2, 6, 5, 7)
    expected = branch.eval()(_average_pool(x))
    assert 0 < (expected == 0).float().mean() < 1
    torch.testing.assert_close(branch.of_average(x), expected)


def test_the_last_block_pools_by_maximum(network: FidInceptionV3) -> None:
    assert (network.Mixed_7b.max_pool, network.Mixed_7c.max_pool) == (False, True)


def test_modes_share_an_input_exactly_where_it_is_the_same() -> None:
    random = np.random.default_rng(0)
    for side in ((299, 299), (299, 300), (64, 64)):
        frames = random.integers(0, 256, (2, *side, 3), dtype=np.uint8)
        for one, two in combinations(PREPARE, 2):
            is_same = torch.equal(PREPARE[one](frames, "cpu"), PREPARE[two](frames, "cpu"))
            assert is_same == (input_of(one, *side) == input_of(two, *side)), (one, two, side)


@pytest.mark.parametrize(("side_px", "passes"), [(299, 2), (64, 3)])
def test_modes_of_one_input_share_a_pass(side_px: int, passes: int) -> None:
    network = Counting()
    frames = np.random.default_rng(0).integers(0, 256, (3, side_px, side_px, 3), dtype=np.uint8)
    shared = {mode: InceptionFeatures(network, mode=mode, batch_size=2)(frames) for mode in PREPARE}
    assert network.images == passes * len(frames)
    for mode, features in shared.items():
        np.testing.assert_array_equal(features, InceptionFeatures(Counting(), mode=mode, batch_size=2)(frames))


class Counting(nn.Module):
    """Features that follow the input; counts the images that pass."""

    def __init__(self) -> None:
        super().__init__()
        self.images = 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.images += len(images)
        return images.mean(dim=(1, 3)).repeat(1, 7)[:, :2048]


def test_features_do_not_depend_on_the_batch(network: FidInceptionV3) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3), dtype=np.uint8)
    one, two = (InceptionFeatures(network, batch_size=n)(frames) for n in (1, 2))
    assert one.shape == (2, 2048)
    assert one.dtype == np.float32
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)
    assert np.abs(one[0] - one[1]).max() > 1e-3
    with pytest.raises(ValueError, match="uint8"):
        InceptionFeatures(network)(frames.astype(np.float32))


def test_preparations_differ_as_their_cards_say() -> None:
    ramp = np.zeros((1, 4, 598, 3), dtype=np.uint8)
    ramp[:, :, ::2] = 255  # stripes of one pixel
    plain, clean, tensorflow = (PREPARE[mode](ramp, "cpu") for mode in ("pytorch-fid", "clean-fid", "torch-fidelity"))
    for prepared in (plain, clean, tensorflow):
        assert prepared.shape == (1, 3, 299, 299)
        assert prepared.dtype == torch.float32
    # Half-pixel centres average the two stripes; the antialiased bicubic does too, but for the edges.
    torch.testing.assert_close(plain, torch.zeros_like(plain), atol=1e-5, rtol=0)
    torch.testing.assert_close(clean[..., 9:-9], torch.full_like(clean[..., 9:-9], -0.5 / 128), atol=1e-5, rtol=0)
    # TensorFlow 1 reads every second pixel: stripes of 255 only.
    torch.testing.assert_close(tensorflow, torch.full_like(tensorflow, 127 / 128))


@pytest.mark.parametrize("mode", list(PREPARE))
@pytest.mark.parametrize("size", [(64, 80), (512, 400), (299, 299)])
def test_a_frame_is_prepared_alike_alone_and_among_others(mode: str, size: tuple[int, int]) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    assert torch.equal(PREPARE[mode](frames, "cpu")[1:], PREPARE[mode](frames[1:], "cpu"))


@pytest.mark.parametrize("mode", list(PREPARE))
def test_frames_of_the_networks_size_are_not_resampled(mode: str) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 299, 299, 3), dtype=np.uint8)
    planes = torch.from_numpy(frames).permute(0, 3, 1, 2).float()
    expected = planes / 127.5 - 1 if mode == "pytorch-fid" else (planes - 128) / 128
    torch.testing.assert_close(PREPARE[mode](frames, "cpu"), expected, rtol=0, atol=1e-6)


def test_bfloat16_drifts_by_less_than_five_percent(network: FidInceptionV3) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (1, 40, 40, 3), dtype=np.uint8)
    exact, fast = (InceptionFeatures(network, precision=p)(frames) for p in ("float32", "bfloat16"))
    drift = np.linalg.norm(exact - fast) / np.linalg.norm(exact)
    assert 0 < drift < 0.05


def test_an_unknown_mode_is_refused(network: FidInceptionV3) -> None:
    with pytest.raises(ValueError, match="clean-fid"):
        InceptionFeatures(network, mode="clean")
