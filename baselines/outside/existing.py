"""Finished frames in a folder, by case id: videos, or folders of images."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path

import numpy as np

from baselines.interface.errors import BatchError
from baselines.interface.frames import check_latents
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.files import refusal
from feed_dataset.core.media.suffixes import IMAGE_SUFFIXES, VIDEO_SUFFIXES

LATENTS_SUFFIX = ".z.npy"


class ExistingFrames:
    """What a method made elsewhere: FOLDER/<id>.mp4 (or another of VIDEO_SUFFIXES) or FOLDER/<id>/0001.png ...

    FOLDER/<id>.z.npy may hold the expression descriptors, float32 [T, d].

    Raises:
        BatchError: there is no such folder.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise BatchError(f"expected a folder with finished frames but {self.folder} is none")

    def find(self, case_id: str) -> Path | None:
        """The video of a case, or its folder of images; None when there is neither.

        Raises:
            BatchError: there are two, or a folder without images.
        """
        found = self._by_id.get(case_id, [])
        if len(found) > 1:
            names = " and ".join(path.name for path in found)
            raise BatchError(f"expected one video or folder for {case_id} in {self.folder} but got {names}; remove one")
        for path in found:
            _check_place(path, self.folder)
            if path.is_dir():
                frame_files(path)
        return found[0] if found else None

    def latents(self, case_id: str) -> Path | None:
        """The file of a case's expression descriptors, for `read_latents`."""
        path = self.folder / f"{case_id}{LATENTS_SUFFIX}"
        if not os.path.lexists(path):
            return None
        _check_place(path, self.folder)
        return path

    def unmatched(self, case_ids: Collection[str]) -> tuple[str, ...]:
        """Names of what lies in the folder and belongs to none of these cases."""
        used = {path for case_id in case_ids for path in self._by_id.get(case_id, [])}
        used |= {self.folder / f"{case_id}{LATENTS_SUFFIX}" for case_id in case_ids}
        return tuple(path.name for path in self._entries if path not in used)

    @cached_property
    def _entries(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if not path.name.startswith("."))

    @cached_property
    def _by_id(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for path in self._entries:
            if path.is_dir():
                found.setdefault(path.name, []).append(path)
            elif path.suffix.lower() in VIDEO_SUFFIXES:
                found.setdefault(path.stem, []).append(path)
        return found


def frame_files(folder: Path) -> tuple[Path, ...]:
    """The images of a folder in natural order: 2.png before 10.png.

    Raises:
        BatchError: there is none, or two have one number (`1.png` and `0001.jpg`).
    """
    files = [p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith(".")]
    if not files:
        raise BatchError(f"expected frames such as 0001.png in {folder} but it has no images")
    for path in files:
        _check_place(path, folder)
    files.sort(key=lambda path: (_natural(path.stem), path.name))
    for one, other in zip(files, files[1:], strict=False):
        if _natural(one.stem) == _natural(other.stem):
            raise BatchError(f"expected one image for each frame in {folder} but got {one.name} and {other.name}")
    return tuple(files)


def first_written_s(images: Iterable[Path], started_at: float) -> float | None:
    """Seconds from a process's start until the first of its images lay on the disk.

    Args:
        started_at: Unix time in seconds.

    Returns:
        None where there is no image, and where one is said to be older than the process: it was copied with its time.
    """
    times = [path.stat().st_mtime for path in images]
    return min(times) - started_at if times and min(times) >= started_at else None


def _check_place(path: Path, folder: Path) -> None:
    """Raise BatchError for a link out of the folder and for what is no file: the folder may be anybody's."""
    reason = refusal(path, folder)
    if reason is not None:
        raise BatchError(f"expected finished frames in {path} but {reason}")


def read_latents(path: Path, frame_count: int) -> np.ndarray:
    """float32 [frame_count, d] from a `.z.npy` file.

    Raises:
        BatchError: it cannot be read.
        DriveError: it has another type or shape.
    """
    try:
        latents: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError) as error:
        raise BatchError(f"expected latents in {path} but got: {words_of(error)}") from error
    check_latents(latents, frame_count)
    return latents


def _natural(text: str) -> list[tuple[int, str]]:
    """Key that orders numbers in names by their value."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", text)]
