"""From a photo and what drives it, videos or sound, to a video: `python -m model animate`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import repeat
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.atomic import workroom
from feed_dataset.core.jobs.words import counted
from feed_dataset.core.media.timing import frame_s, is_steady, mean_rate
from feed_dataset.core.media.writer import VideoWriter
from model.avatar.audio import add_sound, has_sound
from model.avatar.avatar import BATCH_FRAMES, Avatar
from model.avatar.canvas import Canvas, Recipe
from model.avatar.drivers import DriverFrame, DriverVideo
from model.avatar.motion import Motion, join, mix
from model.avatar.pipeline import Behind, batches, in_background
from model.avatar.spoken import Spoken
from model.networks.errors import ModelError

_AHEAD_FRAMES = 2 * BATCH_FRAMES
_ENCODER_THREADS = 2


@dataclass(frozen=True)
class AnimateReport:
    """What was made, and what a viewer cannot see.

    Args:
        fps: the rate, or the mean where a driver's rate varies.
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


@dataclass(frozen=True, eq=False)
class _Clock:
    """When the frames of a film are shown."""

    times_s: np.ndarray  # float64 [T] since the first
    fps: Fraction  # rate, or the mean of one that varies

    @property
    def duration_s(self) -> float:
        return float(self.times_s[-1]) + frame_s(self.times_s)


@dataclass(frozen=True)
class _Row:
    """What drives one frame: a frame of every video, and what sound says."""

    seen: tuple[DriverFrame, ...]
    heard: Motion | None  # 1 frame

    @property
    def crop(self) -> np.ndarray | None:
        return self.seen[0].crop if self.seen else None


