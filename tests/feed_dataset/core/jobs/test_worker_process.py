from __future__ import annotations

import subprocess
import sys

CODE = """
import signal
from multiprocessing import resource_tracker
from feed_dataset.core.jobs.worker_process import as_worker

with as_worker():
    resource_tracker.getfd()  # what every start of a process does
    assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
"""


def test_ctrl_c_is_held_back_from_the_first_worker_too() -> None:
    """In a process of its own, where nothing has started the resource tracker yet."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
