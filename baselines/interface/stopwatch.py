"""How long a method takes, as its own process sees it; what is done with its frames meanwhile does not count."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from baselines.interface.frames import Chunk, any_chunks

if TYPE_CHECKING:
    from baselines.interface.driver import Driver
    from baselines.interface.method import Method


@dataclass(frozen=True)
class DriveSpeed:
    """One source driven once.

    Args:
        prepare_s: of `prepare`.
        first_frame_s: from the call of `drive` to its first frames.
        frame_s: of each frame after the first ones; frames that come together share their time equally.
        peak_memory_bytes: most memory that the whole process held meanwhile; None where it is not known.
        peak_gpu_bytes: most memory that PyTorch had on the GPU meanwhile; None without one.
    """

    prepare_s: float
    first_frame_s: float
    frame_s: tuple[float, ...]
    peak_memory_bytes: int | None
    peak_gpu_bytes: int | None


class Stopwatch:
    """Drives a source and measures; `speed` is there when all frames were taken.

    Args:
        owns_process: what the process remembers as its most memory may be forgotten before; without that it is not
            measured.
    """

    def __init__(self, *, owns_process: bool = True) -> None:
        self.speed: DriveSpeed | None = None
        self._owns_process = owns_process

    def drive(self, method: Method, source: np.ndarray, driver: Driver) -> Iterator[Chunk]:
        """The frames as they come, each chunk valid by itself. Raises what the method raises."""
        if self._owns_process:
            _forget_peaks()
        begin = time.perf_counter()
        prepared: Any = method.prepare(source)
        prepare_s = time.perf_counter() - begin
        times: list[tuple[int, float]] = []
        begin = time.perf_counter()
        chunks: Iterable[Chunk] = any_chunks(method.drive(prepared, driver))
        for chunk in chunks:
            times.append((len(chunk.frames), time.perf_counter() - begin))
            yield chunk
            begin = time.perf_counter()
        first = times[0][1] if times else 0.0
        frame_s = tuple(seconds / count for count, seconds in times[1:] for _ in range(count))
        peaks = (_peak_memory(), _peak_gpu()) if self._owns_process else (None, None)
        self.speed = DriveSpeed(prepare_s, first, frame_s, *peaks)


def _forget_peaks() -> None:
    with suppress(OSError), open("/proc/self/clear_refs", "w") as stream:
        stream.write("5")  # "reset the peak resident set size", Linux since 4.0
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.reset_peak_memory_stats()


def _peak_memory() -> int | None:
    try:
        with open("/proc/self/status") as stream:
            lines = dict(line.split(":", 1) for line in stream if ":" in line)
        return int(lines["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


def _peak_gpu() -> int | None:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    return int(torch.cuda.max_memory_allocated())
