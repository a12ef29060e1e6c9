"""From a photo and a video to a video: `python -m model animate`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from feed_dataset.core.faces.crop import CropBox, apply_crop
from feed_dataset.core.jobs.atomic import workroom
from feed_dataset.core.jobs.words import counted
from feed_dataset.core.media.timing import frame_s, is_steady, mean_rate
from feed_dataset.core.media.writer import VideoWriter
from model.avatar.audio import add_sound, has_sound
from model.avatar.avatar import BATCH_FRAMES, Avatar, Transfer
from model.avatar.drivers import DriverFrame, DriverVideo
from model.avatar.images import PasteBack
from model.avatar.motion import Motion, join, mix
from model.avatar.pipeline import Behind, batches, in_background
from model.networks.errors import ModelError

Layout = Literal["photo", "crop"]
_AHEAD_FRAMES = 2 * BATCH_FRAMES
_ENCODER_THREADS = 2


@dataclass(frozen=True)
class Recipe:
    """What a video is made of.

    Attributes:
        transfer: "relative" applies what changes since the driver's first face; "absolute" takes the driver as it is.
        expression: how far to go from the driver's first expression (1: as far as the driver).
        weights: of the expressions of several drivers.
        layout: "photo" puts the head back into the photo, "crop" shows the square alone.
        side_by_side: source and driver crops to the left of the result; implies "crop".
        background: uint8 [S, S, 3] behind the head, for models that paint it green; None takes the photo's.
        max_side_px: longest side of the video; a larger photo is shrunk.
    """

    transfer: Transfer = "relative"
    expression: float = 1.0
    weights: tuple[float, ...] = (1.0,)
    layout: Layout = "photo"
    side_by_side: bool = False
    background: np.ndarray | None = None
    max_side_px: int = 1920


@dataclass(frozen=True)
class AnimateReport:
    """What was made, and what a viewer cannot see.

    Args:
        fps: of a driver with one rate; the mean of one whose rate varies.
        is_steady: whether the driver, and so the video, has one rate.
        without_face: per driver, frames in which the last expression and pose were held.
    """

    frame_count: int
    fps: Fraction
    is_steady: bool
    width_px: int
    height_px: int
    without_face: Mapping[str, int]
    sound: Path | None

    @property
    def length(self) -> str:
        """Frames and their rate in words."""
        one, mean = f"{float(self.fps):.6g} fps", f"a variable rate, {float(self.fps):.4g} fps on average"
        return f"{counted(self.frame_count, 'frame')} at {one if self.is_steady else mean}"


class _Reader:
    """Motions of one driver, the last one held where there is no face."""

    def __init__(self, avatar: Avatar, video: DriverVideo) -> None:
        self._avatar = avatar
        self.rest = avatar.read(video.first_crop[None])
        self._last = self.rest
        self.without_face = 0

    def __call__(self, frames: Sequence[DriverFrame]) -> Motion:
        faces = [frame for frame in frames if frame.has_face]
        read = self._avatar.read(np.stack([frame.crop for frame in faces])) if faces else None
        out, used = [], 0
        for frame in frames:
            if frame.has_face:
                assert read is not None
                self._last = read[slice(used, used + 1)]
                used += 1
            else:
                self.without_face += 1
            out.append(self._last)
        return join(out)


def animate(
    avatar: Avatar,
    drivers: Sequence[DriverVideo],
    out: Path,
    *,
    pose_driver: DriverVideo | None = None,
    sound: Path | None = None,
    recipe: Recipe | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> AnimateReport:
    """Write a video of the avatar, each frame at the time of the first driver's. Atomic.

    Args:
        drivers: videos of expressions, mixed by the recipe's weights; the first gives time and, without
            `pose_driver`, the head pose. Others are read at the same times; one that ends holds its last frame.
        pose_driver: a video of head poses, read at the same times.
        sound: a file whose sound goes with the result; that of the first driver is taken by naming its path.
        progress: called with frames done and in total.

    Raises:
        ModelError: another number of weights than drivers.
        VideoDecodeError: a driver or the sound cannot be read.
    """
    recipe = recipe or Recipe()
    if len(recipe.weights) != len(drivers):
        raise ModelError(f"expected a weight per driver ({len(drivers)}) but got {len(recipe.weights)}")
    if sound is not None and not has_sound(sound):
        raise ModelError(f"expected sound in {sound} but it has none")
    film = _Film(avatar, drivers, pose_driver, recipe)
    if sound is None:
        film.write(out, progress)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        with workroom(out) as folder:
            pictures = folder / "pictures.mp4"
            film.write(pictures, progress)
            lead = drivers[0]
            start_s = lead.start_s if sound == lead.path else 0.0
            duration_s = float(lead.times_s[-1]) + frame_s(lead.times_s)
            add_sound(pictures, sound, out, start_s=start_s, duration_s=duration_s)
    return film.report(sound)


class _Film:
    """The pictures of a result."""

    def __init__(
        self, avatar: Avatar, drivers: Sequence[DriverVideo], pose_driver: DriverVideo | None, recipe: Recipe
    ) -> None:
        self._avatar, self._recipe, self._lead = avatar, recipe, drivers[0]
        self._videos = [*drivers, *([pose_driver] if pose_driver is not None else [])]
        self._readers = [_Reader(avatar, video) for video in self._videos]
        self._has_pose_driver = pose_driver is not None
        self._canvas = Canvas(avatar, recipe)
        self._rest = self._combined([reader.rest for reader in self._readers])

    def write(self, path: Path, progress: Callable[[int, int], None]) -> None:
        """Decode, drive and encode at the same time."""
        canvas, lead = self._canvas, self._lead
        with (
            VideoWriter(
                path,
                canvas.width_px,
                canvas.height_px,
                lead.fps,
                times_s=lead.times_s,
                threads=_ENCODER_THREADS,
            ) as writer,
            closing(in_background(self._rows(), _AHEAD_FRAMES)) as rows,
            Behind() as behind,
        ):

            def encode(made: np.ndarray, crops: list[np.ndarray]) -> None:
                for square, crop in zip(made, crops, strict=True):
                    writer.add(canvas(square, crop))

            for batch in batches(rows, BATCH_FRAMES):
                driven = self._drive(batch)
                behind(partial(encode, driven, [row[0].crop for row in batch]))
                progress(batch[-1][0].index + 1, lead.count)
            behind.wait()

    def report(self, sound: Path | None) -> AnimateReport:
        """What was made."""
        steady = is_steady(self._lead.times_s, self._lead.fps)
        return AnimateReport(
            frame_count=self._lead.count,
            fps=self._lead.fps if steady else mean_rate(self._lead.times_s),
            is_steady=steady,
            width_px=self._canvas.width_px,
            height_px=self._canvas.height_px,
            without_face={
                video.path.name: r.without_face for video, r in zip(self._videos, self._readers, strict=True)
            },
            sound=sound,
        )

    def _rows(self) -> Iterator[tuple[DriverFrame, ...]]:
        """One frame of every driver for each frame of the first."""
        others = [video.nearest(self._lead.times_s) for video in self._videos[1:]]
        yield from zip(self._lead.frames(), *others, strict=True)

    def _drive(self, batch: Sequence[tuple[DriverFrame, ...]]) -> np.ndarray:
        parts = [reader([row[place] for row in batch]) for place, reader in enumerate(self._readers)]
        motion = self._combined(parts)
        recipe = self._recipe
        return self._avatar.follow(
            motion, rest=self._rest, transfer=recipe.transfer, expression=recipe.expression
        ).frames

    def _combined(self, parts: Sequence[Motion]) -> Motion:
        if not self._has_pose_driver:
            return mix(parts, self._recipe.weights)
        return mix(parts[:-1], self._recipe.weights).with_pose_of(parts[-1])


class Canvas:
    """What one frame of the result looks like; its sides are even, as video needs."""

    def __init__(self, avatar: Avatar, recipe: Recipe) -> None:
        self._avatar, self._recipe = avatar, recipe
        if recipe.background is not None and not avatar.model.config.green_background:
            raise ModelError("expected no background: this model keeps the photo's own")
        self._shown_crop = recipe.side_by_side or recipe.layout == "crop"
        if self._shown_crop:
            side = avatar.side_px
            self._source = apply_crop(avatar.photo[None], avatar.box, side)[0]
            self.height_px, self.width_px = side, side * (3 if recipe.side_by_side else 1)
        else:
            photo, box = _shrunk(avatar.photo, avatar.box, recipe.max_side_px)
            self._paste = PasteBack(photo, box)
            self.height_px, self.width_px = photo.shape[0] // 2 * 2, photo.shape[1] // 2 * 2

    def __call__(
        self,
        square: np.ndarray,  # uint8 [S, S, 3] as the model made it
        driver: np.ndarray,  # uint8 [S, S, 3]
    ) -> np.ndarray:  # uint8 [height_px, width_px, 3]
        square = self._avatar.composite(square, self._recipe.background)
        if self._recipe.side_by_side:
            return np.concatenate([self._source, driver, square], axis=1)
        if self._shown_crop:
            return square
        return self._paste(square)[: self.height_px, : self.width_px]


def _shrunk(photo: np.ndarray, box: CropBox, max_side_px: int) -> tuple[np.ndarray, CropBox]:
    """Photo and square with a longest side of at most `max_side_px`."""
    factor = max_side_px / max(photo.shape[:2])
    if factor >= 1:
        return photo, box
    size = (max(2, round(photo.shape[1] * factor)), max(2, round(photo.shape[0] * factor)))
    smaller: np.ndarray = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    return smaller, CropBox(round(box.x0 * factor), round(box.y0 * factor), max(2, round(box.side * factor)))
