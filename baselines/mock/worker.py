"""The process in which a method of a mock run works: `python -m baselines.mock.worker JOB.json`."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from baselines.doors.place import import_class, line_of, source_file
from baselines.interface.method import Method
from baselines.interface.seeds import seeded
from baselines.interface.stopwatch import Stopwatch
from baselines.mock.command import answers_of_command
from baselines.mock.family import adopt, descendants
from baselines.mock.job import Answer, Job, Told, write_told
from baselines.mock.material import Inputs, all_inputs
from baselines.mock.written import Written
from baselines.outside.command import CommandMethod
from feed_dataset.core.jobs.errors import FeedError

_PATIENCE_S = 120.0


def main(path: Path) -> None:
    """Do the job and tell."""
    job = Job.load(path)
    adopt()
    written, began = Written(job), time.time()
    begin = time.perf_counter()
    try:
        method = job.spec.load()
        if not isinstance(method, Method | CommandMethod):
            raise FeedError(f"expected a method to run but {job.spec.target} has finished frames")
        if isinstance(method, Method):
            method.load(job.device)
    except Exception as error:
        write_told(job.folder, Told(setup_error=_reason(error, job)))
        return
    load_s = time.perf_counter() - begin
    given = all_inputs(frozenset(method.capabilities.drives))
    _wait(job)
    answers: dict[str, Answer] = {}
    if isinstance(method, CommandMethod):
        try:
            answers = answers_of_command(method, job, given)
        except Exception as error:
            write_told(job.folder, Told(setup_error=_reason(error, job)))
            return
    else:
        for drive in job.drives:
            answers[drive.label] = _answer(method, given[drive.inputs], job, drive.label)
    told = Told(answers, None, load_s, written.changed(began), written.created(), descendants())
    write_told(job.folder, told)


def _answer(method: Method, inputs: Inputs, job: Job, label: str) -> Answer:
    """Drive once with copies, so that altered inputs are seen and do no harm."""
    source = inputs.source.copy()
    driver = replace(inputs.driver, **_copies(inputs))
    watch, parts = Stopwatch(), []
    error: str | None = None
    try:
        with seeded(driver.seed):
            for chunk in watch.drive(method, source, driver):
                parts.append(chunk.frames)
    except Exception as raised:
        error = _reason(raised, job)
    changed = [] if np.array_equal(source, inputs.source) else ["source"]
    changed += [] if _same_driver(driver, inputs) else ["driver"]
    sizes = tuple(dict.fromkeys((part.shape[1], part.shape[2]) for part in parts))
    file = None
    if len(sizes) == 1 and error is None:
        file = job.folder / f"{label}.npy"
        np.save(file, np.concatenate(parts))
    return Answer(file, sum(map(len, parts)), sizes, error, tuple(changed), speed=watch.speed)


def _copies(inputs: Inputs) -> dict[str, Any]:
    driver = inputs.driver
    if driver.frames is not None:
        frames = driver.frames.copy()
        found: dict[str, Any] = {"frames": frames, "first_frame": frames[0]}
    else:
        found = {"first_frame": None if driver.first_frame is None else driver.first_frame.copy()}
    if driver.audio is not None:
        found["audio"] = replace(driver.audio, samples=driver.audio.samples.copy())
    if driver.pose is not None:
        found["pose"] = driver.pose.copy()
    return found


def _same_driver(driver: Any, inputs: Inputs) -> bool:
    pairs: list[tuple[Any, Any]] = [
        (driver.frames, inputs.driver.frames),
        (driver.first_frame, inputs.driver.first_frame),
        (driver.pose, inputs.driver.pose),
    ]
    if driver.audio is not None and inputs.driver.audio is not None:
        pairs.append((driver.audio.samples, inputs.driver.audio.samples))
    return all(one is None or np.array_equal(one, other) for one, other in pairs)


def _wait(job: Job) -> None:
    if job.waits_for is None:
        return
    (job.folder / "ready").touch()
    deadline = time.monotonic() + _PATIENCE_S
    while not job.waits_for.exists() and time.monotonic() < deadline:
        time.sleep(0.005)


def _reason(error: Exception, job: Job) -> str:
    if isinstance(error, FeedError):
        return str(error)
    file = None
    if job.spec.kind != "frames":
        try:
            file = source_file(import_class(job.spec.target))
        except FeedError:
            file = None
    return line_of(error, file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
