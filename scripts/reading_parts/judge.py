"""What the index and each reader make of one file, against ffmpeg and the numbers in its frames."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.frame_reader import FrameReader
from feed_dataset.core.media.reader import open_reader
from feed_dataset.manifest.inspect import inspect_video
from scripts.reading_parts.material import Kind, expected_numbers, number_of

_DRAWS = 25
_MOST_APART = 24  # levels: FFmpeg versions round the edges of odd and deep pictures differently


@dataclass(frozen=True)
class Verdict:
    """One row of the table."""

    index: str  # "ok", or why the index refuses the file
    frames: int = 0
    pyav: str = "-"
    ffmpeg: str = "-"  # largest difference of a value to the ffmpeg program's frames, or what else is different
    torchcodec: str = "-"

    @property
    def is_kept(self) -> bool:
        """What the index calls ok is read rightly, and torchcodec is right or refuses."""
        return self.index != "ok" or (self.pyav == "right" and not self.torchcodec.startswith("WRONG"))


def judge(kind: Kind, path: Path, *, with_torchcodec: bool, with_ffmpeg: bool) -> Verdict:
    """Read a file in every way."""
    try:
        facts = inspect_video(path)
    except FeedError as error:
        return Verdict(str(error).replace(str(path), path.name))
    theirs = ffmpeg_frames(path, (facts.height_px, facts.width_px)) if with_ffmpeg else None
    try:
        with open_reader(path) as reader:
            every = np.stack([frame for _, frame in reader.stream()])
            said = _judged(kind, every, theirs, facts.frame_count)
            if said == "right" and not _same_at_random(reader, every):
                said = "WRONG at random"
    except (FeedError, ValueError) as error:
        return Verdict("ok", facts.frame_count, f"REFUSED {error}")
    other = _torchcodec(path, every) if with_torchcodec else "-"
    return Verdict("ok", facts.frame_count, said, _difference(every, theirs), other)


def _judged(kind: Kind, every: np.ndarray, theirs: np.ndarray | None, count: int) -> str:
    numbers = [number_of(frame) for frame in every]
    expected = expected_numbers(kind)
    if theirs is not None:
        wanted = [number_of(frame) for frame in theirs]
        if expected is not None and wanted != expected:
            return f"WRONG? ffmpeg shows {spans(wanted)}, we {spans(numbers)}"
        expected = wanted
        if kind.times == "cut without its key":  # of frames whose references are missing ffmpeg shows what is left
            expected = wanted[-len(numbers) :]
    if expected is None:
        expected = list(range(numbers[0], numbers[0] + len(numbers)))
    if len(every) != count or numbers != expected:
        return f"WRONG: {spans(numbers)} instead of {spans(expected)}"
    return "right"


def _same_at_random(reader: FrameReader, every: np.ndarray) -> bool:
    rng = np.random.default_rng(0)
    asked: list[Any] = [rng.integers(0, len(every), 5), rng.integers(0, len(every), 20), [len(every) - 1], [0]]
    asked += [[int(number)] for number in rng.integers(0, len(every), _DRAWS)]
    return all(np.array_equal(reader.at(numbers), every[numbers]) for numbers in asked)


def _torchcodec(path: Path, every: np.ndarray) -> str:
    try:
        with open_reader(path, "torchcodec") as reader:
            rng = np.random.default_rng(1)
            draws: list[Any] = [rng.integers(0, len(every), 6), [0], [len(every) // 2], np.arange(len(every))]
            for numbers in draws:
                found = reader.at(numbers)
                if found.shape[1:] != every.shape[1:]:
                    return f"WRONG size {found.shape[1:3]}"
                pairs = zip(found, every[numbers], strict=True)
                if [number_of(ours) for ours in found] != [number_of(frame) for frame in every[numbers]]:
                    return f"WRONG {[number_of(f) for f in found][:6]} for {[number_of(f) for f in every[numbers]][:6]}"
                worst = max(int(np.abs(ours.astype(int) - frame).max()) for ours, frame in pairs)
                if worst > _MOST_APART:
                    return f"WRONG by {worst}"
    except FeedError as error:
        return f"refuses: {str(error).replace(str(path), path.name)}"
    return "right"


def _difference(every: np.ndarray, theirs: np.ndarray | None) -> str:
    if theirs is None:
        return "-"
    if theirs.shape != every.shape:
        return f"{len(theirs)} frames"
    return str(int(np.abs(every.astype(int) - theirs).max()))


def ffmpeg_frames(path: Path, shape: tuple[int, int]) -> np.ndarray | None:  # uint8 [T, H, W, 3]
    """Every frame as the ffmpeg program shows it; None where there is no such program or it has none."""
    program = shutil.which("ffmpeg")
    if program is None:
        return None
    command = [program, "-v", "error", "-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo"]
    done = subprocess.run([*command, "-pix_fmt", "rgb24", "-"], capture_output=True, check=False)
    frames = np.frombuffer(done.stdout, np.uint8)
    size = shape[0] * shape[1] * 3
    return frames.reshape(-1, *shape, 3) if len(frames) and len(frames) % size == 0 else None


def spans(numbers: list[int]) -> str:
    """0-9 12 13-20."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    text = " ".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else f"{part[0]}" for part in parts[:8])
    return text + (" ..." if len(parts) > 8 else "")
