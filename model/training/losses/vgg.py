"""The VGG networks whose features L_IN, L_face and L_gaze compare (Eq. 7), as far as these losses read them.

All three read the first ReLU of each of the five stages, so nothing behind the first convolution of the last stage is
built or computed. Weights come through the weights registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights.loading import fit_state, load_state

Kind = Literal["vgg16", "vgg19"]
STAGE_CHANNELS = (64, 128, 256, 512, 512)
STAGE_CONVOLUTIONS: dict[Kind, tuple[int, ...]] = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
SMALLEST_PX = 16  # leaves one value at the last tap


class VggTaps(nn.Module):
    """Pictures to the outputs of ReLU1_1, ReLU2_1, ReLU3_1, ReLU4_1 and ReLU5_1."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind
        before = 3
        for stage, convolutions in enumerate(_built(kind), start=1):
            channels = STAGE_CHANNELS[stage - 1]
            for number in range(1, convolutions + 1):
                self.add_module(f"conv{stage}_{number}", nn.Conv2d(before, channels, 3, padding=1))
                before = channels

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:  # [B, 3, H, W], normalised -> five maps
        taps = []
        for stage, convolutions in enumerate(_built(self.kind), start=1):
            if stage > 1:
                x = F.max_pool2d(x, 2)
            for number in range(1, convolutions + 1):
                x = F.relu(self.get_submodule(f"conv{stage}_{number}")(x))
                if number == 1:
                    taps.append(x)
        return tuple(taps)


def _built(kind: Kind) -> tuple[int, ...]:
    return (*STAGE_CONVOLUTIONS[kind][:-1], 1)


def _sequential_names(kind: Kind) -> dict[str, int]:
    """Names here -> position of the same convolution in torchvision's `features`."""
    names, position = {}, 0
    for stage, convolutions in enumerate(STAGE_CONVOLUTIONS[kind], start=1):
        for number in range(1, convolutions + 1):
            names[f"conv{stage}_{number}"] = position
            position += 2  # convolution and ReLU
        position += 1  # pooling
    return names


def load_taps(kind: Kind, state: Mapping[str, Tensor], what: str, prefix: str | None = None) -> VggTaps:
    """Taps with published weights.

    Args:
        kind: which network.
        state: tensors of the published file.
        what: name for errors.
        prefix: None: convolutions are called `conv1_1`, ...; else `PREFIX.0`, ... as in torchvision's `features`.

    Raises:
        FeedError: tensors are missing or of another shape.
    """
    network, positions = VggTaps(kind), _sequential_names(kind)
    chosen = {}
    for name in network.state_dict():
        convolution, part = name.rsplit(".", 1)
        source = name if prefix is None else f"{prefix}.{positions[convolution]}.{part}"
        if source not in state:
            raise FeedError(f"expected the weights of {what} but {source} is missing; is it another file?")
        chosen[name] = state[source].float()
    fit_state(network, chosen, what)
    return network.eval().requires_grad_(False)


@dataclass(frozen=True)
class GazeTaps:
    """The two trunks of RT-GENE's VGG-16 gaze network."""

    left: VggTaps
    right: VggTaps


def load_vgg19(path: Path) -> VggTaps:
    """torchvision's VGG-19 (ImageNet)."""
    return load_taps("vgg19", load_state(path), f"VGG-19 ({path})", "features")


def load_vggface(path: Path) -> VggTaps:
    """VGG-Face (Parkhi et al. 2015) as the Oxford group converted it to PyTorch."""
    return load_taps("vgg16", load_state(path), f"VGG-Face ({path})")


def load_gaze(path: Path) -> GazeTaps:
    """The gaze network of the published training, with the names of RT-GENE's own code."""
    state, what = load_state(path), f"the gaze network ({path})"
    return GazeTaps(*(load_taps("vgg16", state, what, f"{side}_features") for side in ("left", "right")))
