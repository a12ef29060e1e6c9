"""The bound that moves perfectly and is somebody else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from baselines.interface.errors import DriveError
from baselines.interface.frame_rule import FrameRule
from baselines.interface.method import Capabilities, Chunk, Driver, Method, check_source

_CHUNK_FRAMES = 32


class CopyDriver(Method):
    """Returns the driver's own frames."""

    name = "copy-driver"
    capabilities = Capabilities(
        drives=frozenset({"image"}),
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

    def prepare(self, source: np.ndarray) -> None:
        check_source(source)

    def drive(self, prepared: None, driver: Driver) -> Iterator[Chunk]:
        if driver.frames is None:
            raise DriveError("expected driver frames to copy but the protocol withholds them")
        for start in range(0, driver.frame_count, _CHUNK_FRAMES):
            yield Chunk(driver.frames[start : start + _CHUNK_FRAMES].copy())
