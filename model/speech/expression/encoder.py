"""E_aud: speech to the expression descriptor z, frame after frame (sections 5.1 and 9.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from model.networks.errors import ModelError
from model.networks.saved import SavedModel
from model.speech.expression.config import SpeechConfig

_CARD = """\
# Audio encoder of EMOPortraits

Speech to the expression descriptor z ({z_dim} dimensions) at {fps:g} frames a second (Drobyshev et al., CVPR 2024,
sections 5 and 9). It reads embeddings of {audio_features} ({feature_dim} dimensions), one for each frame, and z of the
first frame.

```python
from model.speech.expression.encoder import SpeechEncoder

encoder = SpeechEncoder.from_pretrained("this folder or its hub id")
z = encoder(z_first, features)  # [B, {z_dim}], [B, T, {feature_dim}] -> [B, T, {z_dim}]
```

Where the weights come from{lacking}:

```json
{provenance}
```
"""


@dataclass(frozen=True, repr=False)
class SpeechState:
    """All that one frame leaves to the next."""

    base: Tensor  # z_base [B, Z]
    z: Tensor  # [B, Z] of the frame before; of the first frame's picture where there is none

    def __repr__(self) -> str:
        return f"SpeechState(z={list(self.z.shape)})"


class SpeechEncoder(SavedModel[SpeechConfig]):
    """E_aud of the paper.

    MLP_b makes the base of z from z of the first frame: what speech does not tell, such as gaze and upper face. For
    each frame MLP_a maps the z before it to what can be merged with the frame's audio embedding, and MLP_c makes of
    both what is added to the base.

    The paper does not print how the two are merged: here they are normalised and joined. However far z went, MLP_c
    therefore reads numbers of one size, and z stays within bounds for sound of any length.

    Example:
        >>> encoder = SpeechEncoder(SpeechConfig(z_dim=8, feature_dim=4)).eval()
        >>> encoder(torch.zeros(2, 8), torch.rand(2, 50, 4)).shape
        torch.Size([2, 50, 8])
    """

    sizes = SpeechConfig

    def __init__(self, config: SpeechConfig) -> None:
        super().__init__(config)
        z, feature = config.z_dim, config.feature_dim
        self.mlp_b = _mlp(z, config.width, z, config.layers)
        self.mlp_a = _mlp(z, config.width, feature, config.layers)
        self.latent_norm, self.feature_norm = nn.LayerNorm(feature), nn.LayerNorm(feature)
        self.mlp_c = _mlp(2 * feature, config.width, z, config.layers)
        _give_nothing(self.mlp_c)  # training begins with the base alone
        if config.residual_base:
            _give_nothing(self.mlp_b)

    def base(
        self,
        z_first: Tensor,  # [B, Z] of the first frame, from E_motion
    ) -> Tensor:  # z_base [B, Z]
        """What stays the same through a clip."""
        self._check("z of the first frame", z_first, self.config.z_dim, 2)
        base: Tensor = self.mlp_b(z_first)
        return z_first + base if self.config.residual_base else base

    def start(
        self,
        z_first: Tensor,  # [B, Z]
    ) -> SpeechState:
        """Before the first frame."""
        return SpeechState(self.base(z_first), z_first)

    def step(
        self,
        state: SpeechState,
        feature: Tensor,  # [B, D] of this frame
    ) -> SpeechState:
        """One frame on: `state.z` of what is returned is this frame's."""
        self._check("features of a frame", feature, self.config.feature_dim, 2)
        aligned = self.latent_norm(self.mlp_a(state.z))
        merged = torch.cat([self.feature_norm(feature), aligned], dim=1)
        return SpeechState(state.base, state.base + self.mlp_c(merged))

    def forward(
        self,
        z_first: Tensor,  # [B, Z]
        features: Tensor,  # [B, T, D], the first of the frame that `z_first` is of
        *,
        gradient_frames: int | None = None,
    ) -> Tensor:  # [B, T, Z]
        """z of every frame: the same bits as `step` by `step`.

        Args:
            gradient_frames: every so many frames the running z is taken as a constant, so that gradients reach no
                further back; None: they reach the first frame. The base gets the gradients of all frames either way.
        """
        self._check("features", features, self.config.feature_dim, 3)
        state = self.start(z_first)
        found = []
        for index, feature in enumerate(features.unbind(dim=1)):
            if gradient_frames is not None and index % gradient_frames == 0:
                state = SpeechState(state.base, state.z.detach())
            state = self.step(state, feature)
            found.append(state.z)
        if not found:
            raise ModelError("expected features of at least one frame but got none")
        return torch.stack(found, dim=1)

    def card(self) -> str:
        without = ", ".join(map(str, self.provenance.get("without", ())))
        return _CARD.format(
            **self.config.to_dict(),
            lacking=f" (trained without these losses of the paper: {without})" if without else "",
            provenance=json.dumps(self.provenance, indent=2, sort_keys=True),
        )

    @staticmethod
    def _check(what: str, values: Tensor, width: int, dimensions: int) -> None:
        if values.dim() != dimensions or values.shape[-1] != width:
            shape = "[B, T, " if dimensions == 3 else "[B, "
            raise ModelError(f"expected {what} {shape}{width}] but got {list(values.shape)}")


def _mlp(before: int, width: int, after: int, layers: int) -> nn.Sequential:
    widths = [before, *[width] * (layers - 1), after]
    modules: list[nn.Module] = []
    for a, b in pairwise(widths):
        modules += [nn.Linear(a, b), nn.GELU()]
    return nn.Sequential(*modules[:-1])


def _give_nothing(mlp: nn.Sequential) -> None:
    last = mlp[-1]
    assert isinstance(last, nn.Linear)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
