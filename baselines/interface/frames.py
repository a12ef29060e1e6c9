"""What a method gives back: frames and latents, in chunks of bounded size, checked as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from baselines.interface.checks import check_frames
from baselines.interface.driver import Driver
from baselines.interface.errors import DriveError


@dataclass(frozen=True, eq=False)
class Chunk:
    """Consecutive frames, and the expression descriptors z beside them.

    Args:
        frames: uint8 [B, S, S, 3] RGB.
        latents: float32 [B, d]; None for a method without any.
    """

    frames: np.ndarray
    latents: np.ndarray | None = None

    def __post_init__(self) -> None:
        check_frames(self.frames, "generated frames")
        check_latents(self.latents, len(self.frames))


@dataclass(frozen=True, eq=False)
class Generated:
    """Everything that a method made for one driver, at once: for methods that do not work in chunks.

    Args:
        frames: uint8 [T, S, S, 3] RGB.
        latents: float32 [T, d]; None for a method without any.
    """

    frames: np.ndarray
    latents: np.ndarray | None = None

    def __post_init__(self) -> None:
        check_frames(self.frames, "generated frames")
        check_latents(self.latents, len(self.frames))


Driven = Generated | Chunk | np.ndarray | Iterable[Chunk | np.ndarray]
"""What `Method.drive` may return: all at once, or an iterator of chunks, of batches or of single frames."""


def chunks_of(result: Driven, driver: Driver, *, has_latents: bool | None = None) -> Iterator[Chunk]:
    """The result of `Method.drive` as checked chunks, one at a time.

    Args:
        result: Generated, a Chunk, frames uint8 [T, S, S, 3], or an iterator of Chunk, of frames [S, S, 3] or
            of batches [B, S, S, 3].
        driver: what was driven with: it says how many frames of which side must come.
        has_latents: whether the method declares latents; None for either.

    Raises:
        DriveError: while iterating, at the first chunk that is not as promised: dtype, shape, side, latents in
            some but not all, too many frames; at the end, too few.
    """
    count, first = 0, None
    for chunk in any_chunks(result):
        first = chunk if first is None else first
        _check_like(chunk, first, driver, has_latents)
        count += len(chunk.frames)
        if count > driver.frame_count:
            raise DriveError(f"expected {driver.frame_count} generated frames but got {count} or more")
        yield chunk
    if count < driver.frame_count:
        raise DriveError(f"expected {driver.frame_count} generated frames but got {count}")


def any_chunks(result: Driven) -> Iterator[Chunk]:
    """The result of `Method.drive` as chunks, each valid by itself; whether they fit a driver is not asked.

    Raises:
        DriveError: while iterating: something that is no frames.
    """
    for item in _items(result):
        yield _chunk(item)


def gathered(chunks: Iterable[Chunk]) -> Generated:
    """All chunks in one. Raises DriveError when there is none."""
    parts = list(chunks)
    if not parts:
        raise DriveError("expected generated frames but got none")
    latents = [part.latents for part in parts if part.latents is not None]
    return Generated(np.concatenate([part.frames for part in parts]), np.concatenate(latents) if latents else None)


def check_latents(latents: np.ndarray | None, frame_count: int) -> None:
    """Raise DriveError unless `latents` is None or float32 [frame_count, d] with d > 0."""
    if latents is None:
        return
    if not isinstance(latents, np.ndarray):
        raise DriveError(f"expected latents float32 [{frame_count}, d] but got {type(latents).__name__}")
    is_matrix = latents.ndim == 2 and len(latents) == frame_count and latents.shape[1] > 0
    if latents.dtype != np.float32 or not is_matrix:
        raise DriveError(f"expected latents float32 [{frame_count}, d] but got {latents.dtype} {list(latents.shape)}")


def _items(result: Driven) -> Iterator[object]:
    if isinstance(result, Generated | Chunk | np.ndarray):
        return iter([result])
    if isinstance(result, Iterable):
        return iter(result)
    raise DriveError(f"expected `drive` to return frames or an iterator of chunks but got {type(result).__name__}")


def _chunk(item: object) -> Chunk:
    if isinstance(item, Chunk):
        return item
    if isinstance(item, Generated):
        return Chunk(item.frames, item.latents)
    if isinstance(item, np.ndarray):
        return Chunk(item[None] if item.ndim == 3 else item)
    raise DriveError(f"expected chunks or frames from `drive` but one is {type(item).__name__}")


def _check_like(chunk: Chunk, first: Chunk, driver: Driver, has_latents: bool | None) -> None:
    side = chunk.frames.shape[1]
    if side != first.frames.shape[1]:
        raise DriveError(f"expected generated frames of one size but got {first.frames.shape[1]} px and {side} px")
    if side != driver.size_px:
        raise DriveError(f"expected generated frames of the driver's {driver.size_px} px but got {side} px")
    if (chunk.latents is None) != (first.latents is None):
        raise DriveError("expected latents beside all frames or none but got both")
    if chunk.latents is not None and first.latents is not None and chunk.latents.shape[1] != first.latents.shape[1]:
        raise DriveError(
            f"expected latents of one length but got {first.latents.shape[1]} and {chunk.latents.shape[1]}"
        )
    if has_latents is not None and has_latents != (chunk.latents is not None):
        raise DriveError(
            f"expected {'latents' if has_latents else 'no latents'} as the method's capabilities say but got"
            f" {'none' if has_latents else 'some'}"
        )
