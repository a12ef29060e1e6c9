"""Which frames a video shows and when: the table that makes seeking exact."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.timing import frame_s, nearest_frames

_MAGIC = b"FIX1"
_HEADER = struct.Struct("<4sBqqqII")  # magic, counted, time base (two numbers), first pts, frames, CRC of the payload
MAX_FRAMES = 1 << 22  # 19 hours at 60 frames/s; a larger count is an attack or damage


class FrameIndexError(FeedError):
    """Stored bytes are not a frame index."""


@dataclass(frozen=True, eq=False, repr=False)
class FrameIndex:
    """The shown frames of a video in presentation order.

    Frames that an edit list hides are left out, and so are frames before the first keyframe, which no decoder can
    show. `counted` is true where packets do not say when their frames are shown (raw streams, AVI with B-frames): the
    k-th frame is then found by counting from the start, and in raw streams its time is k / rate.
    """

    pts: np.ndarray  # int64 [N], not decreasing
    keyframe: np.ndarray  # bool [N]
    time_base: Fraction  # seconds per unit of pts
    counted: bool = False

    def __post_init__(self) -> None:
        if self.pts.dtype != np.int64 or self.pts.ndim != 1 or self.keyframe.shape != self.pts.shape:
            got = f"{self.pts.dtype}{list(self.pts.shape)} and {self.keyframe.dtype}{list(self.keyframe.shape)}"
            raise FrameIndexError(f"expected pts int64 [N] and keyframe bool [N] but got {got}")
        if not len(self.pts) or (np.diff(self.pts) < 0).any() or self.time_base <= 0:
            raise FrameIndexError("expected frames in presentation order with a positive time base")

    def __repr__(self) -> str:
        span = f"{self.first_s:.3f} to {self.last_s:.3f} s"
        return f"FrameIndex({self.frame_count} frames, {span}, {int(self.keyframe.sum())} keyframes)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrameIndex) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    @property
    def frame_count(self) -> int:
        return len(self.pts)

    @cached_property
    def times_s(self) -> np.ndarray:  # float64 [N]
        return self.pts.astype(np.float64) * self.time_base.numerator / self.time_base.denominator

    @property
    def first_s(self) -> float:
        return float(self.times_s[0])

    @property
    def last_s(self) -> float:
        return float(self.times_s[-1])

    @property
    def frame_s(self) -> float:
        """Median time between frames; 1/25 s for a single frame."""
        return frame_s(self.times_s)

    def nearest(self, times_s: np.ndarray) -> np.ndarray:  # float64 [K] -> int64 [K]
        """Index of the frame shown nearest to each time; the earlier of two equally near."""
        return nearest_frames(self.times_s, times_s)

    def to_bytes(self) -> bytes:
        """A compact form: about 50 bytes for a constant rate, a few per frame otherwise."""
        steps = np.diff(self.pts, prepend=self.pts[:1]).astype("<i8").tobytes()
        payload = zlib.compress(steps + np.packbits(self.keyframe.astype(bool)).tobytes(), 9)
        base, count = self.time_base, self.frame_count
        first = int(self.pts[0])
        head = (_MAGIC, self.counted, base.numerator, base.denominator, first, count, zlib.crc32(payload))
        return _HEADER.pack(*head) + payload

    @classmethod
    def from_bytes(cls, data: bytes) -> FrameIndex:
        """Inverse of `to_bytes`. Raises FrameIndexError for anything else, without large allocations."""
        if len(data) < _HEADER.size:
            raise FrameIndexError(f"expected a frame index but got {len(data)} bytes")
        magic, counted, numerator, denominator, first, count, crc = _HEADER.unpack_from(data)
        payload = data[_HEADER.size :]
        if magic != _MAGIC or counted > 1:
            raise FrameIndexError(f"expected a frame index that begins with {_MAGIC!r} but got {bytes(magic)!r}")
        if not 0 < count <= MAX_FRAMES or denominator <= 0 or numerator <= 0 or zlib.crc32(payload) != crc:
            raise FrameIndexError("expected an undamaged frame index; build it again with build_frame_index")
        size = 8 * count + math.ceil(count / 8)
        try:
            raw = zlib.decompressobj().decompress(payload, size + 1)
        except zlib.error as error:
            raise FrameIndexError(f"expected a compressed frame index but got damaged bytes ({error})") from error
        if len(raw) != size:
            raise FrameIndexError(f"expected {size} bytes of frame index but got {len(raw)}")
        steps = np.frombuffer(raw, "<i8", count)
        keyframe = np.unpackbits(np.frombuffer(raw, np.uint8, offset=8 * count), count=count).astype(bool)
        pts = first + np.cumsum(steps, dtype=np.int64)
        return cls(pts, keyframe, Fraction(numerator, denominator), bool(counted))
