"""Frames that `shims/sitecustomize.py` recorded on their way to a repository's video writer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from baselines.interface.errors import OutputFault

Calls = tuple[tuple[float, float], ...]
"""For each call of a video writer when it began and when it was over, on the clock of `time.monotonic`."""

_ADVICE = "score the video itself with: setup --frames file"


@dataclass(frozen=True)
class Recording:
    """The frames of one video, as they lie one after the other in a file.

    Args:
        folder: with file.txt, shape.txt, frames.rgb and times.txt.
    """

    folder: Path
    frame_count: int
    shape: tuple[int, int, int]

    def frames(self) -> Iterator[np.ndarray]:
        """All of them, uint8 [H, W, 3]."""
        size = int(np.prod(self.shape))
        with (self.folder / "frames.rgb").open("rb") as stream:
            for _ in range(self.frame_count):
                yield np.fromfile(stream, np.uint8, size).reshape(self.shape)

    def calls(self) -> Calls:
        """When its writer was called. Raises ValueError or OSError where that was not noted to the end."""
        lines = (self.folder / "times.txt").read_text().splitlines()
        return tuple((float(begun), float(over)) for begun, over in (line.split() for line in lines))


def find_recording(folder: Path, name: str) -> Recording:
    """The one recording of a video.

    Args:
        folder: with all recordings of a process. name: of the video, as a pattern.

    Raises:
        OutputFault: none, several, something that is no frames, or a frame that was cut off.
    """
    made = [place.parent for place in sorted(folder.glob("*/file.txt")) if fnmatchcase(place.read_text(), name)]
    if len(made) != 1:
        raise OutputFault(f"expected one recording of {name} but got {len(made)}; {_ADVICE}")
    refused = made[0] / "refused.txt"
    if refused.exists():
        raise OutputFault(f"expected recorded frames uint8 [H, W, 3] but got {refused.read_text()}; {_ADVICE}")
    try:
        height, width = (int(word) for word in (made[0] / "shape.txt").read_text().split())
        held = (made[0] / "frames.rgb").stat().st_size
    except (OSError, ValueError):
        raise OutputFault(f"expected a recording of {name} but it has no frames; {_ADVICE}") from None
    count, rest = divmod(held, height * width * 3)
    if rest or not count:
        raise OutputFault(f"expected whole frames in the recording of {name} but the last one is cut off")
    return Recording(made[0], count, (height, width, 3))
