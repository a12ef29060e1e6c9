"""L_IN, L_face and L_gaze against the published layers and scales, written out with torchvision's numbering."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from feed_dataset.core.jobs.errors import FeedError
from model.networks.errors import ModelError
from model.networks.pose import HeadPose, rotation_from_angles
from model.training.losses import vgg
from model.training.losses.perceptual import FaceLoss, GazeLoss, ImageLoss, eye_masks, eye_patches, feature_l1
from model.training.paper_networks import load_perceptual

FIRST_RELU = {"vgg16": (1, 6, 11, 18, 25), "vgg19": (1, 6, 11, 20, 29)}
CONVOLUTIONS = {"vgg16": (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
                "vgg19": (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)}  # fmt: skip
POOLS = {"vgg16": (4, 9, 16, 23), "vgg19": (4, 9, 18, 27)}
NARROW = (4, 5, 6, 7, 8)
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The networks with a few channels: enough to tell layers apart."""
    monkeypatch.setattr(vgg, "STAGE_CHANNELS", NARROW)


def published(kind: str, prefix: str = "features") -> dict[str, Tensor]:
    """A file of torchvision's names; convolutions behind the last tap are there too, as in the real one."""
    channels, state = 3, {}
    for position in CONVOLUTIONS[kind]:
        after = NARROW[sum(position > pool for pool in POOLS[kind])]
        state[f"{prefix}.{position}.weight"] = torch.randn(after, channels, 3, 3) / (3 * channels**0.5)
        state[f"{prefix}.{position}.bias"] = 0.1 * torch.randn(after)
        channels = after
    return state


def reference_taps(kind: str, state: dict[str, Tensor], x: Tensor, prefix: str = "features") -> list[Tensor]:
    """torchvision's `features`, one position after the other, kept after the positions of the published losses."""
    taps = []
    for position in range(FIRST_RELU[kind][-1] + 1):
        if position in CONVOLUTIONS[kind]:
            x = F.conv2d(x, state[f"{prefix}.{position}.weight"], state[f"{prefix}.{position}.bias"], padding=1)
        elif position in POOLS[kind]:
            x = nn.MaxPool2d(2, 2)(x)
        else:
            x = x.clamp_min(0)
        if position in FIRST_RELU[kind]:
            taps.append(x)
    return taps


@pytest.mark.parametrize("kind", ["vgg16", "vgg19"])
def test_taps_are_the_first_relu_of_each_stage(kind: str, tmp_path: Path) -> None:
    state = published(kind)
    network = vgg.load_taps(kind, state, "a network", "features")  # type: ignore[arg-type]
    picture = torch.randn(1, 3, 32, 32)
    for mine, theirs in zip(network(picture), reference_taps(kind, state, picture), strict=True):
        torch.testing.assert_close(mine, theirs)
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_vgg19_comes_from_torchvisions_file(tmp_path: Path) -> None:
    torch.save(published("vgg19") | {"classifier.0.weight": torch.zeros(1)}, tmp_path / "vgg19.pth")
    assert vgg.load_vgg19(tmp_path / "vgg19.pth").kind == "vgg19"
    torch.save({"features.0.weight": torch.zeros(4, 3, 3, 3)}, tmp_path / "other.pth")
    with pytest.raises(FeedError, match=r"features\.0\.bias is missing; is it another file"):
        vgg.load_vgg19(tmp_path / "other.pth")


def test_vggface_comes_from_the_oxford_file(tmp_path: Path) -> None:
    state, names = (
        published("vgg16"),
        iter(
            f"conv{stage}_{number}" for stage, count in enumerate((2, 2, 3, 3, 3), 1) for number in range(1, count + 1)
        ),
    )
    oxford = {}
    for position in CONVOLUTIONS["vgg16"]:
        name = next(names)
        for part in ("weight", "bias"):
            oxford[f"{name}.{part}"] = state[f"features.{position}.{part}"]
    torch.save(oxford, tmp_path / "vgg_face_dag.pth")
    picture = torch.randn(1, 3, 32, 32)
    taps = vgg.load_vggface(tmp_path / "vgg_face_dag.pth")(picture)
    torch.testing.assert_close(taps[-1], reference_taps("vgg16", state, picture)[-1])


