"""A take: the same moments seen by several cameras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from feed_dataset.cameras.frame_batch import FrameBatch
from feed_dataset.cameras.take_reader import CHUNK_FRAMES, TakeReader
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.core.media.frame_index import FrameIndex

if TYPE_CHECKING:
    from feed_dataset.cameras.audit import SyncAudit
    from feed_dataset.catalog.clip import Clip

VIEWS = ("C", "L", "R")


@dataclass(frozen=True)
class Take:
    """The clips of one take by camera. Holds no open file, so it can be sent to worker processes."""

    subject: str
    stem: str
    clips: Mapping[str, Clip]
    indices: Mapping[str, FrameIndex] = field(default_factory=dict, repr=False)  # those known, by camera

    @property
    def id(self) -> str:
        return f"{self.subject}/{self.stem}"

    def paths(self, views: Sequence[str] | None = None) -> dict[str, Path]:
        """The files of these cameras. Raises FeedError where one is not there."""
        for view in views or ():
            if view not in self.clips:
                raise FeedError(f"{self.id}: {unknown('view', view, self.clips)}")
        return {view: self.clips[view].path for view in (self.clips if views is None else views)}

    def open(
        self,
        views: Sequence[str] = VIEWS,
        *,
        offsets_s: Mapping[str, float] | None = None,  # by view, as `audit().offsets_s`
        drifts_ppm: Mapping[str, float] | None = None,  # by view, as `audit().drifts_ppm`
        tolerance_s: float | None = None,
        backend: str = "auto",
        threads: int | None = None,  # of each decoder
    ) -> TakeReader:
        """Open the cameras for several reads. Raises FeedError and VideoDecodeError."""
        return TakeReader(
            self.paths(views),
            indices=self.indices,
            offsets_s=offsets_s or {},
            drifts_ppm=drifts_ppm or {},
            tolerance_s=tolerance_s,
            backend=backend,
            threads=threads,
        )

    def frames(
        self,
        start_s: float,
        stop_s: float,
        views: Sequence[str] = VIEWS,
        size: int | None = 512,
        fps: float | Fraction = 25,
        offsets_s: Mapping[str, float] | None = None,
        *,
        drifts_ppm: Mapping[str, float] | None = None,
        tolerance_s: float | None = None,
        backend: str = "auto",
    ) -> FrameBatch:
        """Every view at start_s + k / fps, for k up to stop_s.

        Args:
            start_s, stop_s: on the clock of the take: that of the camera which `audit` compares with.
            views: cameras, in the order of the result.
            size: pixels of the shorter side, the aspect ratio is kept; never enlarges; None keeps what is stored.
            fps: of the grid. A view at another rate gives the nearest frame of each moment.
            offsets_s: what to add to each camera's times, from `audit`; zero by default.
            drifts_ppm: by how many millionths each camera's clock is slow, from `audit`; zero by default.
            tolerance_s: how far a frame may be from its moment; half a frame of the camera by default.
            backend: one of feed_dataset.core.media.BACKENDS.

        Raises:
            FeedError: a camera is not there, or the cameras' pictures have different shapes.
            VideoDecodeError: a file cannot be read.
        """
        with self.open(
            views, offsets_s=offsets_s, drifts_ppm=drifts_ppm, tolerance_s=tolerance_s, backend=backend
        ) as reader:
            return reader.frames(start_s, stop_s, size, fps)

    def stream(
        self,
        start_s: float | None = None,
        stop_s: float | None = None,
        views: Sequence[str] = VIEWS,
        size: int | None = 512,
        fps: float | Fraction = 25,
        offsets_s: Mapping[str, float] | None = None,
        *,
        drifts_ppm: Mapping[str, float] | None = None,
        chunk: int = CHUNK_FRAMES,
        tolerance_s: float | None = None,
        backend: str = "auto",
    ) -> Iterator[FrameBatch]:
        """The same in pieces of `chunk` moments: each file is decoded once, forward, in bounded memory.

        Without start or stop, from the first frame of any view to the end of the last.
        """
        with self.open(
            views, offsets_s=offsets_s, drifts_ppm=drifts_ppm, tolerance_s=tolerance_s, backend=backend
        ) as reader:
            yield from reader.stream(start_s, stop_s, size, fps, chunk)

    def audit(self, reference: str = "C") -> SyncAudit:
        """Estimate by how much each camera's clock is off and drifts: `take.frames(..., offsets_s=found.offsets_s,
        drifts_ppm=found.drifts_ppm)` reads in step; see `feed_dataset.cameras.audit`."""
        from feed_dataset.cameras.audit import audit_sync

        return audit_sync(self.paths(), reference)

    def __reduce__(self) -> tuple[object, ...]:
        clips, indices = dict(self.clips), dict(self.indices)  # a MappingProxyType does not pickle
        return (type(self), (self.subject, self.stem, clips, indices))

    def __post_init__(self) -> None:
        object.__setattr__(self, "clips", MappingProxyType(dict(self.clips)))
        object.__setattr__(self, "indices", MappingProxyType(dict(self.indices)))
