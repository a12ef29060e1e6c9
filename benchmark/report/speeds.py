"""Speed as somebody who uses a method meets it: one row a method, of methods that were timed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmark.report.grid import Grid
from benchmark.results.schema import Results, SpeedRecord

REAL_TIME_FPS = 25
HEADING = (
    "On this run's machine. Real time: seconds to make one second of video at"
    f" {REAL_TIME_FPS} frames per second; below 1 keeps up"
)


@dataclass(frozen=True)
class SpeedRow:
    """What a method's speed comes to; None where it was not measured.

    Args:
        cold_start_s: from nothing loaded to the first frames.
        first_frame_s: of a source that comes later: `prepare` and the first frames.
        frame_p50_s, frame_p95_s: of each frame after that.
        real_time_factor: time to make a second of video; of whole processes, where single frames are not known.
        peak_memory_bytes, peak_gpu_bytes: the most of any case.
    """

    name: str
    cold_start_s: float | None
    first_frame_s: float | None
    frame_p50_s: float | None
    frame_p95_s: float | None
    real_time_factor: float | None
    peak_memory_bytes: int | None
    peak_gpu_bytes: int | None

    @classmethod
    def of(cls, name: str, speed: SpeedRecord) -> SpeedRow:
        """The row of one method."""
        each_s = speed.process_frame_s if speed.frame_p50_s is None else speed.frame_p50_s
        return cls(
            name,
            cold_start_s=speed.start_to_frame_s or _sum(speed.load_s, speed.warm_up_s),
            first_frame_s=_sum(speed.prepare_s, speed.first_frame_s),
            frame_p50_s=speed.frame_p50_s,
            frame_p95_s=speed.frame_p95_s,
            real_time_factor=None if each_s is None else each_s * REAL_TIME_FPS,
            peak_memory_bytes=speed.peak_memory_bytes,
            peak_gpu_bytes=speed.peak_gpu_bytes,
        )

    @property
    def cells(self) -> Mapping[str, str]:
        """Text by the column's heading; "–" where nothing is known."""
        return {
            "cold start": _seconds(self.cold_start_s),
            "first frame": _seconds(self.first_frame_s),
            "frame p50": _seconds(self.frame_p50_s),
            "p95": _seconds(self.frame_p95_s),
            "real time": "–" if self.real_time_factor is None else f"{self.real_time_factor:.2g}",
            "peak memory": _gigabytes(self.peak_memory_bytes),
            "on the GPU": _gigabytes(self.peak_gpu_bytes),
        }


def speed_rows(results: Results) -> list[SpeedRow]:
    """Of the methods that were timed, in the order of the results."""
    return [SpeedRow.of(one.name, one.speed) for one in results.methods if one.speed is not None]


def speed_grid(results: Results) -> Grid | None:
    """The rows as a table for terminals and papers; None where no method was timed."""
    rows = speed_rows(results)
    if not rows:
        return None
    header = ("method", *rows[0].cells)
    return Grid("Speed", header, tuple((row.name, *row.cells.values()) for row in rows), (f"{HEADING}.",))


def _gigabytes(size_bytes: int | None) -> str:
    return "–" if size_bytes is None else f"{size_bytes / 1e9:.2f} GB"


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3g} s" if value >= 1 else f"{value * 1000:.3g} ms"
