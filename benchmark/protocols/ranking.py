"""The order in which a protocol takes things: decided by its seed and each thing's own name."""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
_UNIT = 16**16  # of the 16 hexadecimal digits that `share` reads


def rank(item: str, seed: int, purpose: str) -> str:
    """The place of an item in the order of a seed.

    A hash rather than a random generator: the order of one item does not depend on which others exist.
    """
    return hashlib.sha256(f"{seed}/{purpose}/{item}".encode()).hexdigest()


def ranked(items: Iterable[str], seed: int, purpose: str) -> list[str]:
    """Items in the order of a seed."""
    return sorted(items, key=lambda item: rank(item, seed, purpose))


def share(item: str, seed: int, purpose: str) -> float:
    """A number from 0 to below 1, evenly spread over items."""
    return int(rank(item, seed, purpose)[:16], 16) / _UNIT


def in_turns(
    items: Sequence[T],
    keys: Sequence[Callable[[T], str]],
    name: Callable[[T], str],
    seed: int,
    purpose: str,
) -> list[T]:
    """All items, such that the values of the first key take turns, among equal ones those of the second, and so on.

    Args:
        keys: from an item to the value that takes turns, the outermost first.
        name: of an item, unlike every other's.
    """
    if not keys:
        return sorted(items, key=lambda item: rank(name(item), seed, purpose))
    groups: dict[str, list[T]] = defaultdict(list)
    for item in items:
        groups[keys[0](item)].append(item)
    queues = [deque(in_turns(groups[value], keys[1:], name, seed, purpose)) for value in ranked(groups, seed, purpose)]
    turns: list[T] = []
    while queues:
        turns += [queue.popleft() for queue in queues]
        queues = [queue for queue in queues if queue]
    return turns
