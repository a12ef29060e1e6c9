"""Making files that are not there yet, in processes: a call that was killed goes on where it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from feed_dataset.core.jobs.executor import Failed, no_tools
from feed_dataset.core.jobs.files import refuse_linked_folders
from feed_dataset.core.jobs.process_executor import open_executor

OnMade = Callable[[str, bool], None]  # id, whether it was made now


class FileJob(Protocol):
    """What makes files."""

    @property
    def id(self) -> str: ...

    def is_done(self) -> bool:
        """Whether all of its files are there and as they should be."""
        ...

    def run(self, tools: None) -> None:
        """Make them."""
        ...


def make_missing(
    out: Path,
    jobs: Sequence[FileJob],
    written: Iterable[Path],  # a file of each job, below `out`
    *,
    workers: int,  # processes; 0: all in this one
    on_made: OnMade,
) -> tuple[int, list[str]]:
    """How many jobs were not done, and of those whose process died the id and the reason."""
    for left_over in out.glob("*/.*.tmp"):  # of a call that was killed
        shutil.rmtree(left_over, ignore_errors=True)
    refuse_linked_folders(out, written)
    waiting = []
    for job in jobs:
        if job.is_done():
            on_made(job.id, False)
        else:
            waiting.append(job)
    failed = []
    with open_executor(workers, no_tools) as executor:
        for index, result in executor.each(waiting):
            if isinstance(result, Failed):
                failed.append(f"{waiting[index].id}: {result.reason}")
            else:
                on_made(waiting[index].id, True)
    return len(waiting), failed
