"""The head-pose network against torchvision's ResNet-18, with shared random weights in the published file's layout."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

torchvision = pytest.importorskip("torchvision", reason="the reference is torchvision's ResNet-18")

from model.networks.config import preset  # noqa: E402
from model.networks.pose import HeadPoseNet, rotation_from_angles  # noqa: E402
from model.official.convert import convert_pose_net  # noqa: E402


@torch.inference_mode()
def test_same_numbers_as_torchvision_and_the_published_clamp() -> None:
    torch.manual_seed(0)
    reference = torchvision.models.resnet18(num_classes=9).eval()
    for module in reference.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    reference.fc.weight.mul_(20)  # angles beyond the clamped range on both sides
    config = preset("emoportraits")
    ours = HeadPoseNet(config).eval()
    tensors = convert_pose_net(reference.state_dict(), config)
    ours.load_state_dict({name.removeprefix("pose_net."): value for name, value in tensors.items()})
    pictures = torch.rand(6, 3, 512, 512) * torch.rand(6, 3, 1, 1)
    small = F.interpolate(pictures, (128, 128), mode="bilinear", align_corners=False)
    scale, angles, translation = reference(small).split(3, dim=1)
    assert angles.max() > torch.pi or angles.min() < -torch.pi / 2
    pose = ours(pictures)
    torch.testing.assert_close(pose.scale, scale, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(pose.translation, translation, atol=1e-4, rtol=1e-4)
    expected = rotation_from_angles(angles.clamp(-torch.pi / 2, torch.pi))
    torch.testing.assert_close(pose.rotation, expected, atol=1e-4, rtol=0)
