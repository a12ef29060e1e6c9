"""Which pictures FFmpeg takes when a clip becomes 25 frames/s, beside the nearest ones: the tables of docs.

    python -m scripts.ffmpeg_at_25 [--command FFMPEG]    prints its version and the table in Markdown

Every picture of a clip shows its own number. `fps=25` is the filter, `-r 25` the option of the output; "lip sync
script" is what the historical SyncNet procedure does first: `-async 1 -r 25` into an AVI with MP3, and that into JPEG
files.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmark.features.lip_sync.timing import frames_at_25
from feed_dataset.core.media.types import Audio
from feed_dataset.core.media.video import write_video

RATES = tuple(Fraction(text) for text in ("20 24000/1001 24 25 30000/1001 30 48 50 60000/1001 60").split())
SECONDS = 8
_SIZE_PX = (128, 64)
_BITS = 10


def numbered(fps: Fraction, path: Path) -> None:
    """A clip with silent sound whose pictures show their numbers as black and white bars."""
    count = int(SECONDS * fps)
    bits = np.arange(count)[:, None] >> np.arange(_BITS) & 1
    frames = np.zeros((count, _SIZE_PX[1], _SIZE_PX[0], 3), np.uint8)
    width = _SIZE_PX[0] // _BITS
    for place in range(_BITS):
        frames[:, :, place * width : (place + 1) * width] = (255 * bits[:, place])[:, None, None, None]
    write_video(path, frames, fps, audio=Audio(np.zeros(SECONDS * 48_000, np.float32), 48_000), crf=10)


def numbers(grey: np.ndarray) -> np.ndarray:
    """The numbers that pictures uint8 [N, H, W] show."""
    width = _SIZE_PX[0] // _BITS
    middle = grey[:, _SIZE_PX[1] // 2]
    bits = np.stack([middle[:, place * width + width // 2] > 127 for place in range(_BITS)], axis=1)
    found: np.ndarray = bits @ (1 << np.arange(_BITS))
    return found


def picks(ffmpeg: str, path: Path) -> dict[str, np.ndarray]:
    """By way, the number of the source picture that each output picture shows."""
    step = path.with_suffix(".avi")
    _run(ffmpeg, "-i", str(path), "-qscale:v", "2", "-async", "1", "-r", "25", str(step))
    folder = path.with_suffix("")
    folder.mkdir()
    _run(ffmpeg, "-i", str(step), "-qscale:v", "2", "-threads", "1", "-f", "image2", str(folder / "%06d.jpg"))
    files = sorted(folder.iterdir())
    jpegs = _raw(ffmpeg, "-f", "image2", "-framerate", "25", "-i", str(folder / "%06d.jpg"))
    assert len(jpegs) == len(files)
    return {
        "fps=25": numbers(_raw(ffmpeg, "-i", str(path), "-vf", "fps=25")),
        "-r 25": numbers(_raw(ffmpeg, "-i", str(path), "-r", "25")),
        "lip sync script": numbers(jpegs),
    }


def late_s(picked: np.ndarray, fps: Fraction) -> float:
    """By how much output picture k shows a source picture from before k / 25 s, in the middle of all."""
    return float(np.median(np.arange(len(picked)) / 25 - picked / float(fps)))


def version(ffmpeg: str) -> str:
    """Of the command, such as "5.1.9-0+deb12u1"."""
    said = subprocess.run([ffmpeg, "-version"], check=True, capture_output=True, text=True).stdout
    found = re.match(r"ffmpeg version (\S+)", said)
    return found.group(1) if found else "unknown"


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", default="ffmpeg", help="default: %(default)s")
    ffmpeg = parser.parse_args(arguments).command
    print(f"ffmpeg {version(ffmpeg)}\n")
    print("| frames/s | way | source pictures 0 to 9 | not the nearest | late by, ms | frames of 40 ms |")
    print("|---:|---|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for number, fps in enumerate(RATES):
            path = Path(folder) / f"{number}.mp4"
            numbered(fps, path)
            nearest = frames_at_25(np.arange(int(SECONDS * fps)) / float(fps))
            for way, picked in {"nearest time stamp": nearest, **picks(ffmpeg, path)}.items():
                count = min(len(picked), len(nearest))
                other = float(np.mean(picked[:count] != nearest[:count]))
                late = late_s(picked, fps)
                shown = " ".join(map(str, picked[:10]))
                print(
                    f"| {float(fps):.6g} | {way} | {shown} | {100 * other:.0f} % | {1000 * late + 0.0:.0f} |"
                    f" {late * 25:.2f} |",
                    flush=True,
                )
    return 0


def _run(ffmpeg: str, *arguments: str) -> bytes:
    command = [ffmpeg, "-v", "error", "-y", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _raw(ffmpeg: str, *arguments: str) -> np.ndarray:
    """Grey pictures uint8 [N, H, W]."""
    data = _run(ffmpeg, *arguments, "-an", "-pix_fmt", "gray", "-f", "rawvideo", "-")
    return np.frombuffer(data, np.uint8).reshape(-1, _SIZE_PX[1], _SIZE_PX[0])


if __name__ == "__main__":
    sys.exit(main())
