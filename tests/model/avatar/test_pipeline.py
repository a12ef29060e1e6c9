"""Threads that read ahead and write behind: same order, errors where they are used, nothing left running."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from model.avatar.pipeline import Behind, batches, in_background


def test_items_come_in_order() -> None:
    assert list(in_background(range(50), ahead=3)) == list(range(50))


def test_an_error_of_the_maker_is_raised_after_the_items_before_it() -> None:
    def make() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    seen = []
    with pytest.raises(ValueError, match="broken"):
        for item in in_background(make(), ahead=3):
            seen.append(item)
    assert seen == [1]


def test_leaving_early_stops_the_maker() -> None:
    before = threading.active_count()
    with closing(in_background(iter(int, 1), ahead=2)) as items:  # never ends by itself
        assert next(items) == 0
    assert threading.active_count() == before


def test_only_so_many_are_made_ahead() -> None:
    made: list[int] = []

    def make() -> Iterator[int]:
        for item in range(100):
            made.append(item)
            yield item

    with closing(in_background(make(), ahead=2)) as items:
        next(items)
        threading.Event().wait(0.2)
        assert len(made) <= 5


def test_batches_cover_everything() -> None:
    assert list(batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]


def test_work_behind_is_done_in_order_and_its_errors_are_not_lost() -> None:
    done: list[int] = []
    with Behind() as behind:
        for item in range(5):
            behind(lambda item=item: done.append(item))  # type: ignore[misc]
    assert done == [0, 1, 2, 3, 4]

    def fail() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), Behind() as behind:
        behind(fail)
