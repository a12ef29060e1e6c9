"""Which cases go through one process, and which of them as one clip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from baselines.official.adapter import Run, Variant
from baselines.outside.batch import BatchCase

_MOST_JOINED_FRAMES = 1000  # of one clip: repositories hold a whole clip in memory


@dataclass(frozen=True)
class Slot:
    """One clip that a process makes: of one case, or of several with one source whose drivers are joined.

    Args:
        number: of the slot in its process; `{n}`.
    """

    number: int
    cases: tuple[BatchCase, ...]

    @property
    def frame_count(self) -> int:
        return sum(case.frame_count for case in self.cases)


Unit = tuple[Slot, ...]
"""What one process makes."""


def units_of(cases: Sequence[BatchCase], run: Run, variant: Variant) -> Iterator[Unit]:
    """Every case once, in as few processes as the repository allows."""
    groups = list(_joined(cases)) if variant.joins else [(case,) for case in cases]
    size = run.batch_cases if run.unit == "batch" else 1
    for start in range(0, len(groups), size):
        yield tuple(Slot(number, group) for number, group in enumerate(groups[start : start + size]))


def alone(slots: Iterable[Slot]) -> list[Unit]:
    """Every case of the slots in a process of its own."""
    return [(Slot(0, (case,)),) for slot in slots for case in slot.cases]


def _joined(cases: Sequence[BatchCase]) -> Iterator[tuple[BatchCase, ...]]:
    """Cases of one source and rate together, in order, up to a number of frames."""
    by_source: dict[object, list[BatchCase]] = {}
    for case in cases:
        by_source.setdefault((case.source, case.fps), []).append(case)
    for group in by_source.values():
        clip: list[BatchCase] = []
        for case in group:
            if clip and sum(one.frame_count for one in clip) + case.frame_count > _MOST_JOINED_FRAMES:
                yield tuple(clip)
                clip = []
            clip.append(case)
        yield tuple(clip)
