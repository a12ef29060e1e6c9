"""How many threads a decoder gets."""

from __future__ import annotations

import os

_MOST = 4  # each holds a few frames of its own: 100 to 150 MB in 4K


def decoder_threads(views: int = 1) -> int:
    """Threads per decoder when so many decode at once: together a little more than the cores, never one too few."""
    return min(max(-(-(available_cores() + 2) // views), 1), _MOST)


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
