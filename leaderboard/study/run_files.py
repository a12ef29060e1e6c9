"""What a study needs of a run's folder: the outputs, drivers and sources of its cases, each checked by its hash.

RUN/results.json                     which methods and cases, and content ids of what they were made from
RUN/predictions/METHOD/CASE.mkv      frames of an output, without loss, at the driver's times
RUN/predictions/METHOD/CASE.json     its record, with the sha256 of that file
RUN/inputs/*.safetensors             crops of drivers and sources
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.results.errors import ResultsError
from benchmark.results.schema import RESULTS_FILE, Results
from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.jobs.files import read_text
from leaderboard.errors import SubmissionError

if TYPE_CHECKING:
    from feed_dataset.core.media.frame_index import FrameIndex

_MOST_RECORD_BYTES = 16 << 20  # it may have the time of every frame


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames uint8 [T, S, S, 3] with their times since the first, float64 [T]."""

    frames: np.ndarray
    times_s: np.ndarray
    fps: Fraction


class RunFiles:
    """One run.

    Args:
        folder: with its results, predictions and inputs.

    Raises:
        SubmissionError: its results cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.results = Results.load(folder / RESULTS_FILE)
        except ResultsError as error:
            raise SubmissionError(f"expected the folder of a run: {error}") from error

    def problem(self, method: str, case_id: str) -> str | None:
        """Why an output cannot be shown; None where it can."""
        video = self._prediction(method, case_id)
        if not _lies_inside(video, self.folder) or not video.is_file():
            return f"{method} has no frames"
        try:
            record = json.loads(read_text(video.with_suffix(".json"), at_most_bytes=_MOST_RECORD_BYTES))
            expected = record["video_sha256"]
        except (OSError, ValueError, TypeError, KeyError):
            return f"{method} has no record of its frames"
        from feed_dataset.core.jobs.array_store import file_sha256

        return None if file_sha256(video) == expected else f"frames of {method} are not those of its record"

    def output(self, method: str, case_id: str, most_s: float) -> Clip:
        """The beginning of an output, `most_s` seconds at most.

        Raises:
            SubmissionError: it cannot be read.
        """
        from feed_dataset.core.media.lossless import iterate_lossless
        from feed_dataset.core.media.scan import scan_video

        video = self._prediction(method, case_id)
        try:
            scan = scan_video(video)
            times_s = _within(scan.index, most_s)
            frames = [frame for frame, _ in zip(iterate_lossless(video), times_s, strict=False)]
        except (FeedError, OSError) as error:
            raise SubmissionError(f"cannot read {video}: {words_of(error)}") from error
        if len(frames) < len(times_s):
            raise SubmissionError(f"expected {len(times_s)} frames in {video} but got {len(frames)}")
        return Clip(np.stack(frames), times_s, scan.fps)

    def driver(self, case_id: str) -> np.ndarray:
        """Frames of a case's driver, uint8 [T, S, S, 3]. Raises SubmissionError."""
        return self._crop("drivers", case_id)

    def source(self, case_id: str) -> np.ndarray:
        """The source of a case, uint8 [S, S, 3]. Raises SubmissionError."""
        first: np.ndarray = self._crop("sources", case_id)[0]
        return first

    def content(self, part: str, case_id: str) -> str | None:
        """Content id of a case's driver or source, as the results have it; `part` is "drivers" or "sources"."""
        if self.results.inputs is None:
            return None
        contents: list[str | None] = getattr(self.results.inputs, part)
        return contents[self.results.protocol.case_ids.index(case_id)]

    def _prediction(self, method: str, case_id: str) -> Path:
        return self.folder / "predictions" / method / f"{case_id}.mkv"

    def _crop(self, part: str, case_id: str) -> np.ndarray:
        content = self.content(part, case_id)
        read = None if content is None else self._crops.get(content)
        if read is None:
            raise SubmissionError(
                f"expected the {part[:-1]} of {case_id} in {self.folder / 'inputs'} but it is not there; run again"
            )
        return read()

    @cached_property
    def _crops(self) -> dict[str, Callable[[], np.ndarray]]:
        """What reads each crop, by its content id."""
        from benchmark.features.types.sequence import frames_id
        from feed_dataset.core.jobs.array_store import load_metadata

        found: dict[str, Callable[[], np.ndarray]] = {}
        for path in sorted((self.folder / "inputs").glob("*.safetensors")):
            metadata = load_metadata(path)
            if metadata is None or "frames_sha256" not in metadata:
                continue
            stamps = metadata.get("stamps_s")
            fps, sha256 = Fraction(metadata["fps"]), str(metadata["frames_sha256"])
            content = frames_id(sha256, fps, None if stamps is None else tuple(stamps))
            found[content] = _Crop(path, sha256)
        return found


@dataclass(frozen=True)
class _Crop:
    path: Path
    sha256: str

    def __call__(self) -> np.ndarray:
        from feed_dataset.core.jobs.array_store import frames_sha256, load_arrays

        loaded: tuple[dict[str, np.ndarray], dict[str, Any]] | None = load_arrays(self.path)
        frames = None if loaded is None else loaded[0].get("frames")
        if frames is None or frames_sha256(frames) != self.sha256:
            raise SubmissionError(f"expected the crop {self.path} as its record has it but it is damaged; run again")
        return frames


def _within(index: FrameIndex, most_s: float) -> np.ndarray:
    times_s: np.ndarray = index.times_s - index.first_s
    return times_s[times_s <= most_s]


def _lies_inside(path: Path, folder: Path) -> bool:
    """Names of methods and cases are anybody's: links and dots lead nowhere else."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return False