def animate(
    avatar: Avatar,
    drivers: Sequence[DriverVideo],
    out: Path,
    *,
    pose_driver: DriverVideo | None = None,
    speech: Spoken | None = None,
    sound: Path | None = None,
    recipe: Recipe | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> AnimateReport:
    """Write a video of the avatar. Atomic, in memory that does not grow with its length.

    Without speech each frame is at the time of the first driver's. With speech there are round(duration x rate) frames,
    at the rate of the first driver that is a video, else at the speech's own.

    Args:
        drivers: videos of expressions, mixed by the recipe's weights; the first gives time and, without
            `pose_driver`, the head pose. Others are read at the same times; one that ends holds its last frame.
        pose_driver: a video of head poses, read at the same times.
        speech: sound that drives, a `model.speech.SpeechDriver`; it says what sound moves beside the videos.
        sound: a file whose sound goes with the result; that of the first driver or of the speech is taken by naming its
            path.
        progress: called with frames done and in total.

    Raises:
        ModelError: another number of weights than drivers, nothing that drives, or speech weights of another model.
        VideoDecodeError: a driver or the sound cannot be read.
    """
    recipe = recipe or Recipe()
    if not drivers and speech is None:
        raise ModelError("expected a video or speech that drives but got neither")
    if drivers and len(recipe.weights) != len(drivers):
        raise ModelError(f"expected a weight per driver ({len(drivers)}) but got {len(recipe.weights)}")
    if sound is not None and not has_sound(sound):
        raise ModelError(f"expected sound in {sound} but it has none")
    film = _Film(avatar, drivers, pose_driver, speech, recipe)
    if sound is None:
        film.write(out, progress)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        with workroom(out) as folder:
            pictures = folder / "pictures.mp4"
            film.write(pictures, progress)
            add_sound(pictures, sound, out, start_s=film.start_in(sound), duration_s=film.clock.duration_s)
    return film.report(sound)


class _Film:
    """The pictures of a result."""

    def __init__(
        self,
        avatar: Avatar,
        drivers: Sequence[DriverVideo],
        pose_driver: DriverVideo | None,
        speech: Spoken | None,
        recipe: Recipe,
    ) -> None:
        self._avatar, self._recipe, self._drivers, self._speech = avatar, recipe, drivers, speech
        if speech is not None:
            speech.check_fits(avatar.model)
        self._videos = [*drivers, *([pose_driver] if pose_driver is not None else [])]
        self._readers = [_Reader(avatar, video) for video in self._videos]
        self._has_pose_driver = pose_driver is not None
        self.clock = self._clock()
        self._canvas = Canvas(avatar, recipe, has_driver=bool(self._videos))
        self._rest = self._combined([reader.rest for reader in self._readers]) if self._readers else avatar.motion

    def write(self, path: Path, progress: Callable[[int, int], None]) -> None:
        """Decode, listen, drive and encode at the same time."""
        canvas, clock = self._canvas, self.clock
        with (
            VideoWriter(
                path,
                canvas.width_px,
                canvas.height_px,
                clock.fps,
                times_s=clock.times_s,
                threads=_ENCODER_THREADS,
            ) as writer,
            closing(in_background(self._rows(), _AHEAD_FRAMES)) as rows,
            Behind() as behind,
        ):

            def encode(made: np.ndarray, crops: list[np.ndarray | None]) -> None:
                for square, crop in zip(made, crops, strict=True):
                    writer.add(canvas(square, crop))

            done = 0
            for batch in batches(rows, BATCH_FRAMES):
                made = self._avatar.render(self._motion(batch))
                behind(partial(encode, made, [row.crop for row in batch]))
                done += len(batch)
                progress(done, len(clock.times_s))
            behind.wait()

    def start_in(self, sound: Path) -> float:
        """Time in a file's sound that belongs to the first frame."""
        if self._speech is not None and sound == self._speech.path:
            return self._speech.start_s
        return next((video.start_s for video in self._drivers[:1] if sound == video.path), 0.0)

    def report(self, sound: Path | None) -> AnimateReport:
        """What was made."""
        clock = self.clock
        steady = is_steady(clock.times_s, clock.fps)
        return AnimateReport(
            frame_count=len(clock.times_s),
            fps=clock.fps if steady else mean_rate(clock.times_s),
            is_steady=steady,
            width_px=self._canvas.width_px,
            height_px=self._canvas.height_px,
            without_face={
                video.path.name: r.without_face for video, r in zip(self._videos, self._readers, strict=True)
            },
            sound=sound,
        )

    def _clock(self) -> _Clock:
        if self._speech is None:
            return _Clock(self._drivers[0].times_s, self._drivers[0].fps)
        rates = [video.fps for video in self._drivers if not video.is_picture]
        fps = rates[0] if rates else self._speech.fps
        return _Clock(self._speech.times_s(fps), fps)

    def _rows(self) -> Iterator[_Row]:
        """What drives each frame, in their order."""
        times_s = self.clock.times_s
        if self._speech is None:
            lead, *others = self._videos
            seen = zip(lead.frames(), *(video.nearest(times_s) for video in others), strict=True)
            yield from (_Row(frames, None) for frames in seen)
            return
        heard = _one_by_one(self._speech.motions(times_s, self._avatar.motion))
        videos: Iterable[tuple[DriverFrame, ...]] = repeat((), len(times_s))
        if self._videos:
            videos = zip(*(video.nearest(times_s) for video in self._videos), strict=True)
        yield from (_Row(frames, motion) for frames, motion in zip(videos, heard, strict=True))

    def _motion(self, batch: Sequence[_Row]) -> Motion:
        """Expression and head pose of the avatar in some frames."""
        seen = self._seen([row.seen for row in batch])
        if self._speech is None:
            return seen
        heard = join([row.heard for row in batch if row.heard is not None])
        heard = heard.scaled(self._recipe.expression, self._avatar.motion.z)
        return self._speech.blended(heard, seen, face=bool(self._drivers), pose=bool(self._videos))

    def _seen(self, rows: Sequence[tuple[DriverFrame, ...]]) -> Motion:
        """What the videos alone would make of the avatar; the photo where there is none."""
        held = self._avatar.held(len(rows))
        if not self._readers:
            return held
        parts = [reader([row[place] for row in rows]) for place, reader in enumerate(self._readers)]
        recipe = self._recipe
        motion = self._avatar.transferred(
            self._combined(parts), rest=self._rest, transfer=recipe.transfer, expression=recipe.expression
        )
        return motion if self._drivers else held.with_pose_of(motion)

    def _combined(self, parts: Sequence[Motion]) -> Motion:
        if not self._has_pose_driver:
            return mix(parts, self._recipe.weights)
        if not self._drivers:
            return parts[0]
        return mix(parts[:-1], self._recipe.weights).with_pose_of(parts[-1])


def _one_by_one(pieces: Iterable[Motion]) -> Iterator[Motion]:
    for piece in pieces:
        yield from (piece[slice(place, place + 1)] for place in range(len(piece)))
