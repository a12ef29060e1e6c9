"""Sizes of the audio encoder, and what its inputs are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from feed_dataset.core.jobs.suggestions import unknown
from model.networks.errors import ModelError

_MOST = {"z_dim": 16384, "feature_dim": 16384, "width": 16384, "layers": 64}  # far above any published model


@dataclass(frozen=True)
class SpeechConfig:
    """What decides the shapes of a `SpeechEncoder`, and what it may be fed.

    The paper prints none of the sizes but that of z: widths and layers are ours.

    Attributes:
        z_dim: of the motion encoder that is the teacher; 128 in the paper.
        feature_dim: of the audio embeddings; 384 is the width of Whisper tiny.
        width, layers: hidden width and linear layers of each of the three MLPs.
        residual_base: MLP_b adds to z of the first frame instead of replacing it: a short training then begins with
            that frame's expression. Not in the paper.
        fps: frames that a second of features has.
        audio_features: what made the embeddings. Others of the same width mean something else.
    """

    z_dim: int = 128
    feature_dim: int = 384
    width: int = 512
    layers: int = 3
    residual_base: bool = False
    fps: float = 25.0
    audio_features: str = "whisper-tiny-en"

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise ModelError(f"expected {name} to be a whole number from 1 to {most} but got {value!r}")
        if not isinstance(self.residual_base, bool):
            raise ModelError(f"expected residual_base to be true or false but got {self.residual_base!r}")
        if isinstance(self.fps, bool) or not isinstance(self.fps, int | float) or not 0 < self.fps <= 1000:
            raise ModelError(f"expected fps above 0 and at most 1000 but got {self.fps!r}")
        if not isinstance(self.audio_features, str) or not self.audio_features:
            raise ModelError(f"expected audio_features to be a name but got {self.audio_features!r}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as written beside the weights."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SpeechConfig:
        """Inverse of `to_dict`; raises `ModelError` on a field that does not exist."""
        for name in values:
            if name not in cls.__dataclass_fields__:
                raise ModelError(unknown("size of the audio encoder", name, cls.__dataclass_fields__))
        return cls(**values)
