"""EMOPortraits behind the method interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from baselines.interface.errors import MethodUnavailable
from baselines.interface.method import Capabilities, Driver, Generated, Method, check_source
from model.networks.config import PRESETS

if TYPE_CHECKING:
    from torch import Tensor

    from model import EMOPortraits, SourceIdentity

PRESET = "emoportraits-mini"
BATCH_FRAMES = 5  # small enough for a few hundred megabytes of activations


class EmoPortraitsMini(Method):
    """The shipped `emoportraits-mini`: frames are resized to its side and back.

    Args:
        model: a model to use instead of the shipped one.
    """

    name: ClassVar[str] = "emoportraits"
    capabilities: ClassVar[Capabilities] = Capabilities(
        drives=frozenset({"image"}),
        size_px=PRESETS[PRESET].image_size_px,
        licence="Apache-2.0",
        needs_optimisation=False,
        has_latents=True,
    )

    def __init__(self, model: EMOPortraits | None = None) -> None:
        self._model = (model or _shipped()).eval()

    @property
    def weights_sha256(self) -> str | None:
        return self._model.weights_sha256

    def prepare(self, source: np.ndarray) -> SourceIdentity:
        import torch

        check_source(source)
        with torch.inference_mode():
            return self._model.encode_source(self._to_model(source[None]))

    def drive(self, prepared: SourceIdentity, driver: Driver) -> Generated:
        import torch

        from model.avatar.images import from_model, resize_square

        frames: list[np.ndarray] = []
        latents: list[np.ndarray] = []
        with torch.inference_mode():
            for start in range(0, len(driver.frames), BATCH_FRAMES):
                batch = driver.frames[start : start + BATCH_FRAMES]
                result = self._model.drive(prepared, self._to_model(batch))
                frames.extend(resize_square(made, driver.frames.shape[1]) for made in from_model(result.image))
                latents.append(result.z.float().cpu().numpy())
        return Generated(np.stack(frames), np.concatenate(latents).astype(np.float32))

    def _to_model(self, frames: np.ndarray) -> Tensor:
        """uint8 [T, S, S, 3] -> float32 [T, 3, M, M] in [0, 1]."""
        from model.avatar.images import to_model

        return to_model(frames, self._model.config.image_size_px, next(self._model.parameters()))


def _shipped() -> EMOPortraits:
    from model import EMOPortraits, ModelError

    try:
        return EMOPortraits.from_preset(PRESET, pretrained=True)
    except ModelError as error:
        raise MethodUnavailable(f"emoportraits: {error}") from error
