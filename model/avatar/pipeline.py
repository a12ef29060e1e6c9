"""Reading, computing and writing at the same time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")


def in_background(items: Iterable[T], ahead: int) -> Generator[T, None, None]:
    """The same items, made by another thread up to `ahead` of them before they are asked for.

    An error of the maker is raised here; leaving early stops the maker.
    """
    ready: queue.Queue[tuple[T | None, BaseException | None, bool]] = queue.Queue(maxsize=ahead)
    stopped = threading.Event()

    def offer(entry: tuple[T | None, BaseException | None, bool]) -> None:
        while not stopped.is_set():
            try:
                ready.put(entry, timeout=0.1)
                return
            except queue.Full:
                continue

    def make() -> None:
        try:
            for item in items:
                offer((item, None, False))
                if stopped.is_set():
                    return
            offer((None, None, True))
        except BaseException as error:  # handed over and raised where the items are used
            offer((None, error, True))

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    try:
        while True:
            item, error, last = ready.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        maker.join()


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to `size` items."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


class Behind:
    """Calls made by one other thread, in order, at most one waiting; errors are raised at the next call or the end."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._last: Future[None] | None = None

    def __enter__(self) -> Behind:
        return self

    def __call__(self, work: Callable[[], None]) -> None:
        self.wait()
        self._last = self._pool.submit(work)

    def wait(self) -> None:
        """Until what was handed over is done."""
        if self._last is not None:
            self._last.result()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.wait()
        finally:
            self._pool.shutdown(wait=True)
