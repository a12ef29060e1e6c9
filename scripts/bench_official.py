"""What the harness adds to an official repository's own time: 20 cases through it, and the bare command 20 times.

    python -m scripts.bench_official                       a stand-in that works for --seconds of CPU a case
    python -m scripts.bench_official --frames 50 --seconds 4

Bare: the same command lines on inputs that lie there already, one after the other. Harness: staging, hashes, starting,
picking, checking and writing frames without loss. CPU seconds of both and of their children, which do not depend on
what else the machine does, and wall seconds.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
_SCRIPT = """\
import argparse, sys, time
parser = argparse.ArgumentParser()
for name in ("config", "checkpoint", "source_image", "driving_video", "result_video"):
    parser.add_argument("--" + name)
for name in ("relative", "adapt_scale", "cpu"):
    parser.add_argument("--" + name, action="store_true")
options = parser.parse_args()
import numpy as np
sys.path.insert(0, {root!r})
from feed_dataset.core.media.whole_video import read_video
from feed_dataset.core.media.writer import write_video
from feed_dataset.core.media.images import read_image
import cv2
frames = [cv2.resize(frame, (256, 256)) for frame in read_video(options.driving_video).frames]
source = cv2.resize(read_image(options.source_image), (256, 256)).astype(float)
made = [np.clip(source + 0.3 * (one.astype(float) - frames[0]), 0, 255).astype(np.uint8) for one in frames]
end = time.process_time() + {seconds}
while time.process_time() < end:
    pass
write_video(options.result_video, np.stack(made), 25)
"""


def main() -> int:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--frames", type=int, default=25, help="of each case (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=8.0, help="CPU of the networks of a case (default: %(default)s)"
    )
    parser.add_argument("--side", type=int, default=256, help="of sources and drivers (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), arguments.cases, arguments.frames, arguments.seconds, arguments.side)
    return 0


def measure(folder: Path, cases: int, frames: int, seconds: float, side: int) -> None:
    """Run both and print what they took."""
    os.environ.update(FEED_CONFIG=str(folder / "config"), FEED_CACHE=str(folder / "cache"), OMP_NUM_THREADS="1")
    from baselines.official.method import OfficialMethod
    from baselines.official.settings import Settings, save_settings

    checkout = folder / "checkout"
    (checkout / "config").mkdir(parents=True)
    (checkout / "demo.py").write_text(_SCRIPT.format(root=str(ROOT), seconds=seconds))
    (checkout / "vox-cpk.pth.tar").write_bytes(b"\x80")
    save_settings(
        "fomm",
        Settings(checkout=checkout, checkpoints=checkout, python=Path(sys.executable), device="cpu", lossless=False),
    )
    batch = _batch(folder / "batch", cases, frames, side)
    method = OfficialMethod("fomm")

    def harness() -> None:
        reasons = [one.reason for one in method.generate(batch, folder / "out") if one.reason is not None]
        if reasons:
            raise SystemExit(f"{len(reasons)} cases failed, such as: {reasons[0]}")

    def bare() -> None:
        for number, case in enumerate(batch.cases):
            out = folder / f"bare-{number}"
            out.mkdir()
            words = ["--config", "x", "--checkpoint", "x", "--source_image", str(batch.folder / case.source)]
            words += ["--driving_video", str(batch.folder / str(case.driver)), "--result_video", str(out / "o.mp4")]
            words += ["--relative", "--adapt_scale", "--cpu"]
            with (out / "log").open("wb") as log:
                subprocess.run([sys.executable, str(checkout / "demo.py"), *words], check=True, stdout=log, stderr=log)

    cpu_bare, wall_bare = _timed(bare)
    cpu_all, wall_all = _timed(harness)
    print(f"{cases} cases of {frames} frames at {side} px, {seconds:g} s of CPU each in the repository")
    print(f"bare command  {cpu_bare:8.1f} s CPU  {wall_bare:8.1f} s wall")
    print(f"harness       {cpu_all:8.1f} s CPU  {wall_all:8.1f} s wall")
    print(f"overhead      {cpu_all / cpu_bare - 1:8.1%} CPU  {wall_all / wall_bare - 1:8.1%} wall")


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    """CPU seconds of this process and its children, and wall seconds."""
    began, cpu = time.monotonic(), _cpu_s()
    work()
    return _cpu_s() - cpu, time.monotonic() - began


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _batch(folder: Path, cases: int, frames: int, side: int):  # type: ignore[no-untyped-def]
    """Staged inputs: a face-like blob that moves."""
    from fractions import Fraction

    from PIL import Image

    from baselines.outside.batch import BatchCase, write_index
    from feed_dataset.core.media.writer import write_video

    y, x = np.mgrid[:side, :side] / side - 0.5

    def picture(shift: float, tone: int) -> np.ndarray:
        blob = np.exp(-(((x - shift) / 0.25) ** 2 + (y / 0.32) ** 2))
        return np.clip(blob[..., None] * np.array([tone, tone * 0.7, tone * 0.6]) + 30, 0, 255).astype(np.uint8)

    (folder / "sources").mkdir(parents=True)
    (folder / "drivers" / "d").mkdir(parents=True)
    Image.fromarray(picture(0.0, 200)).save(folder / "sources" / "s.png")
    clip = np.stack([picture(0.15 * np.sin(t / 4), 140) for t in range(frames)])
    for t, frame in enumerate(clip, start=1):
        Image.fromarray(frame).save(folder / "drivers" / "d" / f"{t:04d}.png")
    write_video(folder / "drivers" / "d.mp4", clip, 25, crf=12)
    listed = [
        BatchCase(f"case-{n:02d}", "sources/s.png", "drivers/d.mp4", None, frames, Fraction(25)) for n in range(cases)
    ]
    return write_index(folder, listed)


if __name__ == "__main__":
    sys.exit(main())
