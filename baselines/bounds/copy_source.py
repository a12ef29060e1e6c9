"""The bound that never moves."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from baselines.interface.method import Capabilities, Driver, Generated, Method, check_source

_ANY = Capabilities(
    drives=frozenset({"image", "audio", "pose"}),
    size_px=None,
    licence="Apache-2.0",
    needs_optimisation=False,
    has_latents=False,
)


class CopySource(Method):
    """Repeats the source image for every driver frame."""

    name: ClassVar[str] = "copy-source"
    capabilities: ClassVar[Capabilities] = _ANY

    def prepare(self, source: np.ndarray) -> np.ndarray:
        check_source(source)
        return source

    def drive(self, prepared: np.ndarray, driver: Driver) -> Generated:
        return Generated(np.repeat(prepared[None], len(driver.frames), axis=0))