def test_feature_l1_is_a_weighted_sum_of_means() -> None:
    maps = [torch.rand(1, 2, 4, 4), torch.rand(1, 3, 2, 2)]
    others = [torch.rand(1, 2, 4, 4), torch.rand(1, 3, 2, 2)]
    expected = sum(w * (a - b).abs().mean().item() for w, a, b in zip((0.5, 2.0), maps, others, strict=True))
    assert feature_l1(maps, others, (0.5, 2.0)).item() == pytest.approx(expected, rel=1e-5)


def test_image_loss_averages_halved_pictures_and_equal_layers() -> None:
    state = published("vgg19")
    prediction, target = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    expected, mine, theirs = 0.0, prediction, target
    for _ in range(2):
        pairs = zip(*(reference_taps("vgg19", state, (x - MEAN) / STD) for x in (mine, theirs)), strict=True)
        expected += sum(0.2 * (a - b).abs().mean().item() for a, b in pairs) / 2
        mine, theirs = (
            F.interpolate(x, scale_factor=0.5, mode="bilinear", align_corners=False) for x in (mine, theirs)
        )
    loss = ImageLoss(vgg.load_taps("vgg19", state, "a network", "features"), scales=2)
    assert loss(prediction, target).item() == pytest.approx(expected, rel=1e-4)
    assert loss(target, target) == 0
    with pytest.raises(ModelError, match="expected pictures of at least 64 px for 3 scales but got 32 px"):
        ImageLoss(loss.network, scales=3)(prediction, target)


def pose(count: int) -> HeadPose:
    angles = 0.3 * torch.randn(count, 3)
    return HeadPose(1 + 0.1 * torch.rand(count, 3), rotation_from_angles(angles), 0.1 * torch.randn(count, 3))


def test_face_loss_compares_the_same_aligned_crop_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.training.losses.perceptual.FACE_PX", (32, 16))
    state, poses = published("vgg16"), pose(2)
    prediction, target = torch.rand(2, 3, 48, 48), torch.rand(2, 3, 48, 48)
    axis = torch.linspace(-0.5, 0.5, 128)  # the central half of the canonical frame, corners included
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    canonical = torch.stack([x, y, torch.ones_like(x)], dim=-1).view(-1, 3)
    crops = []
    for pictures in (prediction, target):
        rows = []
        for i in range(2):
            inverse = torch.linalg.inv(poses.theta()[i])[[0, 1, 3]][:, [0, 1, 3]]
            grid = (canonical @ inverse.T)[:, :2].view(1, 128, 128, 2)
            rows.append(F.grid_sample(pictures[i : i + 1], grid, align_corners=False))
        crops.append(torch.cat(rows))
    expected = 0.0
    for side in (32, 16):
        sized = [F.interpolate(crop, (side, side), mode="bilinear", align_corners=False) for crop in crops]
        pairs = zip(*(reference_taps("vgg16", state, (s - MEAN) / STD) for s in sized), strict=True)
        weights = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1)
        expected += sum(w * (a - b).abs().mean().item() for w, (a, b) in zip(weights, pairs, strict=True)) / 2
    loss = FaceLoss(vgg.load_taps("vgg16", state, "a network", "features"))
    assert loss(prediction, target, poses).item() == pytest.approx(expected, rel=1e-3)


def eyes() -> Tensor:  # [1, 68, 2] with eyes of 0.2 x 0.08 at (-0.3, -0.2) and (0.3, -0.2)
    landmarks = torch.zeros(1, 68, 2)
    outline = torch.tensor([(-0.1, 0.0), (-0.04, -0.04), (0.04, -0.04), (0.1, 0.0), (0.04, 0.04), (-0.04, 0.04)])
    landmarks[0, 36:42] = outline + torch.tensor([-0.3, -0.2])
    landmarks[0, 42:48] = outline + torch.tensor([0.3, -0.2])
    return landmarks


