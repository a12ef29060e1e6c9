"""A cheap method. It is used from a copy outside of any package, so that edits elsewhere leave its frames valid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from baselines.interface.method import Chunk, Driver, Method, check_source
from baselines.interface.own_card import OWN_CARD


class Blend(Method):
    """Source and driver half and half: another picture for each pair."""

    name = "blend"
    capabilities = replace(OWN_CARD, shows="driver")

    def prepare(self, source: np.ndarray) -> np.ndarray:
        check_source(source)
        return source

    def drive(self, prepared: np.ndarray, driver: Driver) -> Iterator[Chunk]:
        assert driver.frames is not None
        for frame in driver.frames:
            yield Chunk((prepared // 2 + frame // 2)[None])
