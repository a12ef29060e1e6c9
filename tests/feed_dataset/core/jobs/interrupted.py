"""A program whose workers are starting, load their tools, or are at work when it is ended; used by test_executor."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from feed_dataset.core.jobs.process_executor import ProcessExecutor

WORKERS = 2
STOPPED = 130
IN_A_STARTING_WORKER = """\
import os, sys, time
if "--multiprocessing-fork" in sys.orig_argv:
    open(os.path.join(os.environ["INTERRUPTED"], str(os.getpid())), "w").close()
    time.sleep(2)
"""
"""A sitecustomize.py: this is how early a worker may hear of it."""


@dataclass(frozen=True)
class Work:
    folder: Path

    def run(self, tools: None) -> None:
        wait_in(self.folder, 600)


def load(folder: Path | None) -> None:
    if folder is not None:
        wait_in(folder, 600)


def wait_in(folder: Path, seconds: float) -> None:
    """Tell the test which process is there, and stay."""
    (folder / str(os.getpid())).touch()
    time.sleep(seconds)


def main(moment: str, folder: Path) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells let jobs in the background ignore it
    start = partial(load, folder if moment == "loading" else None)
    try:
        with ProcessExecutor(WORKERS, start) as executor:
            executor.map([Work(folder)] * WORKERS)
    except KeyboardInterrupt:
        return STOPPED
    return 0
