"""Preview clips of submissions: where a page finds them, and how many frames they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ClipsOf = Callable[[int], Mapping[tuple[str, str], "Clip"]]
"""Clips of a submission by its number; by method and case."""

INPUTS = ("\0driver", "\0source")
"""In place of a method: clips of what drove a case, and of whom it shows. No method has such a name."""


@dataclass(frozen=True)
class Clip:
    """One clip.

    Args:
        address: relative to the top of the site, such as "clips/3/0f3a.mp4".
        fps: frames a second, at a steady rate.
        frames: how many there are.
    """

    address: str
    fps: float
    frames: int


def no_clips(submission: int) -> Mapping[tuple[str, str], Clip]:
    """Of a store without clips."""
    return {}


def no_files(submission: int) -> Mapping[str, Path]:
    """Of a store without clips."""
    return {}
