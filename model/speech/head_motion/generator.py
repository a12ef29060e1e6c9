"""The generator of section 10.2: speech features and noise to head poses, for sound of any length."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from model.networks.errors import ModelError
from model.networks.saved import SavedModel
from model.speech.head_motion.config import HeadMotionConfig
from model.speech.head_motion.layers import ResBlock1d, TransformerBlock
from model.speech.head_motion.noise import motion_noise
from model.speech.head_motion.rotation import POSE, ROTATION, identity_pose, orthonormal

BLOCK_FRAMES = 256
"""Computed at once in `stream`, besides what they depend on to either side."""

_CARD = """\
# Head motion from speech

Section 10 of EMOPortraits (Drobyshev et al., CVPR 2024): features of speech `[T, {feature_dim}]` and a seed to head
poses `[T, 9]` against a reference frame.

```python
from model.speech.head_motion.generator import HeadMotion

track = HeadMotion.from_pretrained("this folder").sample(features, seed=0)
```

Where the weights come from:

```json
{provenance}
```
"""


class HeadMotion(SavedModel[HeadMotionConfig]):
    """Transformer encoder, 1D ResNet, MLP, Gram-Schmidt.

    A pose depends on `config.reach_frames` to either side and on no absolute position: a long sound is computed in
    blocks with the same result. The pose is relative to a reference frame and never summed up, so that it cannot drift.

    Example:
        >>> model = HeadMotion(HeadMotionConfig(feature_dim=8, width=16)).eval()
        >>> model.sample(torch.zeros(100, 8), seed=0).shape
        torch.Size([100, 9])
    """

    sizes = HeadMotionConfig
    spread: Tensor

    def __init__(self, config: HeadMotionConfig) -> None:
        super().__init__(config)
        self.norm = nn.LayerNorm(config.feature_dim)
        self.project = nn.Linear(config.feature_dim + config.noise_dim, config.width)
        self.encoder = nn.Sequential(
            *(TransformerBlock(config.width, config.heads, config.window_frames) for _ in range(config.layers))
        )
        self.decoder = nn.Sequential(
            *(ResBlock1d(config.width, config.decoder_kernel) for _ in range(config.decoder_blocks))
        )
        last = nn.Linear(config.width, POSE)
        self.mlp = nn.Sequential(nn.Linear(config.width, config.width), nn.GELU(), last)
        self.register_buffer("spread", torch.ones(2))  # of rotation and translation, from the training clips
        with torch.no_grad():  # begins at rest
            last.weight.mul_(0.1)
            last.bias.zero_()

    def forward(
        self,
        features: Tensor,  # [B, T, D]
        noise: Tensor,  # [B, T, N] as `motion_noise` makes it
    ) -> Tensor:  # [B, T, 9]
        """Poses against the reference frame, rotations orthonormal. Memory grows with T^2: see `sample`."""
        if features.dim() != 3 or features.shape[2] != self.config.feature_dim or not features.shape[1]:
            raise ModelError(f"expected features [B, T, {self.config.feature_dim}] but got {list(features.shape)}")
        if noise.shape != (*features.shape[:2], self.config.noise_dim):
            wanted = [*features.shape[:2], self.config.noise_dim]
            raise ModelError(f"expected noise {wanted} but got {list(noise.shape)}")
        hidden = self.encoder(self.project(torch.cat([self.norm(features), noise], dim=-1)))
        return self.to_poses(self.mlp(self.decoder(hidden)))

    def to_poses(self, numbers: Tensor) -> Tensor:  # [..., 9] -> [..., 9]
        """From numbers in units of the training clips' spread."""
        return orthonormal(identity_pose().to(numbers) + numbers * self._spreads())

    def in_spreads(self, track: Tensor) -> Tensor:  # [..., 9] -> [..., 9]
        """How far poses are from the reference frame in units of the training clips' spread: what losses compare."""
        return (track - identity_pose().to(track)) / self._spreads()

    def _spreads(self) -> Tensor:  # [9]
        return torch.cat([self.spread[:1].expand(6), self.spread[1:].expand(3)])

    @torch.no_grad()
    def set_spread(self, tracks: Iterable[Tensor]) -> None:
        """Take it from pose tracks `[T, 9]`: root mean square of rotation and translation away from the reference."""
        away = torch.cat(list(tracks)) - identity_pose()
        for number, part in enumerate((away[:, ROTATION], away[:, 6:])):
            self.spread[number] = part.square().mean().sqrt().clamp_min(1e-6)

    def sample(
        self,
        features: Tensor,  # [T, D]
        seed: int,
    ) -> Tensor:  # [T, 9]
        """Poses for speech of any length. One seed gives the same bits again; another seed gives other motion."""
        return torch.cat(list(self.stream([features], seed)))

    @torch.inference_mode()
    def stream(
        self,
        parts: Iterable[Tensor],  # of features, [N, D] each
        seed: int,
    ) -> Iterator[Tensor]:  # [M, 9]
        """Poses of features that come in parts, in bounded memory; how they are cut changes no bit.

        Raises:
            ModelError: no frame at all, features of another size, or a seed below 0.
        """
        if seed < 0:
            raise ModelError(f"expected a seed of at least 0 but got {seed}")
        reach = self.config.reach_frames
        kept: Tensor | None = None
        first = done = 0  # frame of kept[0]; frames that are computed
        for part in parts:
            if part.dim() != 2 or part.shape[1] != self.config.feature_dim:
                raise ModelError(f"expected features [T, {self.config.feature_dim}] but got {list(part.shape)}")
            kept = part if kept is None else torch.cat([kept, part])
            while first + len(kept) >= done + BLOCK_FRAMES + reach:
                yield self._block(kept, first, done, seed)
                done += BLOCK_FRAMES
                behind = max(0, done - reach - first)
                kept, first = kept[behind:], first + behind
        if kept is None or not first + len(kept):
            raise ModelError("expected features of at least one frame but got none")
        for begin in range(done, first + len(kept), BLOCK_FRAMES):
            yield self._block(kept, first, begin, seed)

    def _block(self, kept: Tensor, first: int, begin: int, seed: int) -> Tensor:
        """Poses of a block, from features of which kept[0] is frame `first`."""
        reach = self.config.reach_frames
        start, stop = max(0, begin - reach), min(first + len(kept), begin + BLOCK_FRAMES + reach)
        noise = motion_noise(seed, start, stop - start, self.config.noise_dim).to(self.spread)
        features = kept[start - first : stop - first].to(self.spread)
        poses: Tensor = self(features[None], noise[None])[0]
        return poses[begin - start : begin - start + BLOCK_FRAMES]

    def card(self) -> str:
        """Markdown that is written beside the weights."""
        provenance = json.dumps(self.provenance, indent=2, sort_keys=True)
        return _CARD.format(feature_dim=self.config.feature_dim, provenance=provenance)
