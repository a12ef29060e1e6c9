"""The bound that moves perfectly and is somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from baselines.interface.errors import DriveError
from baselines.interface.method import Chunk, Driver, Method, check_source
from baselines.interface.own_card import OWN_CARD

_CHUNK_FRAMES = 32


class CopyDriver(Method):
    """Returns the driver's own frames."""

    name = "copy-driver"
    capabilities = replace(OWN_CARD, shows="driver")

    def prepare(self, source: np.ndarray) -> None:
        check_source(source)

    def drive(self, prepared: None, driver: Driver) -> Iterator[Chunk]:
        if driver.frames is None:
            raise DriveError("expected driver frames to copy but the protocol withholds them")
        for start in range(0, driver.frame_count, _CHUNK_FRAMES):
            yield Chunk(driver.frames[start : start + _CHUNK_FRAMES].copy())
