"""Sizes of the head-motion generator and of its critics."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from feed_dataset.core.jobs.suggestions import unknown
from model.networks.errors import ModelError

PATCH_FRAMES = 8
"""N of section 10.3."""
JOINS = ("pooled", "frames")
_MOST = 8192


@dataclass(frozen=True)
class HeadMotionConfig:
    """Every size that changes a shape. The paper prints none of them: these are ours.

    Attributes:
        feature_dim: length of a frame's speech features; 384 is Whisper tiny.
        noise_dim: length of a frame's noise.
        width: H of the paper, of transformer and decoder.
        heads, layers: of the transformer encoder.
        window_frames: how far an attention looks to either side.
        decoder_blocks, decoder_kernel: of the 1D ResNet.
        fps: frames that a second of features has.
        audio_features: what made the features. Others of the same length mean something else.
    """

    feature_dim: int = 384
    noise_dim: int = 16
    width: int = 128
    heads: int = 4
    layers: int = 3
    window_frames: int = 25
    decoder_blocks: int = 3
    decoder_kernel: int = 5
    fps: float = 25.0
    audio_features: str = "whisper-tiny.en"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("fps", "audio_features"):
                continue
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST:
                raise ModelError(
                    f"expected {field.name} to be a whole number from 1 to {_MOST} but got {str(value)[:80]}"
                )
        if isinstance(self.fps, bool) or not isinstance(self.fps, int | float) or not 0 < self.fps <= 1000:
            raise ModelError(f"expected fps above 0 and at most 1000 but got {self.fps!r}")
        if not isinstance(self.audio_features, str) or not self.audio_features:
            raise ModelError(f"expected audio_features to be a name but got {self.audio_features!r}")
        if self.width % self.heads:
            raise ModelError(f"expected width to be a multiple of {self.heads} heads but got {self.width}")
        if self.noise_dim % 2 or self.decoder_kernel % 2 == 0:
            raise ModelError(
                f"expected an even noise_dim and an odd decoder_kernel but got {self.noise_dim} and"
                f" {self.decoder_kernel}"
            )

    @property
    def reach_frames(self) -> int:
        """How far to either side a frame's pose depends on speech and noise."""
        return self.layers * self.window_frames + self.decoder_blocks * 2 * (self.decoder_kernel // 2)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as written beside the weights."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> HeadMotionConfig:
        """Inverse of `to_dict`; raises ModelError on a field that does not exist."""
        for name in values:
            if name not in cls.__dataclass_fields__:
                raise ModelError(unknown("size of head motion", name, cls.__dataclass_fields__))
        return cls(**values)


@dataclass(frozen=True)
class CriticSizes:
    """Sizes of both critics, which the paper does not print.

    Attributes:
        width: channels.
        blocks: of the global critic's ResNet.
        patch_frames: N, that a response of the local critic sees.
        join: where speech reaches the global critic: "pooled", beside the pooled motion, as section 10.3 has it; or
            "frames", beside each frame's pose, so that it can also see whether they fit in time.
        speeds: critics also see how each frame differs from the one before, in units of the clips' own differences.
            Distances between sequences then count how a head moves as much as where it is.
    """

    width: int = 64
    blocks: int = 3
    patch_frames: int = PATCH_FRAMES
    join: str = "pooled"
    speeds: bool = True

    def __post_init__(self) -> None:
        if self.join not in JOINS:
            raise ModelError(f"expected join to be 'pooled' or 'frames' but got {self.join!r}")
        if not isinstance(self.speeds, bool):
            raise ModelError(f"expected speeds to be true or false but got {self.speeds!r}")
        for name, least in (("width", 1), ("blocks", 1), ("patch_frames", 6)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _MOST:
                raise ModelError(f"expected {name} to be a whole number from {least} to {_MOST} but got {value!r}")

    @property
    def numbers(self) -> int:
        """Of a frame, that critics see."""
        return 18 if self.speeds else 9