def test_eye_patches_show_the_eyes() -> None:
    picture = torch.zeros(1, 3, 200, 200)
    picture[0, 0, 79:81, 69:71] = 1  # the middle of the first eye, red
    picture[0, 1, 79:81, 129:131] = 1  # of the second, green
    first, second = eye_patches(picture, eyes())
    assert first.shape == second.shape == (1, 3, 36, 60)
    assert first[0, 0, 17:19, 29:31].min() > 0.4 and first[0, 1].max() == 0
    assert second[0, 1, 17:19, 29:31].min() > 0.4 and second[0, 0].max() == 0
    # 1.5 times the eye's 0.2 wide: its corners are a third of the half width off the patch's border.
    x = torch.linspace(-1, 1, 400).expand(1, 3, 400, 400)
    across = eye_patches(x, eyes())[1][0, 0, 0]
    assert (across[-1] - across[0]).item() == pytest.approx(0.3 * 59 / 60, abs=1e-2)


def test_gaze_loss_sees_each_eye_and_its_mirror_image_with_both_trunks() -> None:
    state = published("vgg16", "left_features") | published("vgg16", "right_features")
    trunks = vgg.GazeTaps(*(vgg.load_taps("vgg16", state, "gaze", f"{side}_features") for side in ("left", "right")))
    prediction, target, landmarks = torch.rand(1, 3, 96, 96), torch.rand(1, 3, 96, 96), eyes()
    patches = [
        eye_patches(F.interpolate(x, (224, 224), mode="bicubic", align_corners=False), landmarks)
        for x in (prediction, target)
    ]
    expected = 0.0
    views = (("left", 0, False), ("right", 1, False), ("left", 1, True), ("right", 0, True))
    for side, eye, flipped in views:
        seen = [pair[eye].flip(-1) if flipped else pair[eye] for pair in patches]
        pairs = zip(*(reference_taps("vgg16", state, x, f"{side}_features") for x in seen), strict=True)
        weights = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1)
        expected += sum(w * (a - b).abs().mean().item() for w, (a, b) in zip(weights, pairs, strict=True)) / 4
    assert GazeLoss(trunks)(prediction, target, landmarks).item() == pytest.approx(expected, rel=1e-3)


def test_gradients_of_the_gaze_loss_stay_inside_the_eyes() -> None:
    state = published("vgg16", "left_features") | published("vgg16", "right_features")
    trunks = vgg.GazeTaps(*(vgg.load_taps("vgg16", state, "gaze", f"{side}_features") for side in ("left", "right")))
    prediction = torch.rand(1, 3, 224, 224, requires_grad=True)
    GazeLoss(trunks)(prediction, torch.rand(1, 3, 224, 224), eyes()).backward()
    assert prediction.grad is not None
    moved = prediction.grad.abs().amax(1, keepdim=True) > 0
    inside = eye_masks(eyes(), 224) > 0
    assert moved.any() and not (moved & ~inside).any()
    assert 0.004 < inside.float().mean() < 0.02  # two eyes of 0.2 x 0.08 in a picture of 2 x 2, widened


def test_networks_come_through_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each loss reads its own file; terms without a network, and those that are not computed, read none."""
    gaze = published("vgg16", "left_features") | published("vgg16", "right_features")
    names = {f"conv{s}_{n}": s for s, count in enumerate((2, 2, 3, 3, 3), 1) for n in range(1, count + 1)}
    face = {}
    for name, position in zip(names, CONVOLUTIONS["vgg16"], strict=True):
        for part in ("weight", "bias"):
            face[f"{name}.{part}"] = gaze[f"left_features.{position}.{part}"]
    files = {"vgg19": published("vgg19"), "vggface-vgg16": face, "gaze-vgg16": gaze}
    for name, state in files.items():
        torch.save(state, tmp_path / name)
    monkeypatch.setattr("model.training.paper_networks.resolve", lambda name, fetch=True: tmp_path / name)
    losses = load_perceptual(("image", "face", "gaze", "cos"), image_scales=2)
    assert losses.image is not None and losses.face is not None and losses.gaze is not None
    assert losses.image.scales == 2 and len(losses.modules) == 3
    torch.testing.assert_close(losses.gaze.right.conv1_1.weight, gaze["right_features.0.weight"])
    torch.testing.assert_close(losses.gaze.left.conv5_1.weight, losses.face.network.conv5_1.weight)
    torch.testing.assert_close(losses.image.network.conv3_4.weight, files["vgg19"]["features.16.weight"])
    assert load_perceptual(("cos",), image_scales=2).modules == ()
