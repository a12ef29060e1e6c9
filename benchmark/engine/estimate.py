"""What a run will take: disk as an upper bound, time from what was measured; what nobody measured is said."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.engine.outputs import CommandOutput, Existing
from benchmark.engine.plan import Plan, PlannedMethod
from benchmark.engine.predictions import PredictionPath
from benchmark.features.extractors.catalog import is_thinned
from benchmark.results.errors import ResultsError
from benchmark.results.schema import RESULTS_FILE, Results
from feed_dataset.core.jobs.words import counted

_CHANNELS = 3


@dataclass(frozen=True)
class Estimate:
    """Upper bounds of frames and bytes, and times.

    Args:
        frames: to generate, by method; none of frames that are finished.
        inputs_bytes, outputs_bytes: crops of drivers and sources, and generated frames, as if nothing were compressed.
        free_bytes: where they will lie.
        generate_s: by method; None where no earlier run in the folder measured it.
        score_s: of all features that metrics read, each once, in one process.
        unmeasured: features without a measured cost, which `score_s` leaves out.
    """

    frames: Mapping[str, int]
    inputs_bytes: int
    outputs_bytes: int
    free_bytes: int
    generate_s: Mapping[str, float | None]
    score_s: float
    unmeasured: tuple[str, ...]


def estimate(plan: Plan, seconds_per_1000_frames: Mapping[str, float]) -> Estimate:
    """What a run of a protocol will take.

    Args:
        seconds_per_1000_frames: measured cost of each feature, by id.
    """
    size, length = plan.protocol.size_px or 0, plan.protocol.frames_per_case or 0
    frame_bytes = size * size * _CHANNELS
    drivers = len({case.driver for case in plan.cases if case.driver is not None})
    sources = len({case.source for case in plan.cases if case.source is not None})
    left = {method.name: cases_left(plan, method) for method in plan.methods if not method.output.is_reference}
    earlier = _earlier(plan.out)
    shown = len(plan.cases) * len(left) + drivers
    seconds, unmeasured = _score_s(plan, shown * length, seconds_per_1000_frames)
    return Estimate(
        frames={name: cases * length for name, cases in left.items()},
        inputs_bytes=(drivers * length + sources) * frame_bytes,
        outputs_bytes=sum(left.values()) * length * frame_bytes,
        free_bytes=shutil.disk_usage(_existing(plan.out)).free,
        generate_s={name: _generate_s(earlier, name, cases * length) for name, cases in left.items()},
        score_s=seconds,
        unmeasured=unmeasured,
    )


def cases_left(plan: Plan, method: PlannedMethod) -> int:
    """How many cases of a method are to be generated; what is there is looked at when run."""
    if method.output.is_reference or isinstance(method.output, Existing):
        return 0
    at = (PredictionPath(plan.predictions / method.name, case.id) for case in plan.cases)
    return sum(not path.record.is_file() for path in at)


def method_line(plan: Plan, method: PlannedMethod) -> str:
    """Where the frames of a method come from, for people."""
    output, count, left = method.output, len(plan.cases), cases_left(plan, method)
    if output.is_reference:
        return f"row {method.name}: the references themselves, nothing to generate"
    if isinstance(output, Existing):
        lacking = sum(case.id not in output.files for case in plan.cases)
        failing = f"; {lacking} without any will count as failed" if lacking else ""
        return (
            f"method {method.name}: finished frames of {counted(count - lacking, 'case')}, nothing to generate{failing}"
        )
    if isinstance(output, CommandOutput):
        kept = "what it made before of the same inputs is kept (looked for when run)"
        return f"method {method.name}: its command makes {counted(count, 'case')} at once; {kept}"
    return f"method {method.name}: {left} to generate, {count - left} here (checked when run)"


def _score_s(plan: Plan, frames: int, costs: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
    """Each feature counts once, however many metrics read it."""
    ids = plan.features.ids
    seconds = sum(costs[one] / (plan.features.stride if is_thinned([one]) else 1) for one in ids if one in costs)
    return seconds * frames / 1000, tuple(one for one in ids if one not in costs)


def _generate_s(earlier: Results | None, method: str, frames: int) -> float | None:
    """From what the method took in an earlier run in the same folder, for as many frames as are left."""
    if not frames:
        return 0.0
    if earlier is None:
        return None
    found = next((one for one in earlier.methods if one.name == method), None)
    made = len(earlier.protocol.case_ids) * earlier.protocol.frames_per_case
    return None if found is None or not found.seconds_generate else found.seconds_generate * frames / made


def _earlier(out: Path) -> Results | None:
    try:
        return Results.load(out / RESULTS_FILE)
    except ResultsError:
        return None  # none yet, or of another version: nothing was measured


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def estimate_lines(found: Estimate, *, workers: int, machine: str) -> list[str]:
    """For people.

    Args:
        workers: processes that share the work.
        machine: on which the costs of features were measured.
    """
    total = found.inputs_bytes + found.outputs_bytes
    lines = [
        f"disk: at most {total / 1e6:.0f} MB of frames ({found.inputs_bytes / 1e6:.0f} MB inputs), features not"
        f" counted; {found.free_bytes / 1e9:.1f} GB are free"
    ]
    if total > found.free_bytes:
        lines.append("disk: this may not fit")
    processes = f"{workers} process{'' if workers == 1 else 'es'}"
    for name, seconds in found.generate_s.items():
        if seconds is None:
            lines.append(f"time to generate with {name}: not known before its first run in this folder (try --limit 2)")
        elif seconds:
            lines.append(f"time to generate with {name}: about {seconds / workers:.0f} s in {processes}")
    lines.append(
        f"time to score: about {found.score_s / workers:.0f} s in {processes} besides their start, as measured"
        f" on {machine}; what is kept already takes none"
    )
    if found.unmeasured:
        lines.append(f"time to score leaves out what was never measured: {', '.join(found.unmeasured)}")
    return lines
