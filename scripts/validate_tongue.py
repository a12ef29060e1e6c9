"""What the tongue metrics see and what they take for a tongue: rendered mouths, and videos of your own without one.

    python -m scripts.validate_tongue --rendered held-out    # people, colours and lights that nothing was chosen on
    python -m scripts.validate_tongue --rendered chosen      # those that the constants were chosen on
    python -m scripts.validate_tongue --media DIR            # videos in which nobody puts the tongue out

Rendered pictures and features are kept below FEED_CACHE: run again to continue; ten minutes of one core for
the first. Hits are shares of clips with Wilson's interval. Frames of one second of a video are alike, so that the
interval of its false alarms counts seconds: it holds for the share of seconds with one. Mouths that are open are
counted by themselves. Videos of which nothing can be told have no value, and are not among those without alarms.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.features.extractors.tongue_pixels import TongueSession
from benchmark.features.extractors.tongue_untellable import Untellable
from benchmark.features.types.extractor import Batch
from benchmark.metrics.sync_mouth import mouth_opening
from benchmark.metrics.tongue import SHUT_BELOW_IOD, tongue_areas, tongue_out
from feed_dataset.core.faces.networks import FaceNetworks
from feed_dataset.core.faces.track import FaceTrack, track_faces
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.suffixes import VIDEO_SUFFIXES
from feed_dataset.core.media.video import read_video
from scripts.validation.detection import detect
from scripts.validation.mouth_material import mouths
from scripts.validation.mouths import CHOSEN, HELD_OUT, Cast
from scripts.validation.proportions import wilson
from scripts.validation.tongue_figures import SeenMouths, report

CASTS = {"held-out": HELD_OUT, "chosen": CHOSEN}

OPEN_FROM = 0.05
"""Mean distance of the inner lips in outer eye corner distances."""


@dataclass(frozen=True)
class Alarms:
    """What one video has.

    Args:
        frames, open_frames: with a face; with an open mouth.
        alarms, open_alarms: those of them that are taken for a tongue that is out.
        seconds, alarm_seconds: of the video; those in which any frame is.
        untold: frames of which nothing can be told, not among the others.
    """

    frames: int
    alarms: int
    open_frames: int
    open_alarms: int
    seconds: int
    alarm_seconds: int
    untold: int = 0

    def __add__(self, other: Alarms) -> Alarms:
        return Alarms(*(a + b for a, b in zip(self._all(), other._all(), strict=True)))

    def _all(self) -> tuple[int, ...]:
        counted = self.frames, self.alarms, self.open_frames, self.open_alarms, self.seconds, self.alarm_seconds
        return *counted, self.untold

    def __str__(self) -> str:
        untold = f"; {self.untold} frames not told" if self.untold else ""
        if not self.frames:
            return f"nothing counted{untold}"
        low, high = wilson(self.alarm_seconds, max(1, self.seconds))
        return (
            f"{_per_1000(self.alarms, self.frames)} per 1,000 of {self.frames} frames,"
            f" {_per_1000(self.open_alarms, self.open_frames)} of {self.open_frames} with an open mouth;"
            f" seconds with one: {self.alarm_seconds} of {self.seconds} [{low:.3f}, {high:.3f}]{untold}"
        )


def count(
    rows: np.ndarray,  # [T, 4] of the extractor "tongue", NaN without a face
    opening: np.ndarray,  # [T]
    fps: float,
) -> Alarms:
    """False alarms of one video, relative to its first frame with a face."""
    areas = tongue_areas(rows)
    seen = np.flatnonzero(np.isfinite(areas).all(axis=1))
    if not len(seen):
        return Alarms(0, 0, 0, 0, 0, 0)
    if opening[seen[0]] >= SHUT_BELOW_IOD or int(rows[seen[0], 3]) != Untellable.NO:
        return Alarms(0, 0, 0, 0, 0, 0, untold=len(seen))
    out = tongue_out(areas - areas[seen[0]])
    is_open = np.isfinite(areas).all(axis=1) & (opening >= OPEN_FROM)
    second = (np.arange(len(areas)) / fps).astype(int)
    return Alarms(
        frames=len(seen),
        alarms=int(out.sum()),
        open_frames=int(is_open.sum()),
        open_alarms=int((out & is_open).sum()),
        seconds=len(np.unique(second[seen])),
        alarm_seconds=len(np.unique(second[out])),
    )


def rows_of(frames: np.ndarray, track: FaceTrack) -> np.ndarray:
    """What the extractor says of frames uint8 [T, H, W, 3], float32 [T, 4]."""
    session = TongueSession()
    session.push(Batch(frames, track.landmarks_px, 0))
    return session.finish()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--media", type=Path, metavar="DIR", help="videos in which no tongue is out")
    parser.add_argument("--rendered", choices=tuple(CASTS), help="which rendered people, colours and lights")
    given = parser.parse_args(arguments)
    if given.media is None and given.rendered is None:
        parser.error("expected --rendered or --media")
    if given.media is not None and not given.media.is_dir():
        print(f"expected a folder for --media but {given.media} is none", file=sys.stderr)
        return 2
    try:
        if given.rendered is not None:
            print(rendered(CASTS[given.rendered], cache_folder()))
        if given.media is not None:
            media(given.media)
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def rendered(cast: Cast, folder: Path) -> str:
    """What is seen of a cast; pictures and features are made unless they lie in `folder`."""
    clips = []
    for person in cast.people:
        for one in mouths(cast, person, folder):
            rows = detect(one.frames, ("tongue",), folder).array("tongue")
            clips.append(SeenMouths.of(person, one.look, np.asarray(rows)))
    return report(clips)


def media(folder: Path) -> None:
    """Print the false alarms of all videos of a folder."""
    total = Alarms(0, 0, 0, 0, 0, 0)
    networks = FaceNetworks.load()
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES):
        video = read_video(path)
        track = track_faces(video.frames, networks=networks)
        found = count(rows_of(video.frames, track), mouth_opening(track.landmarks_px), float(video.fps))
        print(f"{path.name:28} {found}", flush=True)
        total += found
    print(f"{'all':28} {total}")


def cache_folder() -> Path:
    """Where pictures and features are kept."""
    return Path(os.environ.get("FEED_CACHE") or Path.home() / ".cache" / "feed") / "tongue-validation"


def _per_1000(part: int, whole: int) -> str:
    return "-" if whole == 0 else f"{1000 * part / whole:.1f}"


if __name__ == "__main__":
    raise SystemExit(main())
