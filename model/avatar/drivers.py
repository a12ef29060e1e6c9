"""Videos that drive: face crops in order, with the frames named in which the face was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np

from feed_dataset.core.faces.crop import apply_crop
from feed_dataset.core.jobs.errors import NoFaceError
from feed_dataset.core.media.suffixes import IMAGE_SUFFIXES
from feed_dataset.core.media.timing import nearest_frames
from feed_dataset.prepare.media import ImageMedia, Media, VideoMedia
from model.avatar.faces import Face, FaceFinder, describe_choice


@dataclass(frozen=True)
class DriverFrame:
    """One frame of a driver."""

    index: int
    crop: np.ndarray  # uint8 [S, S, 3]
    has_face: bool


class DriverVideo:
    """A video (or a picture, as one frame) seen through one fixed square around a face.

    The square is that of the first frame in which the face is found, as in the published preprocessing: the model
    reads position and size of the head inside it.

    Args:
        path: a local file.
        side_px: side of the crops.
        face: number of the face in that first frame, from 1; None takes the most prominent one.
        say: called with a line that a person should read.

    Raises:
        VideoDecodeError, ImageDecodeError: no readable video or picture.
        NoFaceError: no frame shows a face.
        ModelError: there are not that many faces.
    """

    def __init__(self, path: Path, side_px: int, *, face: int | None = None, say: Callable[[str], None]) -> None:
        self.path, self._side_px = path, side_px
        self._finder = FaceFinder()
        self._media = _open(path)
        try:
            self.first_index, first, self.face = self._first_face(face)
        except BaseException:
            self.close()
            raise
        note = describe_choice(self.face, path.name, "--driver-face")
        if note:
            say(note)
        self._box = self.face.crop(self._media.hw)
        self.first_crop = self._crop(first)

    @property
    def count(self) -> int:
        """Frames."""
        return self._media.count

    @property
    def fps(self) -> Fraction:
        """Mean rate."""
        return self._media.fps

    @property
    def times_s(self) -> np.ndarray:
        """float64 [T] since the first frame."""
        return self._media.times_s

    @property
    def is_picture(self) -> bool:
        """A still image."""
        return isinstance(self._media, ImageMedia)

    @property
    def start_s(self) -> float:
        """Time of the first frame on the file's own clock, which its sound keeps too."""
        return self._media.start_s if isinstance(self._media, VideoMedia) else 0.0

    def frames(self) -> Iterator[DriverFrame]:
        """Every frame in order; follows the face, and says where it is lost."""
        follower = self._finder.follow(self.face)
        for index, picture in self._media.frames(0, self.count):
            found, _ = follower.step(picture)
            yield DriverFrame(index, self._crop(picture), found is not None)

    def nearest(
        self,
        times_s: np.ndarray,  # float64 [N], increasing
    ) -> Iterator[DriverFrame]:
        """For each time the frame shown nearest to it; after the end the last frame holds."""
        frames = self.frames()
        current = next(frames)
        for index in nearest_frames(self.times_s, times_s):
            while current.index < index:
                current = next(frames)
            yield current

    def close(self) -> None:
        """Release the file."""
        if isinstance(self._media, VideoMedia):
            self._media.close()

    def __enter__(self) -> DriverVideo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _first_face(self, number: int | None) -> tuple[int, np.ndarray, Face]:
        missing: NoFaceError | None = None
        for index, picture in self._media.frames(0, self.count):
            try:
                return index, picture, self._finder.choose(picture, number)
            except NoFaceError as error:
                missing = missing or error
        raise NoFaceError(f"{self.path}: no frame of {self.count} shows a face ({missing})")

    def _crop(self, picture: np.ndarray) -> np.ndarray:
        return apply_crop(picture[None], self._box, self._side_px)[0]


def _open(path: Path) -> Media:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        from feed_dataset.core.media.images import read_image

        return ImageMedia(read_image(path))
    return VideoMedia(path)
