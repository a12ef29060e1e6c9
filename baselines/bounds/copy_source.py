"""The bound that never moves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from baselines.interface.frame_rule import FrameRule
from baselines.interface.method import Capabilities, Chunk, Driver, Method, check_source

_CHUNK_FRAMES = 32


class CopySource(Method):
    """Repeats the source image for every driver frame; looks at no driver."""

    name = "copy-source"
    capabilities = Capabilities(
        drives=frozenset(),
        licence="Apache-2.0",
        crop="face",
        motion="absolute",
        frame_rule=FrameRule("identity"),
        needs_optimisation=False,
        needs_gpu=False,
        seeded=True,
        lossless=True,
        parallel_safe=True,
        trained_on=frozenset(),
    )

    def prepare(self, source: np.ndarray) -> np.ndarray:
        check_source(source)
        return source

    def drive(self, prepared: np.ndarray, driver: Driver) -> Iterator[Chunk]:
        for start in range(0, driver.frame_count, _CHUNK_FRAMES):
            yield Chunk(np.repeat(prepared[None], min(_CHUNK_FRAMES, driver.frame_count - start), axis=0))
