"""How often a video without a tongue is taken for one that shows it: false alarms on videos of your own.

    python -m scripts.validate_tongue --media DIR

Nobody in the videos may put the tongue out. Frames of one second are alike, so that the interval counts seconds: it
holds for the share of seconds with a false alarm. Mouths that are open are counted by themselves.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.features.extractors.tongue_pixels import TongueSession
from benchmark.features.types.extractor import Batch
from benchmark.metrics.sync_mouth import mouth_opening
from benchmark.metrics.tongue import lit_area, tongue_out
from feed_dataset.core.faces.networks import FaceNetworks
from feed_dataset.core.faces.track import FaceTrack, track_faces
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.suffixes import VIDEO_SUFFIXES
from feed_dataset.core.media.video import read_video
from scripts.validation.proportions import wilson

OPEN_FROM = 0.05
"""Mean distance of the inner lips in outer eye corner distances."""


@dataclass(frozen=True)
class Alarms:
    """What one video has.

    Args:
        frames, open_frames: with a face; with an open mouth.
        alarms, open_alarms: those of them that are taken for a tongue that is out.
        seconds, alarm_seconds: of the video; those in which any frame is.
    """

    frames: int
    alarms: int
    open_frames: int
    open_alarms: int
    seconds: int
    alarm_seconds: int

    def __add__(self, other: Alarms) -> Alarms:
        return Alarms(*(a + b for a, b in zip(self._all(), other._all(), strict=True)))

    def _all(self) -> tuple[int, ...]:
        return self.frames, self.alarms, self.open_frames, self.open_alarms, self.seconds, self.alarm_seconds

    def __str__(self) -> str:
        low, high = wilson(self.alarm_seconds, max(1, self.seconds))
        return (
            f"{_per_1000(self.alarms, self.frames)} per 1,000 of {self.frames} frames,"
            f" {_per_1000(self.open_alarms, self.open_frames)} of {self.open_frames} with an open mouth;"
            f" seconds with one: {self.alarm_seconds} of {self.seconds} [{low:.3f}, {high:.3f}]"
        )


def count(
    areas: np.ndarray,  # [T, 2] of the extractor "tongue", NaN without a face
    opening: np.ndarray,  # [T]
    fps: float,
) -> Alarms:
    """False alarms of one video, relative to its first frame with a face."""
    lit = lit_area(areas)[:, 0]
    seen = np.flatnonzero(np.isfinite(lit))
    if not len(seen):
        return Alarms(0, 0, 0, 0, 0, 0)
    out = tongue_out(lit - lit[seen[0]])
    is_open = np.isfinite(lit) & (opening >= OPEN_FROM)
    second = (np.arange(len(lit)) / fps).astype(int)
    return Alarms(
        frames=len(seen),
        alarms=int(out.sum()),
        open_frames=int(is_open.sum()),
        open_alarms=int((out & is_open).sum()),
        seconds=len(np.unique(second[seen])),
        alarm_seconds=len(np.unique(second[out])),
    )


def areas_of(frames: np.ndarray, track: FaceTrack) -> np.ndarray:
    """What the extractor says of frames uint8 [T, H, W, 3], float32 [T, 2]."""
    session = TongueSession()
    session.push(Batch(frames, track.landmarks_px, 0))
    return session.finish()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, metavar="DIR", required=True, help="videos in which no tongue is out")
    given = parser.parse_args(arguments)
    if not given.media.is_dir():
        print(f"expected a folder for --media but {given.media} is none", file=sys.stderr)
        return 2
    total = Alarms(0, 0, 0, 0, 0, 0)
    try:
        networks = FaceNetworks.load()
        for path in sorted(p for p in given.media.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES):
            video = read_video(path)
            track = track_faces(video.frames, networks=networks)
            found = count(areas_of(video.frames, track), mouth_opening(track.landmarks_px), float(video.fps))
            print(f"{path.name:28} {found}", flush=True)
            total += found
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{'all':28} {total}")
    return 0


def _per_1000(part: int, whole: int) -> str:
    return "-" if whole == 0 else f"{1000 * part / whole:.1f}"


if __name__ == "__main__":
    raise SystemExit(main())
