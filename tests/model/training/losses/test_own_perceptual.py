"""The perceptual network that ships with the package, and how it stands in for VGG-19."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
import torch

from model.networks.errors import ModelError
from model.training.losses.own_perceptual import CARD_FILE, FOLDER, WEIGHTS_FILE, OwnTaps, load_own, read_own, write_own
from model.training.losses.perceptual import ImageLoss
from model.training.paper_networks import load_perceptual, missing_networks


def test_shipped_weights_are_small_and_say_where_they_come_from() -> None:
    folder = resources.files("model") / "weights" / FOLDER
    assert len((folder / WEIGHTS_FILE).read_bytes()) < 1.5e6
    card = json.loads((folder / CARD_FILE).read_text())
    for numbers in card["held_out"].values():
        assert numbers["identity_rank1"] > 3 * numbers["identity_chance"]
        assert numbers["part_accuracy"] > 0.8
    assert {"data", "steps", "losses", "parameters"} <= card.keys()


def test_maps_are_as_of_vgg_and_nothing_of_it_is_trained() -> None:
    network = load_own()
    taps = network(torch.rand(2, 3, 32, 32))
    assert [tap.shape[-1] for tap in taps] == [32, 16, 8, 4, 2]
    assert not any(parameter.requires_grad for parameter in network.parameters()) and not network.training


def test_as_the_network_of_the_image_term() -> None:
    losses = load_perceptual(("image",), image_scales=2, image_network="own")
    assert losses.image is not None
    torch.manual_seed(0)
    target = torch.rand(1, 3, 32, 32)
    assert losses.image(target, target) == 0
    near, far = (target + 0.02 * torch.randn_like(target)), torch.rand(1, 3, 32, 32)
    assert 0 < losses.image(near, target) < losses.image(far, target)
    near.requires_grad_()
    losses.image(near, target).backward()
    assert near.grad is not None and near.grad.any()


def test_it_is_never_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_WEIGHTS", str(tmp_path))
    assert missing_networks(("image",), image_network="own", fetch=False) == {}
    assert set(missing_networks(("image",), fetch=False)) == {"image"}


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = OwnTaps().eval()
    network.tap_mean.mul_(2)
    write_own(tmp_path, network, {"what": "a test"})
    data, card = (tmp_path / WEIGHTS_FILE).read_bytes(), json.loads((tmp_path / CARD_FILE).read_text())
    again, picture = read_own(data, card), torch.rand(1, 3, 32, 32)
    assert card["what"] == "a test"
    for mine, theirs in zip(network(picture), again(picture), strict=True):
        torch.testing.assert_close(mine, theirs, atol=5e-3, rtol=5e-3)  # half precision
    with pytest.raises(ModelError, match="expected weights .* by their card"):
        read_own(data + b"x", card)


def test_a_picture_too_small_for_its_scales_is_named() -> None:
    with pytest.raises(ModelError, match="expected pictures of at least 32 px"):
        ImageLoss(load_own(), scales=2)(torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16))
