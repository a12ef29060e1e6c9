"""How much processor time a command takes: the machine may be busy with other tests, which wall time would count."""

from __future__ import annotations

import resource
from collections.abc import Callable


def cpu_seconds(run: Callable[[], object]) -> float:
    """User and system time of the child processes that `run` starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
