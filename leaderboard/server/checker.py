"""Inside of the process that checks one submission: its limits, the check, and what it hands back as files.

The parent takes nothing from it but plain JSON of bounded length, and files.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import resource
from dataclasses import asdict, dataclass
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

# All that a check needs is loaded here, once, in the process that all checks are forked from.
from benchmark.results.errors import ResultsError
from benchmark.results.loading import parse_object
from benchmark.results.schema import RESULTS_FILE, Results
from leaderboard.bundle import index, manifest, pack, rebuilding, recomputing, rows  # noqa: F401
from leaderboard.bundle.archive import Archive
from leaderboard.bundle.check import Checked, check_bundle
from leaderboard.bundle.clips import MAX_CLIP_BYTES
from leaderboard.bundle.problems import Problem
from leaderboard.errors import SubmissionError
from leaderboard.rules import metrics, protocol, values  # noqa: F401
from leaderboard.rules import rows as rule_rows  # noqa: F401
from leaderboard.rules.known import known_protocols
from leaderboard.store.prepared import prepare
from leaderboard.validate import MAX_BYTES, Submission, find_problems, protocols_with

PREPARED, DOCUMENT, CLIPS = "prepared.json", "document.zlib", "clips"
"""Files that a check leaves in its folder."""
OUT_OF_MEMORY = "out of memory"
_NICE = 10  # pages go first
_MOST_FILES = 64
_MOST_PROBLEMS = 1000
known_protocols()  # read once, before processes are forked


@dataclass(frozen=True)
class Job:
    """One check.

    Args:
        path: what was sent; an archive or a results file.
        folder: for what is found, besides the answer.
        is_bundle: an archive.
        protocol_file: a protocol beside the shipped ones.
        limit_s: of processor time.
        limit_bytes: of memory beyond that of an idle process.
    """

    path: str
    folder: str
    is_bundle: bool
    protocol_file: str | None
    limit_s: float
    limit_bytes: int


def run(connection: Connection, job: Job | None) -> None:
    """Check, and answer with one JSON object. Without a job, only say that everything is loaded."""
    if job is None:
        connection.send_bytes(b"{}")
        return
    _limit(job)
    try:
        found = _check(job)
    except MemoryError:
        found = {"failed": OUT_OF_MEMORY}
    with contextlib.suppress(BrokenPipeError):  # the server was killed
        connection.send_bytes(json.dumps(found).encode())


def _limit(job: Job) -> None:
    os.nice(_NICE)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    seconds = math.ceil(job.limit_s)
    limits = {
        resource.RLIMIT_AS: used + job.limit_bytes,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: job.limit_bytes,
        resource.RLIMIT_NOFILE: _MOST_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for name, limit in limits.items():
        _, hard = resource.getrlimit(name)
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(name, (most, most))


def _check(job: Job) -> dict[str, Any]:
    protocol_file = None if job.protocol_file is None else Path(job.protocol_file)
    path = Path(job.path)
    if job.is_bundle:
        checked = check_bundle(path, protocol_file=protocol_file)
    else:
        checked = _check_results(path, protocol_file)
    if checked.submission is not None and not checked.problems:
        try:
            clips = _prepare(job, checked)
        except SubmissionError as error:
            return {"problems": [asdict(Problem(RESULTS_FILE, str(error)))]}
        return {"problems": [], "verdict": checked.verdict, "levels": dict(checked.levels), "clips": clips}
    return {"problems": [asdict(one) for one in checked.problems]}


def _check_results(path: Path, protocol_file: Path | None) -> Checked:
    """A results file alone: everything but what needs features."""
    if path.stat().st_size > MAX_BYTES:
        too_large = Problem(RESULTS_FILE, f"expected at most {MAX_BYTES} bytes but got {path.stat().st_size}")
        return Checked((too_large,), "rejected")
    try:
        results = Results.of_content(parse_object(path.read_bytes(), RESULTS_FILE), RESULTS_FILE)
    except ResultsError as error:
        return Checked((Problem(RESULTS_FILE, str(error)),), "rejected")
    except RecursionError:
        return Checked((Problem(RESULTS_FILE, "expected results but got JSON that is nested too deeply"),), "rejected")
    with np.errstate(over="ignore", invalid="ignore"):  # absurd numbers are found, not warned of
        found = islice(find_problems(results, protocols_with(None, protocol_file)), _MOST_PROBLEMS)
        problems = tuple(Problem(RESULTS_FILE, one) for one in found)
        if problems:
            return Checked(problems, "rejected")
        return Checked((), "self-reported", Submission(results, tuple(values.derived(results))))


def _prepare(job: Job, checked: Checked) -> list[str]:
    """Write what goes into the store; names of previews, whose files are numbered."""
    assert checked.submission is not None
    prepared = prepare(checked.submission, verdict=checked.verdict, evidence=checked.levels)
    folder = Path(job.folder)
    (folder / DOCUMENT).write_bytes(prepared.document)
    content = {"values": dict(prepared.values), "entries": [dict(one) for one in prepared.entries]}
    (folder / PREPARED).write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
    if checked.clips:
        (folder / CLIPS).mkdir()
        with Archive(Path(job.path)) as archive:
            for number, name in enumerate(checked.clips):
                (folder / CLIPS / str(number)).write_bytes(archive.read(name, MAX_CLIP_BYTES))
    return list(checked.clips)
