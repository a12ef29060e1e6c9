"""The same moments in the clips of several cameras, so that what one saw is compared with what another saw then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from feed_dataset.cameras.audit import audit_sync
from feed_dataset.cameras.frame_batch import Match, match_times
from feed_dataset.core.jobs.array_store import file_sha256
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.scan import scan_video
from feed_dataset.core.media.thinning import FramePlan, read_planned, spread

_TARGET = "target"


@dataclass(frozen=True)
class Moments:
    """The clips of one take, and how their clocks are brought together.

    Args:
        target: whose frames are chosen.
        others: clips that must have a frame at every moment.
        is_audited: offsets and drifts are found from sound or motion first; otherwise time stamps agree.
    """

    target: Path
    others: tuple[Path, ...]
    is_audited: bool

    @property
    def id(self) -> str:
        """Everything that decides the moments. Raises OSError."""
        digests = [file_sha256(path) for path in (self.target, *self.others)]
        return f"{'audit' if self.is_audited else 'files'} {' '.join(digests)}"

    def plan(self, budget: int) -> tuple[FramePlan, Mapping[Path, np.ndarray]]:
        """At most `budget` moments, evenly, at which every camera has a frame.

        Returns:
            The target's frames, and by clip the number of its frame at each of these moments, int64 [T].

        Raises:
            FeedError: a clip cannot be read, an offset is not certain, or the clips share less than two moments.
        """
        scan = scan_video(self.target)
        times_s = scan.index.times_s
        matches = {path: self._match(path, times_s) for path in self.others}
        shared = np.flatnonzero(np.all([match.valid for match in matches.values()], axis=0))
        if len(shared) < 2:
            raise FeedError(f"expected two moments that all cameras saw but they share {len(shared)}")
        chosen = shared[list(spread(len(shared), budget))]
        fps = scan.fps * Fraction(len(chosen) - 1, int(chosen[-1] - chosen[0]))
        indices = tuple(int(number) for number in chosen)
        plan = FramePlan(self.target, indices, len(times_s), fps, tuple(times_s[chosen].tolist()))
        return plan, {self.target: chosen, **{path: match.numbers[chosen] for path, match in matches.items()}}

    def _match(self, path: Path, times_s: np.ndarray) -> Match:
        index = scan_video(path).index
        if not self.is_audited:
            return match_times(index, times_s)
        offset_s, drift_ppm = _clock(self.target, path)
        return match_times(index, times_s, offset_s, None, drift_ppm)


def frames_at(path: Path, moments: Moments, budget: int, *, delay: int = 0) -> tuple[Iterator[np.ndarray], FramePlan]:
    """What the camera of `path` saw at the moments, uint8 [H, W, 3] each, and the target's plan. Raises FeedError.

    Args:
        delay: so many frames of the file late; the first for those before it.
    """
    plan, numbers = moments.plan(budget)
    return repeating(replace(plan, path=path), [max(int(number) - delay, 0) for number in numbers[path]]), plan


def repeating(plan: FramePlan, numbers: list[int]) -> Iterator[np.ndarray]:
    """Frames by their numbers, which do not fall; each is decoded once."""
    once = read_planned(replace(plan, indices=tuple(dict.fromkeys(numbers))))
    for frame, count in zip(once, Counter(numbers).values(), strict=True):
        yield from [frame] * count


@lru_cache(maxsize=64)
def _clock(target: Path, other: Path) -> tuple[float, float]:
    """Offset and drift of another camera's clock. Raises FeedError where they are not certain."""
    audit = audit_sync({_TARGET: target, other.name: other}, _TARGET)
    if not audit.is_reliable(other.name):
        raise FeedError(
            f"expected an offset of {other.name} against {target.name} but its {audit.method} does not tell"
        )
    return audit.offsets_s[other.name], audit.drifts_ppm[other.name]
