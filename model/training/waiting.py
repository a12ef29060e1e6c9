"""How long a training waits for what it trains on."""

from __future__ import annotations

import time


class Waiting:
    """Adds up the seconds inside its `with` blocks."""

    def __init__(self) -> None:
        self._begun_s, self._sum_s = 0.0, 0.0

    def __enter__(self) -> None:
        self._begun_s = time.perf_counter()

    def __exit__(self, *ended: object) -> None:
        self._sum_s += time.perf_counter() - self._begun_s

    def take_s(self) -> float:
        """Seconds since this was last asked."""
        taken_s, self._sum_s = self._sum_s, 0.0
        return taken_s
