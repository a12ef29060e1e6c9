"""The bound that never moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from baselines.interface.method import Chunk, Driver, Method, check_source
from baselines.interface.own_card import OWN_CARD

_CHUNK_FRAMES = 32


class CopySource(Method):
    """Repeats the source image for every driver frame; looks at no driver."""

    name = "copy-source"
    capabilities = replace(OWN_CARD, drives=frozenset(), shows="still")

    def prepare(self, source: np.ndarray) -> np.ndarray:
        check_source(source)
        return source

    def drive(self, prepared: np.ndarray, driver: Driver) -> Iterator[Chunk]:
        for start in range(0, driver.frame_count, _CHUNK_FRAMES):
            yield Chunk(np.repeat(prepared[None], min(_CHUNK_FRAMES, driver.frame_count - start), axis=0))
