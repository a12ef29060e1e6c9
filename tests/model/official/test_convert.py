"""A published checkpoint to a model folder, with a small model in the published layout."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from model.cli import main
from model.networks.checkpoint import CONFIG_FILE
from model.networks.config import PRESETS, ModelConfig
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.official.convert import compare, convert, convert_pose_net, expected_shapes
from model.official.fold import spectral_weight, standardised_weight
from model.official.keys import torchvision_name
from model.official.sizes import read_sizes
from tests.model import golden

SMALL = dataclasses.replace(
    ModelConfig(),
    image_size_px=32, volume_size=16, volume_depth=4, volume_channels=8, encoder_channels=(8, 16),
    identity_stage_blocks=(2, 2, 2, 2), identity_width=8, identity_image_px=32, motion_crop_px=32, motion_width=8,
    pose_image_px=32, pose_width=8, z_dim=8, embed_channels=16, warp_channels=(8, 8), unet_channels=(8, 8, 16),
    decoder_channels=16, decoder_blocks=1, decoder_image_channels=(8,), norm_groups=4,
)  # fmt: skip


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> ModelConfig:
    """The published layout at a size for unit tests, under the paper's name."""
    monkeypatch.setitem(PRESETS, "emoportraits", SMALL)
    return SMALL


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    return golden.weights(expected_shapes(SMALL))


@pytest.fixture(scope="module")
def regressor() -> dict[str, Tensor]:
    """A head-pose file in torchvision's names."""
    torch.manual_seed(3)
    state = EMOPortraits(SMALL).pose_net.state_dict()
    names = {name: name.removeprefix("trunk.").rsplit(".", 1) for name in state}
    return {f"{torchvision_name(layer)}.{leaf}": state[name] for name, (layer, leaf) in names.items()}


def shapes_of(state: dict[str, Tensor]) -> dict[str, list[int]]:
    return {key: list(value.shape) for key, value in state.items()}


@pytest.mark.parametrize("layer", [nn.Conv2d(3, 5, 3), nn.Conv3d(2, 4, 3), nn.Linear(6, 3)], ids=["2d", "3d", "linear"])
def test_folded_spectral_norm_is_what_the_wrapped_layer_computes(layer: nn.Module) -> None:
    wrapped = nn.utils.spectral_norm(layer)
    for _ in range(3):
        wrapped(torch.randn(2, *layer.weight.shape[1:]))  # power iterations
    wrapped.eval()
    wrapped(torch.randn(2, *layer.weight.shape[1:]))
    state = wrapped.state_dict()
    folded = spectral_weight(state["weight_orig"], state["weight_u"], state["weight_v"])
    torch.testing.assert_close(folded, wrapped.weight)


def test_standardised_filters_have_no_mean_and_unit_unbiased_deviation() -> None:
    weight = standardised_weight(3 + 2 * torch.randn(6, 4, 3, 3)).flatten(1)
    torch.testing.assert_close(weight.mean(dim=1), torch.zeros(6), atol=1e-6, rtol=0)
    torch.testing.assert_close(weight.std(dim=1, correction=1), torch.ones(6), atol=1e-4, rtol=0)


def test_converted_weights_fill_the_model_exactly(published: dict[str, Tensor], regressor: dict[str, Tensor]) -> None:
    tensors = convert(published, SMALL) | convert_pose_net(regressor, SMALL)
    model = EMOPortraits(SMALL)
    assert tensors.keys() == model.state_dict().keys()
    model.load_state_dict(tensors)


def test_head_pose_file_without_batch_counters_is_enough(regressor: dict[str, Tensor]) -> None:
    old = {key: value for key, value in regressor.items() if not key.endswith("num_batches_tracked")}
    assert convert_pose_net(old, SMALL).keys() == convert_pose_net(regressor, SMALL).keys()


def test_training_keys_and_constants_are_ignored_and_others_are_named(published: dict[str, Tensor]) -> None:
    shapes = shapes_of(published)
    shapes |= {"discriminator_ds.net_0512.blocks.0.main.0.weight": [1], "bn.running_mean": [512], "colour.weight": [3]}
    comparison = compare(shapes, SMALL)
    assert comparison.fits and comparison.extra == ("colour.weight",) and len(comparison.ignored) == 2


