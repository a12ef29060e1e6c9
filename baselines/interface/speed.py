"""The speed of a method over many cases: what is paid once, what for every source, what for every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

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
class ProcessSpeed:
    """One process of somebody else's that made one or more cases, seen from outside.

    Args:
        started_at: Unix time in seconds, which tells processes apart.
        seconds: from its start to its end: starting, loading, making frames and writing them.
        frames: how many it was asked for.
        first_frame_s: from its start until its first frames reach its video writer, or until the first image lies on
            the disk; None where neither is seen.
        frame_s: of each frame after the first ones; empty where they say nothing, and `unseen` says why.
        peak_memory_bytes: most memory of the largest of its processes.
        peak_gpu_bytes: most memory that PyTorch had on the GPU, in one of them.
    """

    started_at: float
    seconds: float
    frames: int
    first_frame_s: float | None
    frame_s: tuple[float, ...]
    unseen: str | None
    peak_memory_bytes: int | None
    peak_gpu_bytes: int | None


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
        start_to_frame_s: from the start of a process, or of loading, to its first frames.
        process_frame_s: of processes of somebody else's: all their seconds over all frames that they were asked for.
        unseen: why nothing is known of single frames.
    """

    load_s: float | None
    warm_up_s: float | None
    prepare_s: float | None
    first_frame_s: float | None
    frame_p50_s: float | None
    frame_p95_s: float | None
    frames: int
    peak_memory_bytes: int | None
    peak_gpu_bytes: int | None
    start_to_frame_s: float | None = None
    process_frame_s: float | None = None
    unseen: str | None = None


def speed_of(cases: Sequence[CaseSpeed | ProcessSpeed]) -> Speed | None:
    """What several cases of one method say together; None of none."""
    of_processes = {one.started_at: one for one in cases if isinstance(one, ProcessSpeed)}
    if of_processes:
        return _of_processes(list(of_processes.values()))
    return _of_cases([one for one in cases if isinstance(one, CaseSpeed)])


def _of_processes(processes: Sequence[ProcessSpeed]) -> Speed:
    frames = [seconds for one in processes for seconds in one.frame_s]
    asked = sum(one.frames for one in processes)
    return Speed(
        load_s=None,
        warm_up_s=None,
        prepare_s=None,
        first_frame_s=None,
        **_each(frames),
        peak_memory_bytes=_most([one.peak_memory_bytes for one in processes]),
        peak_gpu_bytes=_most([one.peak_gpu_bytes for one in processes]),
        start_to_frame_s=_median([one.first_frame_s for one in processes if one.first_frame_s is not None]),
        process_frame_s=sum(one.seconds for one in processes) / asked if asked else None,
        unseen=None if frames else next((one.unseen for one in processes if one.unseen is not None), None),
    )


def _of_cases(cases: Sequence[CaseSpeed]) -> Speed | None:
    if not cases:
        return None
    colds = [one for one in cases if one.is_first]
    first = [one.drive for one in colds]
    later = [one.drive for one in cases if not one.is_first]
    frames = [seconds for one in cases for seconds in one.drive.frame_s]
    return Speed(
        load_s=float(np.median([one.load_s for one in colds] or [one.load_s for one in cases])),
        warm_up_s=_median([one.prepare_s + one.first_frame_s for one in first]),
        prepare_s=_median([one.prepare_s for one in later]),
        first_frame_s=_median([one.first_frame_s for one in later]),
        **_each(frames),
        peak_memory_bytes=_most([one.drive.peak_memory_bytes for one in cases]),
        peak_gpu_bytes=_most([one.drive.peak_gpu_bytes for one in cases]),
        start_to_frame_s=_median([one.load_s + one.drive.prepare_s + one.drive.first_frame_s for one in colds]),
    )


class _Frames(TypedDict):
    frame_p50_s: float | None
    frame_p95_s: float | None
    frames: int


def _each(frames: Sequence[float]) -> _Frames:
    last = float(np.percentile(frames, 95)) if frames else None
    return {"frame_p50_s": _median(frames), "frame_p95_s": last, "frames": len(frames)}


def speed_text(speed: Speed) -> str:
    """One line; what was not measured is left out, and of single frames it says why."""
    parts = [
        ("whole process", f"{_seconds(speed.process_frame_s)} a frame" if speed.process_frame_s is not None else ""),
        ("start to first frame", _seconds(speed.start_to_frame_s) if speed.load_s is None else ""),
        ("load", _seconds(speed.load_s)),
        ("warm-up", _seconds(speed.warm_up_s)),
        ("prepare", _seconds(speed.prepare_s)),
        ("first frame", _seconds(speed.first_frame_s)),
        ("frame p50", _seconds(speed.frame_p50_s)),
        ("p95", _seconds(speed.frame_p95_s)),
        ("peak memory", _gigabytes(speed.peak_memory_bytes)),
        ("on the GPU", _gigabytes(speed.peak_gpu_bytes)),
        ("single frames unknown:", speed.unseen or ""),
        ("load and prepare unknown:", "parts of a process that is not ours" if _is_others(speed) else ""),
    ]
    return ", ".join(f"{name} {text}" for name, text in parts if text)


def _is_others(speed: Speed) -> bool:
    return speed.load_s is None and speed.process_frame_s is not None


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
