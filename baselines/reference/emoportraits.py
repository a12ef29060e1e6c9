"""EMOPortraits behind the method interface."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from baselines.interface.errors import DriveError, MethodUnavailable
from baselines.interface.method import Chunk, Driver, Method, check_source
from baselines.interface.own_card import OWN_CARD
from baselines.reference.weights import EMOPORTRAITS, find_weights
from feed_dataset.core.jobs.array_store import frames_sha256

if TYPE_CHECKING:
    from torch import Tensor

    from model import EMOPortraits, SourceIdentity

BATCH_FRAMES = 5  # small enough for a few hundred megabytes of activations
KEPT_SOURCES = 8  # several cases share a source


class EmoPortraits(Method):
    """EMOPortraits: frames are resized to the model's side and back.

    Weights that read face points are driven relatively, by what changes since the driver's first frame, because points
    of one frame do not tell how a person looks at rest; all others absolutely, as in the paper.

    Side, licence, training data and digest are what the checkpoint's own card says.

    Args:
        model: a model folder or a hub id; the default is the `emoportraits-mini` that the package ships.

    Raises:
        MethodUnavailable: no such weights, or those of the other graph.
    """

    name = "emoportraits"
    version = 3
    graph = EMOPORTRAITS
    paper = "arXiv:2404.19110"

    def __init__(self, model: str | None = None) -> None:
        self._weights = find_weights(model)
        if self._weights.graph != self.graph:
            raise MethodUnavailable(
                f"expected weights of {self.graph} but {self._weights.folder} has the sizes of {self._weights.graph};"
                f" give them to --method {self._weights.graph}"
            )
        self._device = "cpu"
        self._sources: OrderedDict[str, SourceIdentity] = OrderedDict()
        self.capabilities = replace(
            OWN_CARD,
            size_px=self._weights.size_px,
            licence=self._weights.licence,
            has_latents=True,
            trained_on=self._weights.trained_on,
            paper=self.paper,
            repository=self._weights.repository,
            commit=self._weights.commit,
        )

    @property
    def weights_sha256(self) -> str | None:
        return self._weights.sha256

    def load(self, device: str = "cpu") -> None:
        self._device = device
        self._sources.clear()
        self._model.to(device)

    def prepare(self, source: np.ndarray) -> SourceIdentity:
        import torch

        check_source(source)
        key = frames_sha256(source[None])
        if key not in self._sources:
            with torch.inference_mode():
                self._sources[key] = self._model.encode_source(self._to_model(source[None]))
        self._sources.move_to_end(key)
        while len(self._sources) > KEPT_SOURCES:
            self._sources.popitem(last=False)
        return self._sources[key]

    def drive(self, prepared: SourceIdentity, driver: Driver) -> Iterator[Chunk]:
        import torch

        from model.avatar.images import from_model, resize_square
        from model.avatar.motion import Motion

        if driver.frames is None:
            raise DriveError("expected driver frames to read the motion from but the protocol withholds them")
        own, rest = Motion(prepared.z, prepared.pose), None
        for start in range(0, driver.frame_count, BATCH_FRAMES):
            with torch.inference_mode():
                pose, z = self._model.read_motion(self._to_model(driver.frames[start : start + BATCH_FRAMES]))
                motion = Motion(z, pose)
                if self._model.config.point_modes:
                    rest = rest or motion[slice(0, 1)]
                    motion = motion.relative(rest, own)
                pictures = self._model.render(prepared, motion.z, motion.pose)
            made = [resize_square(picture, driver.size_px) for picture in from_model(pictures)]
            yield Chunk(np.stack(made), z.float().cpu().numpy())

    @cached_property
    def _model(self) -> EMOPortraits:
        from model import EMOPortraits, ModelError

        try:
            return EMOPortraits.from_pretrained(self._weights.folder).to(self._device).to_inference()
        except ModelError as error:
            raise MethodUnavailable(f"{self.name}: {error}") from error

    def _to_model(self, frames: np.ndarray) -> Tensor:
        """uint8 [T, S, S, 3] -> float32 [T, 3, M, M] in [0, 1]."""
        from model.avatar.images import to_model

        return to_model(frames, self._model.config.image_size_px, next(self._model.parameters()))
