from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

from benchmark.features.networks.folding import for_inference, layout
from benchmark.features.networks.i3d import Unit3D
from benchmark.features.networks.inception import BasicConv2d, FidInceptionV3, InceptionFeatures


def lively(unit: nn.Module) -> nn.Module:
    """Batch norms whose scale, shift and statistics all count."""
    torch.manual_seed(0)
    for module in unit.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d):
            for values, low, high in ((module.weight, 0.5, 2.0), (module.bias, -1.0, 1.0)):
                nn.init.uniform_(values, low, high)
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.1, 2.0)
    return unit.eval().requires_grad_(False)


def named_pair() -> nn.Module:
    """As the VGGFace2 network names its layers."""
    convolution, norm = nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8)
    return nn.Sequential(OrderedDict(conv1=convolution, conv1_bn=norm, last=nn.Conv2d(8, 4, 1)))


@pytest.mark.parametrize(
    ("unit", "shape"),
    [
        (named_pair(), (2, 3, 9, 9)),
        (BasicConv2d(3, 8, kernel_size=3, padding=1), (2, 3, 9, 9)),
        (Unit3D(3, 8, (3, 3, 3)), (2, 3, 5, 9, 9)),
        (nn.Sequential(BasicConv2d(3, 8, kernel_size=1), BasicConv2d(8, 4, kernel_size=3)), (2, 3, 9, 9)),
    ],
)
def test_says_the_same_without_batch_norms(unit: nn.Module, shape: tuple[int, ...]) -> None:
    unit, x = lively(unit), torch.randn(*shape)
    folded = for_inference(unit)
    assert not [module for module in folded.modules() if isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d)]
    torch.testing.assert_close(folded(x.contiguous(memory_format=layout(x.ndim, "cpu"))), unit(x), rtol=1e-5, atol=1e-5)


def test_the_network_that_was_given_stays_as_it_was() -> None:
    unit = lively(BasicConv2d(3, 8, kernel_size=3))
    before = {name: value.clone() for name, value in unit.state_dict().items()}
    for_inference(unit)
    assert isinstance(unit.bn, nn.BatchNorm2d)
    assert all(torch.equal(value, before[name]) for name, value in unit.state_dict().items())


def test_a_loaded_inception_says_what_the_published_layers_say(tmp_path) -> None:
    network = lively(FidInceptionV3())
    torch.save({k: v for k, v in network.state_dict().items() if "num_batches" not in k}, tmp_path / "w.pth")
    frames = np.random.default_rng(0).integers(0, 256, (1, 40, 40, 3), dtype=np.uint8)
    plain, folded = InceptionFeatures(network)(frames), InceptionFeatures.load(tmp_path / "w.pth")(frames)
    assert np.linalg.norm(folded - plain) / np.linalg.norm(plain) < 1e-5


def test_modes_share_one_network_until_the_file_is_another(tmp_path) -> None:
    file = tmp_path / "w.pth"

    def save(seed: int) -> None:
        torch.manual_seed(seed)
        torch.save({k: v for k, v in FidInceptionV3().state_dict().items() if "num_batches" not in k}, file)

    save(0)
    one, two = (InceptionFeatures.load(file, mode=mode) for mode in ("pytorch-fid", "clean-fid"))
    assert one._network is two._network
    save(1)
    assert InceptionFeatures.load(file)._network is not one._network
