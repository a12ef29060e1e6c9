"""How this package compiles and runs its numba kernels: always nogil, threads outside the compiled code.

`numba.prange` is avoided on purpose: compiling for it is slow, its default threading layer aborts when two
Python threads use it at once, and chunk borders that depend on the thread count can change the last bit of a
vectorised loop. Here a kernel works on the rows (or vertices) it is told, the pieces are the same for any
number of threads, and Python threads run them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numba

_config: Any = numba.config  # its attributes are made at run time
_PACKAGE = Path(__file__).parent


@cache
def _cache_directory() -> str:
    """Where compiled kernels are kept: one directory per state of this package's sources.

    Numba's own rule, the time stamp of the entry kernel's file, misses changes in the helpers that it calls.
    """
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.glob("*.py")):
        digest.update(path.read_bytes())
    home = os.environ.get("FEED_CACHE") or Path.home() / ".cache" / "feed"
    root = os.environ.get("NUMBA_CACHE_DIR") or Path(home) / "numba"
    return str(Path(root) / f"render-{digest.hexdigest()[:16]}")


def _entry(function: Callable[..., Any], fastmath: bool) -> Callable[..., Any]:
    """Compile on first use, and keep the result on disk where any of numba's cache places can be written."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": fastmath}
    before = _config.CACHE_DIR
    _config.CACHE_DIR = _cache_directory()
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba's "no locator available": nowhere to write
        return numba.njit(**options)(function)
    finally:
        _config.CACHE_DIR = before


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of entry points called from Python."""
    return _entry(function, fastmath=True)


def exact_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Like `kernel`, for loops that LLVM may vectorise.

    Without fast math there are no approximate reciprocals, whose last bit differs between the vector body and
    the scalar rest of a loop: the borders between chunks leave no trace.
    """
    return _entry(function, fastmath=False)


# The numpy error model drops the zero-division branches of Python: smaller and faster code.
helper = numba.njit(nogil=True, fastmath=True, error_model="numpy", forceinline=True)
"""Decorator of device functions that kernels call; LLVM inlines them."""


def default_threads() -> int:
    """Threads a renderer uses unless told otherwise: NUMBA_NUM_THREADS, or the number of usable cores."""
    return int(_config.NUMBA_NUM_THREADS)


def run_chunks(
    task: Callable[[int, int], None],  # task(start, stop)
    length: int,
    chunk: int,
    threads: int,
) -> None:
    """Call `task` on consecutive pieces of range(length), on up to `threads` Python threads.

    The pool lives only for this call, a fraction of a millisecond: a process may fork between renders.
    """
    starts = range(0, length, chunk)
    if threads <= 1 or len(starts) <= 1:
        for start in starts:
            task(start, min(start + chunk, length))
        return
    with ThreadPoolExecutor(min(threads, len(starts))) as pool:
        futures = [pool.submit(task, start, min(start + chunk, length)) for start in starts]
    for future in futures:
        future.result()
