"""The networks compute what the published code computes, with the same weights: stage by stage, then the whole path.

Random weights make volumes that look like white noise, in which rounding in a warp grows a hundredfold. So the whole
path gets the published descriptors put back where they are stored (its own are compared first); the unaided chain,
which differs by up to 1e-3 in volumes and 1e-2 in the picture, is run with FEED_SLOW_TESTS=1.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.appearance import IdentityEncoder, LocalEncoder
from model.networks.config import preset
from model.networks.decoder import Decoder
from model.networks.emoportraits import EMOPortraits
from model.networks.layers import AdaptiveGroupNorm, channels_last
from model.networks.motion import MotionEncoder, aligned_face_crop, crop_points
from model.networks.pose import HeadPose, rotation_from_angles
from model.networks.volume import UNet3d, VolumeBlocks
from model.networks.warping import EmbeddingMixer, WarpGenerator, identity_grid, rigid_warp, sample_volume
from model.networks.winograd import use_winograd
from model.official.convert import compare, convert_network, expected_shapes
from tests.model import golden

CONFIG = preset("emoportraits")
NETWORKS: dict[str, Callable[[Any], nn.Module]] = {
    "local_encoder": LocalEncoder, "identity_encoder": IdentityEncoder, "motion_encoder": MotionEncoder,
    "mixer": EmbeddingMixer, "source_warp": WarpGenerator, "driver_warp": WarpGenerator,
    "volume_blocks": VolumeBlocks, "unet": UNet3d, "decoder": Decoder,
}  # fmt: skip
WARP = (slice(None), slice(None, None, 2), slice(None, None, 4), slice(None, None, 4))
VOLUME = (slice(None), slice(None, None, 12), *[slice(None, None, 4)] * 3)
PICTURE = (slice(None), slice(None), slice(None, None, 4), slice(None, None, 4))
SLOW = pytest.mark.skipif(
    os.environ.get("FEED_SLOW_TESTS") != "1",
    reason="what other tests see in a faster form, minutes: FEED_SLOW_TESTS=1",
)


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    return golden.outputs()


@cache
def network(name: str) -> nn.Module:
    """One of our networks with the published layout's deterministic weights, folded."""
    keys = {key: shape for key, shape in golden.shapes().items() if key in _keys_of(name)}
    net = NETWORKS[name](CONFIG)
    tensors = convert_network(golden.weights(keys), CONFIG, f"{name}.")
    net.load_state_dict({key.removeprefix(f"{name}."): value for key, value in tensors.items()})
    channels_last(net)
    return net.eval()


@cache
def _keys_of(name: str) -> frozenset[str]:
    from model.official.keys import origin

    with torch.device("meta"):
        names = [f"{name}.{key}" for key in NETWORKS[name](CONFIG).state_dict()]
    return frozenset(key for full in names for key in origin(full, CONFIG).stored_keys())


def relative(found: Tensor, expected: Tensor) -> float:
    assert found.shape == expected.shape
    return float((found - expected).abs().max() / expected.abs().max())


def grid() -> Tensor:
    return identity_grid(16, 64, 64, corner=True)


def test_every_key_of_the_published_model_is_used_or_known_to_be_constant() -> None:
    comparison = compare(golden.shapes(), CONFIG)
    assert comparison.fits and not comparison.extra
    assert len(comparison.used) == len(expected_shapes(CONFIG)) == 794
    assert len(comparison.ignored) == 12


@torch.inference_mode()
def test_mixed_embedding(published: dict[str, Tensor]) -> None:
    found = network("mixer")(golden.normal("stage/z", 1, 128), golden.normal("stage/idt", 1, 512, 4, 4))
    assert relative(found, published["stage/embed"]) < 1e-5


@pytest.mark.parametrize(("name", "key"), [("source_warp", "stage/xy_warp"), ("driver_warp", "stage/uv_warp")])
@torch.inference_mode()
def test_warping_generators(published: dict[str, Tensor], name: str, key: str) -> None:
    found = network(name)(published["stage/embed"])
    assert relative(found[WARP], published[key]) < 2e-4


