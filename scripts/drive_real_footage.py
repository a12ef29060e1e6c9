"""Real photographs driven by real clips: does the mouth follow, does the person stay, what does it look like.

    python -m scripts.drive_real_footage --sources a.jpg b.jpg --drivers c.mp4 --sheet sheet.jpg

For each pair: Pearson's r between the driver's and the output's mouth opening (inner lips over the distance of the
eyes, face mesh), and the dlib distance of the output to the source (0.6: another person). Exits 1 when a floor is
missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from feed_dataset.core.faces import FaceEmbedder, FaceNetworks
from feed_dataset.core.faces.track import track_faces
from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.video import read_video
from model.avatar import Avatar

UPPER_LIP, LOWER_LIP, EYES = 13, 14, (33, 263)
LEAST_R, MOST_DISTANCE = 0.6, 0.4
SHOWN = 6  # frames of a pair on the sheet


@dataclass(frozen=True)
class Pair:
    """A photograph in the motion of a clip."""

    source: Path
    driver: Path
    r: float
    distance: float  # mean over frames
    lost: int  # output frames without a face
    frames: int
    rows: np.ndarray  # uint8 [2 * S, SHOWN * S, 3]

    @property
    def reached(self) -> bool:
        return self.r >= LEAST_R and self.distance < MOST_DISTANCE

    def __str__(self) -> str:
        return (
            f"{self.source.name:<16}{self.driver.name:<24} r {self.r:6.3f}   dlib distance {self.distance:.3f}"
            f"   {self.lost} of {self.frames} frames without a face   {'' if self.reached else 'MISSED'}"
        )


def mouth_opening(landmarks_px: np.ndarray) -> np.ndarray:  # [T, 468, 3] -> [T] in distances of the eyes
    """Between the inner lips."""
    lips = np.linalg.norm(landmarks_px[:, UPPER_LIP, :2] - landmarks_px[:, LOWER_LIP, :2], axis=-1)
    opening: np.ndarray = lips / np.linalg.norm(landmarks_px[:, EYES[0], :2] - landmarks_px[:, EYES[1], :2], axis=-1)
    return opening


def pairs(sources: list[Path], drivers: list[Path], model: str | None, every: int, most_frames: int) -> Iterator[Pair]:
    """Every source in every driver's motion."""
    networks, embedder = FaceNetworks.load(), FaceEmbedder.load()
    for source in sources:
        avatar = Avatar(source) if model is None else Avatar(source, model)
        for driver in drivers:
            frames = read_video(driver).frames[::every][:most_frames]
            crops = avatar.crop_driver(frames)
            made = avatar.drive(frames).frames
            own = avatar.render(avatar.motion)
            truth, seen = (track_faces(clip, networks=networks).landmarks_px for clip in (crops, made))
            both = np.isfinite(truth).all((1, 2)) & np.isfinite(seen).all((1, 2))
            r = np.corrcoef(mouth_opening(truth[both]), mouth_opening(seen[both]))[0, 1] if both.sum() > 2 else np.nan
            photo = _crop_of(avatar)
            person = embedder(photo[None], track_faces(photo[None], networks=networks).landmarks_px)
            distance = np.nanmean(np.linalg.norm(embedder(made, seen) - person, axis=-1))
            shown = np.linspace(0, len(made) - 1, SHOWN).round().astype(int)
            rows = np.concatenate(
                [np.concatenate([photo, *crops[shown]], 1), np.concatenate([own[0], *made[shown]], 1)]
            )
            lost = int((~np.isfinite(seen).all((1, 2))).sum())
            yield Pair(source, driver, float(r), float(distance), lost, len(made), rows)


def _crop_of(avatar: Avatar) -> np.ndarray:
    from feed_dataset.core.faces.crop import apply_crop

    crop: np.ndarray = apply_crop(avatar.photo[None], avatar.box, avatar.side_px)[0]
    return crop


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, nargs="+", required=True)
    parser.add_argument("--drivers", type=Path, nargs="+", required=True)
    parser.add_argument("--model", help="folder or hub id (default: the shipped weights)")
    parser.add_argument("--every", type=int, default=3, help="take every n-th frame of a clip (3)")
    parser.add_argument("--most-frames", type=int, default=60)
    parser.add_argument("--sheet", type=Path, help="write a contact sheet (JPEG) here")
    args = parser.parse_args()
    made = []
    try:
        for pair in pairs(args.sources, args.drivers, args.model, args.every, args.most_frames):
            print(pair, flush=True)
            made.append(pair)
    except FeedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if args.sheet:
        sheet = np.concatenate([pair.rows for pair in made])
        with replacing(args.sheet) as part:
            _, data = cv2.imencode(".jpg", sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
            part.write_bytes(data.tobytes())
    reached = sum(pair.reached for pair in made)
    print(f"{reached} of {len(made)} pairs with r of at least {LEAST_R} and a distance below {MOST_DISTANCE}")
    return 0 if reached == len(made) else 1


if __name__ == "__main__":
    sys.exit(main())
