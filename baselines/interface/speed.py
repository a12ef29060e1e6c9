"""The speed of a method over many cases: what is paid once, what for every source, what for every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from baselines.interface.stopwatch import DriveSpeed


@dataclass(frozen=True)
class CaseSpeed:
    """One case, as the process that made it saw it.

    Args:
        load_s: how long importing, constructing and loading the method took in this process.
        is_first: the first case of this process; it pays for what warms up.
    """

    load_s: float
    is_first: bool
    drive: DriveSpeed


@dataclass(frozen=True)
class Speed:
    """Medians over processes and cases; None where nothing was measured.

    Args:
        load_s: of loading.
        warm_up_s: from the begin of a process's first case to its first frames, `prepare` included.
        prepare_s, first_frame_s: of the cases after the first of each process.
        frame_p50_s, frame_p95_s: of each frame after a case's first ones.
        frames: how many frames these two are of.
        peak_memory_bytes, peak_gpu_bytes: the most of any case.
    """

    load_s: float
    warm_up_s: float | None
    prepare_s: float | None
    first_frame_s: float | None
    frame_p50_s: float | None
    frame_p95_s: float | None
    frames: int
    peak_memory_bytes: int | None
    peak_gpu_bytes: int | None


def speed_of(cases: Sequence[CaseSpeed]) -> Speed | None:
    """What several cases say together; None of none."""
    if not cases:
        return None
    first = [one.drive for one in cases if one.is_first]
    later = [one.drive for one in cases if not one.is_first]
    frames = [seconds for one in cases for seconds in one.drive.frame_s]
    return Speed(
        load_s=float(np.median([one.load_s for one in cases if one.is_first] or [one.load_s for one in cases])),
        warm_up_s=_median([one.prepare_s + one.first_frame_s for one in first]),
        prepare_s=_median([one.prepare_s for one in later]),
        first_frame_s=_median([one.first_frame_s for one in later]),
        frame_p50_s=_median(frames),
        frame_p95_s=float(np.percentile(frames, 95)) if frames else None,
        frames=len(frames),
        peak_memory_bytes=_most([one.drive.peak_memory_bytes for one in cases]),
        peak_gpu_bytes=_most([one.drive.peak_gpu_bytes for one in cases]),
    )


def speed_text(speed: Speed) -> str:
    """One line; what was not measured is left out."""
    parts = [
        ("load", _seconds(speed.load_s)),
        ("warm-up", _seconds(speed.warm_up_s)),
        ("prepare", _seconds(speed.prepare_s)),
        ("first frame", _seconds(speed.first_frame_s)),
        ("frame p50", _seconds(speed.frame_p50_s)),
        ("p95", _seconds(speed.frame_p95_s)),
        ("peak memory", _gigabytes(speed.peak_memory_bytes)),
        ("on the GPU", _gigabytes(speed.peak_gpu_bytes)),
    ]
    return ", ".join(f"{name} {text}" for name, text in parts if text)


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None


def _most(values: Sequence[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3g} s" if value >= 1 else f"{value * 1000:.3g} ms"


def _gigabytes(value: int | None) -> str:
    return "" if value is None else f"{value / 1e9:.2f} GB"