def test_differing_keys_are_named(published: dict[str, Tensor]) -> None:
    broken = dict(published)
    del broken["volume_process_nw.head.0.bias"]
    broken["pose_unsqueeze_nw.weight"] = torch.zeros(2, 2)
    broken["decoder_nw.projector.u.0"] = torch.zeros(3)  # of the adaptive decoder: other pictures without it
    with pytest.raises(ModelError) as error:
        convert(broken, SMALL)
    message = str(error.value)
    assert "1 missing: volume_process_nw.head.0.bias" in message
    assert "1 of another shape: pose_unsqueeze_nw.weight [2, 2] instead of [256, 8]" in message
    assert "1 unknown: decoder_nw.projector.u.0" in message


def test_weights_that_are_not_finite_are_refused(published: dict[str, Tensor]) -> None:
    key = "volume_process_nw.head.2.weight_orig"
    damaged = published | {key: torch.full_like(published[key], float("nan"))}
    with pytest.raises(ModelError, match=r"expected finite weights but volume_process_nw\.head\.2\.weight"):
        convert(damaged, SMALL)


SPECTRAL = "volume_process_nw.head.2.weight"


def _swapped(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The u of another layer with as many outputs."""
    key = f"{SPECTRAL}_u"
    others = (value for name, value in state.items() if name.endswith("weight_u") and name != key)
    return {key: next(value for value in others if value.shape == state[key].shape)}


@pytest.mark.parametrize(
    "change",
    [
        lambda state: {f"{SPECTRAL}_u": -state[f"{SPECTRAL}_u"]},
        lambda state: {f"{SPECTRAL}_u": 2 * state[f"{SPECTRAL}_u"]},
        lambda state: {f"{SPECTRAL}_v": state[f"{SPECTRAL}_v"].roll(1)},
        _swapped,
    ],
    ids=["sign", "length", "rolled", "other layer"],
)
def test_vectors_that_are_not_of_their_layer_are_refused(published: dict[str, Tensor], change: object) -> None:
    """W / sigma with a foreign sigma is finite, and wrong by a factor."""
    with pytest.raises(ModelError, match=r"expected volume_process_nw\.head\.2\.weight with u and v of its own"):
        convert(published | change(published), SMALL)  # type: ignore[operator]


def test_a_transposed_square_weight_is_refused() -> None:
    layer = nn.utils.spectral_norm(nn.Linear(32, 32))
    for _ in range(3):
        layer(torch.randn(2, 32))  # power iterations
    state = layer.state_dict()
    spectral_weight(state["weight_orig"], state["weight_u"], state["weight_v"])
    with pytest.raises(ValueError, match="the same way"):
        spectral_weight(state["weight_orig"].T, state["weight_u"], state["weight_v"])


def test_constants_of_another_model_are_refused(published: dict[str, Tensor]) -> None:
    key = "idt_embedder_nw.mean"
    convert(published | {key: torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)}, SMALL)
    with pytest.raises(ModelError, match="expected idt_embedder_nw.mean to be ImageNet's .* but got 0.5, 0.5, 0.5"):
        convert(published | {key: torch.full((1, 3, 1, 1), 0.5)}, SMALL)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_damaged_pose_file_is_refused(regressor: dict[str, Tensor], value: float) -> None:
    with pytest.raises(ModelError, match="expected finite numbers in the head-pose regressor but conv1.weight"):
        convert_pose_net(regressor | {"conv1.weight": torch.full_like(regressor["conv1.weight"], value)}, SMALL)


@pytest.mark.parametrize("key", sorted(expected_shapes(SMALL))[::40])
def test_a_scalar_for_a_matrix_is_named(small: ModelConfig, published: dict[str, Tensor], key: str) -> None:
    shapes = shapes_of(published) | {key: []}
    with pytest.raises(ModelError, match="differ|expected"):
        _, config = read_sizes(shapes)
        convert(published | {key: torch.tensor(1.0)}, config)


def test_options_that_the_published_code_has_not_have_no_published_keys() -> None:
    with pytest.raises(ModelError, match="has not"):
        expected_shapes(PRESETS["emoportraits-mini"])


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"z_dim": 12, "z_dropout": 0.0},
        {"encoder_channels": (4, 8)},
        {"decoder_blocks": 3, "decoder_blocks_per_size": 1},
        {"decoder_image_channels": (12,), "decoder_blocks_per_size": 3, "volume_blocks": 2},
    ],
    ids=str,
)
def test_sizes_are_read_off_the_checkpoint(small: ModelConfig, change: dict[str, object]) -> None:
    config = dataclasses.replace(small, **change)  # type: ignore[arg-type]
    name, found = read_sizes(expected_shapes(config))
    assert found == dataclasses.replace(config, z_dropout=found.z_dropout)
    assert name == ("custom" if change else "emoportraits")


@pytest.mark.parametrize("name", ["emoportraits", "megaportraits"])
def test_presets_are_recognised_by_their_sizes(name: str) -> None:
    assert read_sizes(expected_shapes(PRESETS[name])) == (name, PRESETS[name])


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (["local_encoder.x", "decoder.y"], "stage-2"),
        (["layer1.0.conv1.weight", "fc.weight"], "--pose-checkpoint"),
        (["mixer.unsqueeze.weight", "local_encoder.x", "decoder.y"], "converted already"),
        (["a.weight", "b.weight"], "2 tensors of another model: no key of its networks, but a.weight, b.weight"),
    ],
)
def test_other_checkpoints_are_recognised(keys: list[str], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_sizes({key: [1] for key in keys})


def test_command_writes_a_folder_that_loads(
    small: ModelConfig, published: dict[str, Tensor], regressor: dict[str, Tensor], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    wrapped = {f"module.{key}": value for key, value in published.items()}
    torch.save(wrapped, tmp_path / "100_model.pth")
    torch.save(regressor, tmp_path / "pose.pth")
    command = ["convert-official", str(tmp_path / "100_model.pth"), "--out", str(tmp_path / "out")]
    assert main([*command, "--pose-checkpoint", str(tmp_path / "pose.pth"), "--half"]) == 0
    shown = capsys.readouterr().out
    assert f"{len(published)} of {len(published)} tensors used" in shown and "CC BY-NC-SA 4.0" in shown
    settings = json.loads((tmp_path / "out" / CONFIG_FILE).read_text())
    assert len(settings["provenance"]["source_sha256"]) == 64
    assert len(settings["provenance"]["pose_source_sha256"]) == 64
    assert main(command) == 0, "the same checkpoint again, without its pose file"
    torch.save(published, tmp_path / "other_model.pth")
    assert main(["convert-official", str(tmp_path / "other_model.pth"), "--out", str(tmp_path / "out")]) == 2
    assert "has another model; name another folder with --out" in capsys.readouterr().err
    assert main([*command, "--pose-checkpoint", str(tmp_path / "pose.pth"), "--half"]) == 0
    model = EMOPortraits.from_pretrained(tmp_path / "out")
    assert torch.equal(model.unet.constant, published["volume_process_nw.input_tensor"].half().float())
    with torch.inference_mode():
        assert model(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)).isfinite().all()


def test_without_its_head_pose_file_a_model_asks_for_poses(
    small: ModelConfig, published: dict[str, Tensor], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(published, tmp_path / "m.pth")
    assert main(["convert-official", str(tmp_path / "m.pth"), "--out", str(tmp_path / "out")]) == 0
    assert "no head-pose network" in capsys.readouterr().out
    model = EMOPortraits.from_pretrained(tmp_path / "out")
    with pytest.raises(ModelError, match="--pose-checkpoint"):
        model.read_motion(torch.rand(1, 3, 32, 32))
    model.save_pretrained(tmp_path / "again")
    assert EMOPortraits.from_pretrained(tmp_path / "again").absent == ("pose_net",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cut.pth", b"PK\x03\x04 not a whole file", "its archive is damaged"),
        ("empty.pth", b"", "it is empty"),
        ("page.pth", b"<!DOCTYPE html><html><title>Quota exceeded</title></html>", "it is a web page of 57 bytes"),
        ("100_trainer.pth", b"", "give 100_model.pth"),
    ],
)
def test_damaged_and_wrong_files_are_one_line(
    name: str, content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert main(["convert-official", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2
    shown = capsys.readouterr().err
    assert message in shown and shown.count("\n") == 1
    assert not (tmp_path / "out").exists()
