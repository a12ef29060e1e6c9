"""Many processes that submit to one leaderboard at once; some die at any moment. Started as a program.

    python -m tests.leaderboard.crowd PLACE PROCESSES KILLED SEED

Prints a line for each process that was not killed: its number, and the number of its submission.
"""

from __future__ import annotations

import os
import random
import signal
import sys

from leaderboard.errors import SubmissionError
from leaderboard.store import Store
from leaderboard.validate import Submission
from tests.leaderboard.honest import honest

_LATEST_S = 0.3  # about when half of a crowd has been served


def crowd(place: str, processes: int, killed: int, seed: int) -> None:
    """Fork all, each with results of its own; a timer that nothing catches ends those that die."""
    draw = random.Random(seed)
    doomed = {index: draw.uniform(0.001, _LATEST_S) for index in draw.sample(range(processes), killed)}
    submissions = [_submission(index) for index in range(processes)]
    gate, opened = os.pipe()
    children = []
    for index, submission in enumerate(submissions):
        child = os.fork()
        if child == 0:
            os.close(opened)
            os.read(gate, 1)  # until the parent closes its end: all start together
            if index in doomed:
                signal.setitimer(signal.ITIMER_REAL, doomed[index])
            _submit(place, submission, index)
            os._exit(0)
        children.append(child)
    os.close(opened)
    for child in children:
        os.waitpid(child, 0)


def _submission(index: int) -> Submission:
    results = honest((f"method-{index}",), limit=2, seed=index)
    return Submission(results, tuple(results.aggregates))


def _submit(place: str, submission: Submission, index: int) -> None:
    try:
        number = str(Store(place).add(submission))
    except SubmissionError as error:
        number = f"refused: {error}"
    os.write(1, f"{index} {number}\n".encode())


if __name__ == "__main__":
    crowd(sys.argv[1], *map(int, sys.argv[2:5]))
