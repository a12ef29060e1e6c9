"""A perceptual network of our own, for machines without VGG: trained on rendered heads, shipped with the package.

It reads parts, points, expression and identity off synthetic heads (`scripts/train_perceptual.py`) and has seen no
photograph. As VGG's, its features are taken behind the first ReLU of each of five stages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import words_of
from model.networks.errors import ModelError

STAGE_CHANNELS = (16, 32, 64, 96, 128)
FOLDER, WEIGHTS_FILE, CARD_FILE = "own-perceptual", "model.safetensors", "config.json"


class OwnTaps(nn.Module):
    """Pictures to five feature maps, each half the size of the one before, each with a mean of 1 on rendered heads."""

    tap_mean: Tensor  # [5]

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.ModuleList(_block(a, b) for a, b in pairwise((3, *STAGE_CHANNELS)))
        self.second = nn.ModuleList(_block(c, c) for c in STAGE_CHANNELS[1:])
        self.register_buffer("tap_mean", torch.ones(len(STAGE_CHANNELS)))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:  # [B, 3, H, W], normalised -> five maps
        taps, _ = self.taps_and_last(x)
        return taps

    def taps_and_last(self, x: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """The five maps, and what is behind all of them."""
        taps = []
        for number, block in enumerate(self.first):
            x = block(F.max_pool2d(x, 2) if number else x)
            taps.append(x / self.tap_mean[number])
            if number:
                x = self.second[number - 1](x)
        return tuple(taps), x


def _block(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU())


def load_own() -> OwnTaps:
    """The shipped network, frozen."""
    return read_own((_shipped() / WEIGHTS_FILE).read_bytes(), own_card())


def own_card() -> dict[str, Any]:
    """What the shipped network was trained on, and what it can do."""
    card: dict[str, Any] = json.loads((_shipped() / CARD_FILE).read_text())
    return card


def _shipped() -> Traversable:
    return resources.files("model") / "weights" / FOLDER


def read_own(data: bytes, card: Mapping[str, Any]) -> OwnTaps:
    """A network, frozen. Raises ModelError where the weights are damaged or not those of the card."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    digest = hashlib.sha256(data).hexdigest()
    if card.get("weights_sha256") != digest:
        raise ModelError(f"expected weights {card.get('weights_sha256')} by their card but got {digest}")
    network = OwnTaps()
    try:
        network.load_state_dict({name: value.to(network.state_dict()[name]) for name, value in load(data).items()})
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise ModelError(f"expected the weights of the perceptual network but got: {words_of(error)}") from error
    return network.eval().requires_grad_(False)


def write_own(folder: Path, network: OwnTaps, card: Mapping[str, Any]) -> None:
    """Weights in half precision and the card, each by atomic rename."""
    from safetensors.torch import save

    state = {name: value.detach() for name, value in network.state_dict().items()}
    data = save({name: v.half() if v.is_floating_point() else v for name, v in state.items()})
    text = json.dumps({**card, "weights_sha256": hashlib.sha256(data).hexdigest()}, indent=2, sort_keys=True) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((WEIGHTS_FILE, data), (CARD_FILE, text.encode())):
        with replacing(folder / name) as part:
            part.write_bytes(content)
