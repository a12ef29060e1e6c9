"""The adapter of our model: sizes, ranges, batching, and the descriptors that it passes on."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from baselines.interface.errors import DriveError, MethodUnavailable
from baselines.interface.frames import chunks_of, gathered
from baselines.interface.method import Driver, Generated
from baselines.reference.emoportraits import BATCH_FRAMES, EmoPortraits
from baselines.reference.megaportraits import MegaPortraits
from baselines.reference.weights import find_weights
from model import PRESETS, EMOPortraits
from model.avatar.images import resize_square
from model.networks.errors import ModelError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of a tiny model."""
    torch.manual_seed(0)
    tiny = dataclasses.replace(
        PRESETS["megaportraits-mini"],
        image_size_px=32, volume_size=16, volume_depth=4, volume_channels=8, encoder_channels=(8, 16),
        identity_width=8, identity_image_px=32, motion_crop_px=32, motion_width=8, pose_image_px=32, pose_width=8,
        z_dim=8, embed_channels=16, warp_channels=(8, 8), unet_channels=(8, 8, 16), decoder_channels=16,
        decoder_blocks=1, decoder_image_channels=(8,), norm_groups=4,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tiny")
    model = EMOPortraits(tiny)
    model.provenance = {"licence": "CC BY-NC 4.0"}
    model.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def method(folder: Path) -> EmoPortraits:
    made = EmoPortraits(str(folder))
    made.load("cpu")
    return made


def driven(method: EmoPortraits, source: np.ndarray, driver: Driver) -> Generated:
    return gathered(chunks_of(method.drive(method.prepare(source), driver), driver, has_latents=True))


def frames(count: int, side: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    return np.stack([resize_square(image, side) for image in coarse])


def test_frames_come_back_at_the_drivers_size(method: EmoPortraits) -> None:
    out = driven(method, frames(1, 40, 1)[0], Driver(frames(3, 40), Fraction(25)))
    assert out.frames.shape == (3, 40, 40, 3)
    assert out.frames.dtype == np.uint8
    assert out.latents is not None
    assert out.latents.shape[0] == 3
    assert out.latents.dtype == np.float32


def test_batches_do_not_change_the_frames(method: EmoPortraits, monkeypatch: pytest.MonkeyPatch) -> None:
    source = frames(1, 32, 1)[0]
    driver = Driver(frames(4, 32), Fraction(25))
    together = driven(method, source, driver).frames.astype(int)
    monkeypatch.setattr("baselines.reference.emoportraits.BATCH_FRAMES", 1)
    alone = driven(method, source, driver).frames.astype(int)
    assert np.abs(together - alone).max() <= 1


def test_pictures_reach_the_model_unchanged_at_its_own_size(method: EmoPortraits) -> None:
    given = frames(2, 32)
    tensor = method._to_model(given)
    assert tensor.shape == (2, 3, 32, 32)
    assert np.array_equal((tensor * 255).round().byte().permute(0, 2, 3, 1).numpy(), given)


def test_chunks_are_small(method: EmoPortraits) -> None:
    chunks = method.drive(method.prepare(frames(1, 32, 1)[0]), Driver(frames(BATCH_FRAMES + 1, 32), Fraction(25)))
    assert [len(chunk.frames) for chunk in chunks] == [BATCH_FRAMES, 1]


def test_weights_with_face_points_are_driven_by_what_changes(folder: Path, tmp_path: Path) -> None:
    """A driver who rests as strangely as anybody starts from the source as it is; without points it would show."""
    torch.manual_seed(0)
    config = EMOPortraits.from_pretrained(folder).config
    points = dataclasses.replace(
        config, point_modes=4, z_dim=10, point_widths=(4, 8, 8, 8), point_close_px=16, warp_basis=0
    )
    EMOPortraits(points).save_pretrained(tmp_path / "points")
    source, driver = frames(1, 32, 1)[0], Driver(frames(BATCH_FRAMES + 1, 32), Fraction(25))
    for where, starts_from_the_source in ((tmp_path / "points", True), (folder, False)):
        made = EmoPortraits(str(where))
        made.load("cpu")
        prepared = made.prepare(source)
        own = made._model.render(prepared, prepared.z, prepared.pose)
        first = driven(made, source, driver).frames[0].astype(int)
        difference = np.abs(first - (own[0].permute(1, 2, 0).detach() * 255).round().numpy())
        assert (difference.max() <= 2) == starts_from_the_source


def test_withheld_frames_are_an_error(method: EmoPortraits) -> None:
    with pytest.raises(DriveError, match="the protocol withholds both"):
        next(method.drive(method.prepare(frames(1, 32)[0]), Driver(frames(3, 32), Fraction(25)).limited_to({"audio"})))


def test_the_device_reaches_the_model(folder: Path) -> None:
    method = EmoPortraits(str(folder))
    method.load("meta")  # a device that every machine has
    assert {parameter.device.type for parameter in method._model.parameters()} == {"meta"}


def test_what_is_known_before_loading_is_what_the_model_says(folder: Path) -> None:
    method = EmoPortraits(str(folder))
    model = EMOPortraits.from_pretrained(folder)
    assert method.weights_sha256 == model.weights_sha256
    assert method.capabilities.size_px == model.config.image_size_px == 32
    assert method.capabilities.licence == "CC BY-NC 4.0"
    assert method.capabilities.has_latents


CARD = {
    "licence": "CC BY-NC 4.0",
    "trained_on": ["VoxCeleb2", "FEED/S05"],
    "repository": "https://example.org/code",
    "commit": "ab" * 20,
}


def with_card(folder: Path, copy: Path, card: object) -> str:
    """A copy of a model folder with another card."""
    shutil.copytree(folder, copy)
    settings = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**settings, "provenance": card}))
    return str(copy)