@torch.inference_mode()
def test_a_single_affine_gives_another_warp(published: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    def single(self: AdaptiveGroupNorm, x: Tensor, embedding: Tensor, *, relu: bool, inplace: bool = False) -> Tensor:
        shift = (self.project_channels @ embedding @ self.project_positions)[..., None, None, None]
        weight, bias = (value.view(1, -1, 1, 1, 1) for value in (self.norm.weight, self.norm.bias))
        return F.relu(F.group_norm(x, self.norm.num_groups) * (weight + shift[:, :, 0]) + (bias + shift[:, :, 1]))

    monkeypatch.setattr(AdaptiveGroupNorm, "forward", single)
    assert relative(network("source_warp")(published["stage/embed"])[WARP], published["stage/xy_warp"]) > 0.3


@pytest.mark.parametrize("is_trained", [False, pytest.param(True, marks=SLOW)], ids=["as run", "as trained"])
@torch.inference_mode()
def test_volume_blocks_and_unet(published: dict[str, Tensor], is_trained: bool) -> None:
    volume = golden.normal("stage/volume", 1, 96, 16, 64, 64)
    for name, key in (("volume_blocks", "stage/volume_source"), ("unet", "stage/canonical_volume")):
        net = network(name)
        if not is_trained:
            use_winograd(net := copy.deepcopy(net))
        assert relative(net(volume)[VOLUME], published[key]) < 2e-4, name


@torch.inference_mode()
def test_decoder(published: dict[str, Tensor]) -> None:
    volume = golden.normal("stage/volume", 1, 96, 16, 64, 64)
    found = network("decoder")(volume, published["stage/embed"])
    assert relative(found[PICTURE], published["stage/decoder"]) < 2e-4


@torch.inference_mode()
def test_sampling_and_its_traps(published: dict[str, Tensor]) -> None:
    volume = golden.normal("stage/volume", 1, 96, 16, 64, 64)
    expected = published["stage/sampled"]
    warp = rigid_warp(grid(), published["run/target_theta"])
    # Noise has steep edges, and the matrix product of the warp rounds otherwise on other processors.
    assert relative(sample_volume(volume, warp)[VOLUME], expected) < 1e-5
    aligned = F.grid_sample(volume, warp, padding_mode="zeros", align_corners=True)
    assert relative(aligned[VOLUME], expected) > 0.3
    border = F.grid_sample(volume, warp, padding_mode="border", align_corners=False)
    assert relative(border[VOLUME], expected) > 0.1
    centred = rigid_warp(identity_grid(16, 64, 64, corner=False), published["run/target_theta"])
    assert relative(sample_volume(volume, centred)[VOLUME], expected) > 0.3


def test_head_pose_matrix(published: dict[str, Tensor]) -> None:
    scale, angles, translation = (published[f"run/srt_{part}"] for part in ("scale", "rotation", "translation"))
    pose = HeadPose(scale, rotation_from_angles(angles), translation)
    assert relative(pose.theta(), published["run/target_theta"]) < 1e-6
    other_order = HeadPose(scale, rotation_from_angles(angles.flip(1)).transpose(1, 2), translation)
    assert relative(other_order.theta(), published["run/target_theta"]) > 1e-2


@pytest.mark.parametrize("which", ["source", "target"])
def test_pose_of_a_matrix_and_back(published: dict[str, Tensor], which: str) -> None:
    theta = published[f"run/{which}_theta"]
    assert relative(HeadPose.from_theta(theta).theta(), theta) < 1e-6


@pytest.mark.parametrize(("which", "name"), [("source", "source"), ("target", "driver")])
def test_aligned_crop(published: dict[str, Tensor], which: str, name: str) -> None:
    pose = HeadPose.from_theta(published[f"run/{which}_theta"])
    found = aligned_face_crop(golden.picture(name), pose, crop_points(128))
    assert relative(found, published[f"run/{which}_img_align"]) < 1e-4


def whole_run(published: dict[str, Tensor], *, put_back: bool) -> SimpleNamespace:
    """Both passes through the model's own methods, every stage's output caught on the way."""
    with torch.device("meta"):
        model = EMOPortraits(CONFIG)
    for name in NETWORKS:
        setattr(model, name, copy.deepcopy(network(name)))
    model.volume_grid = grid()
    model.to_inference()  # what people run; the single stages above run the plain networks
    caught: dict[str, list[Tensor]] = {}
    counts: dict[str, int] = {}
    stored = {"identity_encoder": ["run/idt_embed"], "motion_encoder": ["run/z_source", "run/z_target"]}

    def watch(name: str) -> Any:
        def hook(_: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
            call = counts[name] = counts.get(name, 0) + 1
            caught.setdefault(name, []).append(output)
            caught.setdefault(f"into {name}", []).append(inputs[0])
            return published[stored[name][call - 1]] if put_back and name in stored else output

        return getattr(model, name).register_forward_hook(hook)

    handles = [watch(name) for name in NETWORKS]
    try:
        with torch.inference_mode():
            poses = (HeadPose.from_theta(published[f"run/{which}_theta"]) for which in ("source", "target"))
            identity = model.encode_source(golden.picture("source"), next(poses))
            encoded = dict(counts)
            pose, z = model.read_motion(golden.picture("driver"), next(poses))
            rendering = model.render_parts(identity, z, pose)
    finally:
        for handle in handles:
            handle.remove()
    return SimpleNamespace(
        caught=caught, counts=counts, encoded=encoded, identity=identity, rendering=rendering, pose=pose
    )


@pytest.fixture(scope="module")
def run(published: dict[str, Tensor]) -> SimpleNamespace:
    return whole_run(published, put_back=True)


def check_run(run: SimpleNamespace, published: dict[str, Tensor], volumes: float, picture: float) -> None:
    caught = run.caught
    found = {
        "run/idt_embed": caught["identity_encoder"][0],
        "run/z_source": caught["motion_encoder"][0],
        "run/z_target": caught["motion_encoder"][1],
        "run/local_encoder_out": caught["local_encoder"][0].flatten(1, 2)[:, ::96, ::4, ::4],
        "run/source_volume": caught["volume_blocks"][0][VOLUME],
        "run/source_xy_warp": run.identity.warp[WARP],
        "run/uv_warp": run.rendering.warp[WARP],
        "run/source_rotation_warp": rigid_warp(grid(), run.identity.pose.theta_inverse())[WARP],
        "run/target_rotation_warp": rigid_warp(grid(), run.pose.theta())[WARP],
        "run/volume_after_two_warps": caught["into unet"][0][VOLUME],
        "run/canonical_volume": run.identity.canonical_volume[VOLUME],
        "run/after_uv_warp": sample_volume(run.identity.canonical_volume, run.rendering.warp)[VOLUME],
        "run/aligned_target_volume": caught["into decoder"][0][VOLUME],
    }
    errors = {key: relative(value, published[key]) for key, value in found.items()}
    late = ("run/volume_after", "run/canonical", "run/after", "run/aligned")
    limits = {key: volumes if key.startswith(late) else 1e-4 for key in found}
    assert {key: error for key, error in errors.items() if error >= limits[key]} == {}
    assert (run.rendering.image[PICTURE] - published["run/output"]).abs().max() < picture


def test_whole_path(run: SimpleNamespace, published: dict[str, Tensor]) -> None:
    check_run(run, published, volumes=1e-3, picture=1e-2)


@SLOW
def test_whole_path_unaided(published: dict[str, Tensor]) -> None:
    check_run(whole_run(published, put_back=False), published, volumes=2e-3, picture=2e-2)


def test_source_is_encoded_once_and_a_frame_runs_only_what_it_needs(run: SimpleNamespace) -> None:
    per_frame = {name: run.counts[name] - run.encoded.get(name, 0) for name in NETWORKS}
    needed = {"motion_encoder", "mixer", "driver_warp", "decoder"}
    assert per_frame == {name: int(name in needed) for name in NETWORKS}
    assert run.identity.canonical_volume.shape == (1, 96, 16, 64, 64) and run.identity.z.shape == (1, 128)


@torch.inference_mode()
def test_swapped_source_warps_and_swapped_axes_are_noticed(run: SimpleNamespace, published: dict[str, Tensor]) -> None:
    volume = run.caught["volume_blocks"][0]
    rigid = rigid_warp(grid(), run.identity.pose.theta_inverse())
    swapped = sample_volume(sample_volume(volume, run.identity.warp), rigid)
    assert relative(swapped[VOLUME], published["run/volume_after_two_warps"]) > 0.5
    depth_first = run.caught["local_encoder"][0].transpose(1, 2).flatten(1, 2)
    assert relative(depth_first[:, ::96, ::4, ::4], published["run/local_encoder_out"]) > 0.5
