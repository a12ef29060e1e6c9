from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from model.networks.checkpoint import CONFIG_FILE, WEIGHTS_FILE
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError


def pictures(count: int, seed: int = 0, side: int = 32) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_shapes_and_range(tiny_model: EMOPortraits) -> None:
    identity = tiny_model.encode_source(pictures(1))
    result = tiny_model.drive(identity, pictures(3, 1))
    assert identity.canonical_volume.shape == (1, 8, 4, 16, 16)
    assert identity.descriptor.shape == (1, 16, 4, 4)
    assert result.image.shape == (3, 3, 32, 32) and result.z.shape == (3, 8)
    assert 0 <= result.image.min() and result.image.max() <= 1


@torch.no_grad()
def test_frames_do_not_depend_on_their_batch(tiny_model: EMOPortraits) -> None:
    identity, frames = tiny_model.encode_source(pictures(1)), pictures(4, 1)
    together = tiny_model.drive(identity, frames).image
    alone = torch.cat([tiny_model.drive(identity, frame[None]).image for frame in frames])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


@torch.no_grad()
def test_forward_pairs_sources_with_drivers(tiny_model: EMOPortraits) -> None:
    sources, drivers = pictures(2, 2), pictures(2, 3)
    paired = tiny_model(sources, drivers)
    second = tiny_model.drive(tiny_model.encode_source(sources[1:]), drivers[1:]).image
    torch.testing.assert_close(paired[1:], second, atol=1e-5, rtol=0)


@torch.no_grad()
def test_given_pose_replaces_the_regressed_one(tiny_model: EMOPortraits) -> None:
    pose, _ = tiny_model.read_motion(pictures(1))
    kept, _ = tiny_model.read_motion(pictures(1, 5), pose)
    assert kept is pose


def test_wrong_picture_size_is_one_clear_line(tiny_model: EMOPortraits) -> None:
    with pytest.raises(ModelError, match=r"expected pictures \[B, 3, 32, 32\] but got \[1, 3, 16, 16\]"):
        tiny_model.encode_source(pictures(1, side=16))


@torch.no_grad()
def test_save_and_load_round_trip(tiny_model: EMOPortraits, tmp_path: Path) -> None:
    tiny_model.provenance = {"seed": 0}
    tiny_model.save_pretrained(tmp_path)
    loaded = EMOPortraits.from_pretrained(tmp_path)
    source, driver = pictures(1), pictures(1, 1)
    assert torch.equal(loaded(source, driver), tiny_model(source, driver))
    assert loaded.weights_sha256 is not None and len(loaded.weights_sha256) == 64
    assert not list(tmp_path.glob(".*.part"))


def test_missing_folder_damaged_file_and_foreign_weights_are_named(tiny_model: EMOPortraits, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected a model folder or a hub id"):
        EMOPortraits.from_pretrained(tmp_path / "nowhere")
    tiny_model.save_pretrained(tmp_path)
    weights = (tmp_path / WEIGHTS_FILE).read_bytes()
    (tmp_path / WEIGHTS_FILE).write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ModelError, match="expected a model folder"):
        EMOPortraits.from_pretrained(tmp_path)
    (tmp_path / WEIGHTS_FILE).write_bytes(weights)
    settings = json.loads((tmp_path / CONFIG_FILE).read_text())
    settings["model"]["z_dim"] = 9
    (tmp_path / CONFIG_FILE).write_text(json.dumps(settings))
    with pytest.raises(
        ModelError, match=r"tensors differ: mixer\.unsqueeze\.weight is \[256, 8\] instead of \[256, 9\]"
    ):
        EMOPortraits.from_pretrained(tmp_path)


def test_preset_without_shipped_weights_says_so() -> None:
    with pytest.raises(ModelError, match="this package has none"):
        EMOPortraits.from_preset("emoportraits", pretrained=True)
