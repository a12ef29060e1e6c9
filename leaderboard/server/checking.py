"""Checks of submissions, each in a process of its own with limits; a few at once, the others wait."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread

from feed_dataset.core.jobs.worker_process import as_worker
from leaderboard.server import checker
from leaderboard.server.answers import ApiError
from leaderboard.server.checker import Job
from leaderboard.server.settings import MIB, Settings
from leaderboard.server.uploads import Upload
from leaderboard.store.prepared import Prepared

_START_S = 120.0  # of the process that all checks are forked from
_MORE_S = 5.0  # on the clock beyond the limit of processor time
_MOST_WAITING = 100
_MOST_ANSWER_BYTES = 4 * MIB


@dataclass(frozen=True)
class Outcome:
    """What a check found.

    Args:
        problems: place and message of each; empty for a submission that is accepted.
        verdict: of an accepted one.
        levels: by metric what its numbers follow from.
        prepared: what goes into the store.
        clips: previews by name.
    """

    problems: Sequence[Mapping[str, str]]
    verdict: str = "rejected"
    levels: Mapping[str, str] = field(default_factory=dict)
    prepared: Prepared | None = None
    clips: Mapping[str, Path] = field(default_factory=dict)


class Checker:
    """Starts processes for checks.

    Args:
        settings: how many at once, and their limits.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload([checker.__name__])
        self._free = CapacityLimiter(settings.checks)

    def start(self) -> None:
        """Load what checks need; without this, the first one waits for it."""
        with as_worker():
            self._run(None, _START_S)

    async def check(self, upload: Upload) -> Outcome:
        """Check what was sent.

        Raises:
            ApiError: too many wait already.
        """
        if self._free.statistics().tasks_waiting >= _MOST_WAITING:
            raise ApiError(503, "too many submissions wait to be checked; send it again", headers={"Retry-After": "30"})
        protocol_file = self._settings.protocol_file
        job = Job(
            path=str(upload.path),
            folder=str(upload.folder),
            is_bundle=upload.is_bundle,
            protocol_file=None if protocol_file is None else str(protocol_file),
            limit_s=self._settings.check_s,
            limit_bytes=self._settings.check_bytes,
        )
        return await to_thread.run_sync(self._checked, job, limiter=self._free)

    def _checked(self, job: Job) -> Outcome:
        found = self._run(job, job.limit_s + _MORE_S)
        if found is None or found.get("failed"):
            return Outcome([{"place": "check", "message": self._too_much(found)}])
        if found["problems"]:
            return Outcome(found["problems"])
        folder = Path(job.folder)
        content = json.loads((folder / checker.PREPARED).read_bytes())
        document = (folder / checker.DOCUMENT).read_bytes()
        clips = {name: folder / checker.CLIPS / str(number) for number, name in enumerate(found["clips"])}
        prepared = Prepared(content["values"], document, content["entries"])
        return Outcome([], found["verdict"], found["levels"], prepared, clips)

    def _too_much(self, found: Mapping[str, Any] | None) -> str:
        seconds = f"{self._settings.check_s:.0f} s"
        memory = f"{self._settings.check_bytes // MIB} MiB"
        if found is not None:
            return f"expected a submission that can be checked with {memory} but this one needs more"
        return f"expected a submission that can be checked within {seconds} and {memory} but the check was ended"

    def _run(self, job: Job | None, wait_s: float) -> dict[str, Any] | None:
        """The answer of one process; None where it gave none in time."""
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=checker.run, args=(theirs, job), daemon=True)
        try:
            process.start()
            theirs.close()
            if not ours.poll(wait_s):
                return None
            answer: dict[str, Any] = json.loads(ours.recv_bytes(_MOST_ANSWER_BYTES))
            return answer
        except (EOFError, OSError):
            return None  # it was killed, by its limits or by hand
        finally:
            ours.close()
            if process.pid is not None:
                process.kill()
                process.join()
