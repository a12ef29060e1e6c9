"""A method that may not run twice at once, or of which nobody said that it may: one process on a machine has it."""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baselines.interface.capabilities import Capabilities
from feed_dataset.core.jobs.own_files import locked


@contextmanager
def turn_of(target: str, card: Capabilities) -> Iterator[None]:
    """Wait until no other process of this user runs the method; at once where its card says that it is safe.

    Args:
        target: which code, as in `MethodSpec.target`.
    """
    if card.parallel_safe:
        yield
        return
    name = hashlib.sha256(target.encode()).hexdigest()[:16]
    with locked(Path(tempfile.gettempdir()) / f"feed-method-{os.getuid()}-{name}.lock", timeout_s=math.inf):
        yield
