"""Render docs/sheets/emoportraits-mini.jpg: what the shipped weights make of smiles, winks, uneven mouths and turns.

    python -m scripts.render_model_sheet [--model DIR]

The takes are those of feed-mini, whose people the weights have never seen; each moment is where its truth is largest.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.faces.crop import apply_crop, crop_box
from feed_dataset.core.media.video import read_video
from feed_dataset.synthetic.takes.ground_truth import GroundTruth
from model.avatar import Avatar
from scripts.render_sheets import grid, labelled, save

SOURCES = ("S08", "S02", "S03", "S05")
TILE_PX, SIDE_PX = 150, 256
OUT = Path(__file__).parents[1] / "docs" / "sheets" / "emoportraits-mini.jpg"


@dataclass(frozen=True)
class Take:
    """A clip of the centre camera, cropped around its first frame, with its truth."""

    frames: np.ndarray  # uint8 [T, S, S, 3]
    truth: GroundTruth

    @classmethod
    def load(cls, clip_id: str) -> Take:
        clip = open_catalog().clip(clip_id)
        assert clip.ground_truth is not None
        truth, frames = GroundTruth.load(clip.ground_truth), read_video(clip.path).frames
        box = crop_box(truth.landmarks_px(clip.camera)[0, :468], (frames.shape[1], frames.shape[2]))
        return cls(apply_crop(frames, box, SIDE_PX), truth)

    def of(self, name: str) -> np.ndarray:  # float [T]
        """A blendshape coefficient; "+" and "-" join several."""
        plus, *minus = name.split("-")
        names = self.truth.coefficient_names

        def summed(text: str) -> np.ndarray:
            return np.sum([self.truth.coefficients[:, names.index(one)] for one in text.split("+")], axis=0)

        value: np.ndarray = summed(plus) - sum(summed(one) for one in minus)
        return value

    def yaw(self) -> np.ndarray:  # float [T] larger to the subject's left
        value: np.ndarray = self.truth.head_deg[:, 0]
        return value


@dataclass(frozen=True)
class Moment:
    name: str
    clip: str
    value: Callable[[Take], np.ndarray]


MOMENTS = (
    Moment("smile", "S07/random_C", lambda take: take.of("mouthSmileLeft+mouthSmileRight")),
    Moment("open mouth", "S07/random_C", lambda take: take.of("jawOpen")),
    Moment("wink", "S01/FF_NR_C", lambda take: take.of("eyeBlinkLeft-eyeBlinkRight")),
    Moment("other wink", "S01/FF_NR_C", lambda take: take.of("eyeBlinkRight-eyeBlinkLeft")),
    Moment("uneven mouth", "S06/FF_NR_C", lambda take: take.of("mouthSmileLeft+mouthLeft-mouthSmileRight-mouthRight")),
    Moment("uneven mouth", "S06/FF_NR_C", lambda take: take.of("mouthSmileRight+mouthRight-mouthSmileLeft-mouthLeft")),
    Moment("turn", "S04/rotations_C", lambda take: take.yaw()),
    Moment("turn", "S04/rotations_C", lambda take: -take.yaw()),
)


def tile(picture: np.ndarray) -> Image.Image:
    return Image.fromarray(picture).resize((TILE_PX, TILE_PX), Image.Resampling.LANCZOS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="folder or hub id (default: the shipped weights)")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    takes = {clip: Take.load(clip) for clip in {moment.clip for moment in MOMENTS}}
    chosen = [int(moment.value(takes[moment.clip]).argmax()) for moment in MOMENTS]
    blank = np.full((SIDE_PX, SIDE_PX, 3), 22, np.uint8)
    rows = [[labelled(tile(blank), "driver")]]
    for moment, index in zip(MOMENTS, chosen, strict=True):
        rows[0].append(labelled(tile(takes[moment.clip].frames[index]), moment.name))
    for person in SOURCES:
        source = Take.load(f"{person}/random_C").frames[0]
        avatar = Avatar(source, crop=False) if args.model is None else Avatar(source, args.model, crop=False)
        row = [labelled(tile(source), "source")]
        for moment, index in zip(MOMENTS, chosen, strict=True):
            motion = avatar.read(takes[moment.clip].frames[[0, index]])
            made = avatar.follow(motion[slice(1, 2)], rest=motion[slice(0, 1)]).frames[0]
            row.append(labelled(tile(made), ""))
        rows.append(row)
    save(args.out, grid(rows))


if __name__ == "__main__":
    main()
