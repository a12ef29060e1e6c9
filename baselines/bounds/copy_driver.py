"""The bound that moves perfectly and is somebody else."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from baselines.interface.method import Capabilities, Driver, Generated, Method, check_source


class CopyDriver(Method):
    """Returns the driver's own frames."""

    name: ClassVar[str] = "copy-driver"
    capabilities: ClassVar[Capabilities] = Capabilities(
        drives=frozenset({"image"}),
        size_px=None,
        licence="Apache-2.0",
        needs_optimisation=False,
        has_latents=False,
    )

    def prepare(self, source: np.ndarray) -> None:
        check_source(source)

    def drive(self, prepared: None, driver: Driver) -> Generated:
        return Generated(driver.frames.copy())