def test_the_card_of_the_checkpoint_is_the_methods(folder: Path, tmp_path: Path) -> None:
    card = EmoPortraits(with_card(folder, tmp_path / "a", CARD)).capabilities
    assert card.licence == "CC BY-NC 4.0"
    assert card.trained_on == {"VoxCeleb2", "FEED/S05"}
    assert (card.repository, card.commit) == (CARD["repository"], CARD["commit"])
    bare = EmoPortraits(with_card(folder, tmp_path / "b", {})).capabilities
    assert (bare.licence, bare.trained_on, bare.commit) == ("unknown", None, None)


def test_tensors_of_another_checkpoint_than_the_cards_are_refused(folder: Path, tmp_path: Path) -> None:
    settings = json.loads((folder / "config.json").read_text())
    assert settings["weights_sha256"] == EmoPortraits(str(folder)).weights_sha256  # written when a model is saved
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    (other / "config.json").write_text(json.dumps({**settings, "weights_sha256": "0" * 64}))
    with pytest.raises(MethodUnavailable, match="it is damaged or of another checkpoint"):
        EmoPortraits(str(other))
    with pytest.raises(ModelError, match="it is damaged or of another checkpoint"):
        EMOPortraits.from_pretrained(other)


def test_each_graph_takes_its_own_weights(folder: Path, tmp_path: Path) -> None:
    theirs = with_card(folder, tmp_path / "a", {"sizes": "megaportraits"})
    made = MegaPortraits(theirs)
    made.load("cpu")
    out = driven(made, frames(1, 32, 1)[0], Driver(frames(2, 32), Fraction(25)))
    assert out.frames.shape == (2, 32, 32, 3)
    assert (made.name, made.capabilities.paper) == ("megaportraits", "arXiv:2207.07621")
    with pytest.raises(MethodUnavailable, match="give them to --method megaportraits"):
        EmoPortraits(theirs)
    with pytest.raises(MethodUnavailable, match="give them to --method emoportraits"):
        MegaPortraits(str(folder))


def test_a_graph_is_known_by_its_widths_where_the_card_is_silent(folder: Path, tmp_path: Path) -> None:
    copy = Path(with_card(folder, tmp_path / "a", {"sizes": "custom"}))
    assert find_weights(str(copy)).graph == "emoportraits"
    settings = json.loads((copy / "config.json").read_text())
    settings["model"] = PRESETS["megaportraits"].to_dict()
    (copy / "config.json").write_text(json.dumps(settings))
    assert find_weights(str(copy)).graph == "megaportraits"


@pytest.mark.parametrize(
    ("kind", "preset"), [(EmoPortraits, "emoportraits-mini"), (MegaPortraits, "megaportraits-mini")]
)
def test_the_default_is_the_shipped_model(kind: type[EmoPortraits], preset: str) -> None:
    method = kind()
    assert method.capabilities.trained_on is not None
    assert "rendered people of the seeds 2000 to 2639" in method.capabilities.trained_on
    assert method.weights_sha256 == EMOPortraits.from_preset(preset, pretrained=True).weights_sha256
    assert (method.capabilities.size_px, method.capabilities.licence) == (256, "Apache-2.0")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: (f / "model.safetensors").unlink(), r"model\.safetensors is missing"),
        (lambda f: (f / "config.json").unlink(), r"config\.json is missing"),
        (lambda f: (f / "config.json").write_text("{"), "expected settings of a model"),
        (lambda f: (f / "config.json").write_text("{}"), "expected the sizes of a model in .* but it has none"),
        (lambda f: (f / "config.json").write_text("[1]"), "expected the sizes of a model in .* but it has none"),
        (lambda f: (f / "config.json").write_text('{"model": {"x": 1}}'), "expected the sizes of a model"),
    ],
)
def test_a_folder_without_a_model_is_one_line(
    folder: Path, tmp_path: Path, change: Callable[[Path], object], reason: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    change(copy)
    with pytest.raises(MethodUnavailable, match=reason):
        EmoPortraits(str(copy))


@pytest.mark.parametrize("where", ["/no/such/folder", "./none", "name"])
def test_neither_folder_nor_hub_id_is_one_line(where: str) -> None:
    with pytest.raises(MethodUnavailable, match="expected a model folder or a hub id OWNER/NAME"):
        EmoPortraits(where)


def test_a_hub_id_is_its_cached_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda repository, name: str(folder / name))
    assert EmoPortraits("someone/tiny").weights_sha256 == EmoPortraits(str(folder)).weights_sha256


def test_damaged_weights_are_said_in_one_line(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "model.safetensors").write_bytes(b"none")
    with pytest.raises(MethodUnavailable, match="it is damaged or of another checkpoint"):
        EmoPortraits(str(copy))
    settings = json.loads((copy / "config.json").read_text())
    del settings["weights_sha256"]  # as in folders of earlier versions
    (copy / "config.json").write_text(json.dumps(settings))
    with pytest.raises(MethodUnavailable, match="emoportraits: expected a model folder"):
        EmoPortraits(str(copy)).load("cpu")
