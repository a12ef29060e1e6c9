"""What the harness adds to an official repository's own time: a batch of cases through it, and the bare commands.

    python -m scripts.bench_official                       stand-ins whose networks take --seconds of CPU a case
    python -m scripts.bench_official --frames 50 --seconds 8 --repeats 2

Two repositories stand for all: `fomm`, which is started for each case, and `imtalker`, which makes a folder of cases in
one process, at 512 px: for four times the pixels its networks take four times as long. Bare: the same command lines on
inputs that lie there already, one after the other. Harness: hashes, staging, starting, recording frames before a codec,
picking, checking and writing them. Each case has a source and a driver of its own, of which nothing can be shared. Both
sides run by turns; CPU seconds, which depend least on what else the machine does, are those of this process and its
children. Exits 1 when the floor is missed.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from baselines.official.job import Job
    from baselines.official.method import OfficialMethod
    from baselines.outside.batch import Batch

ROOT = Path(__file__).resolve().parent.parent
FLOOR = 0.05
"""At most this share of the bare command's CPU time on top."""

_IMAGEIO = """\
from fractions import Fraction
import numpy as np
from feed_dataset.core.media.writer import write_video

def get_writer(uri, **named):
    raise NotImplementedError

def mimwrite(uri, ims, fps=25):
    write_video(uri, np.stack(ims), Fraction(fps))

mimsave = mimwrite
"""
_WORK = """\
import argparse, sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
import cv2
import imageio
import numpy as np
from feed_dataset.core.media.images import read_image
from feed_dataset.core.media.whole_video import read_video

def animate(source, driver, side):
    source = cv2.resize(read_image(source), (side, side)).astype(float)
    drivers = [cv2.resize(frame, (side, side)).astype(float) for frame in read_video(driver).frames]
    end = time.process_time() + {seconds} * (side / 256) ** 2
    while time.process_time() < end:
        pass
    return [np.clip(source + 0.3 * (one - drivers[0]), 0, 255).astype(np.uint8) for one in drivers]

parser = argparse.ArgumentParser()
"""
_CASE = """\
for name in ("config", "checkpoint", "source_image", "driving_video", "result_video"):
    parser.add_argument("--" + name)
for name in ("relative", "adapt_scale", "cpu"):
    parser.add_argument("--" + name, action="store_true")
options = parser.parse_args()
imageio.mimsave(options.result_video, animate(options.source_image, options.driving_video, 256), fps=25)
"""
_FOLDER = """\
for name in ("data_dir", "save_path", "renderer_path"):
    parser.add_argument("--" + name)
parser.add_argument("--crop", action="store_true")
options = parser.parse_args()
Path(options.save_path).mkdir()
for folder in sorted(Path(options.data_dir).iterdir()):
    (source,), (driver,) = folder.glob("*.png"), folder.glob("*.mp4")
    writer = cv2.VideoWriter(f"{options.save_path}/{source.stem}_{driver.stem}.mp4", 1983148141, 25, (512, 512))
    for frame in animate(source, driver, 512):
        writer.write(frame[:, :, ::-1])
    writer.release()
"""
SCRIPTS = {"fomm": ("demo.py", _CASE), "imtalker": ("renderer/inference.py", _FOLDER)}


@dataclass(frozen=True)
class Seconds:
    """What a side took."""

    cpu: float
    wall: float


def main() -> int:
    """Print one table for each repository."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--frames", type=int, default=25, help="of each case (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=2.5, help="CPU of the networks of a case at 256 px (default: %(default)s)"
    )
    parser.add_argument("--side", type=int, default=256, help="of sources and drivers (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=1, help="how often each side has its turn")
    parser.add_argument("--only", choices=sorted(SCRIPTS), help="one of the repositories")
    arguments = parser.parse_args()
    missed = 0
    for name in [arguments.only] if arguments.only else SCRIPTS:
        with tempfile.TemporaryDirectory() as folder:
            _set_up(Path(folder), name, arguments.seconds)
            batch = _batch(Path(folder) / "batch", arguments.cases, arguments.frames, arguments.side)
            missed += not measure(Path(folder), name, batch, arguments.repeats)
    return 1 if missed else 0


def measure(folder: Path, name: str, batch: Batch, repeats: int) -> bool:
    """Run both sides, print what they took, and say whether the floor is met."""
    from baselines.official.method import OfficialMethod

    method = OfficialMethod(name)
    bare: list[Seconds] = []
    harness: list[Seconds] = []
    processes = 0
    for repeat in range(repeats):
        jobs = _bare_jobs(method, batch, folder / f"bare-{repeat}")
        processes = len(jobs)
        sides = [
            (bare, partial(_run_bare, jobs)),
            (harness, partial(_run_harness, method, batch, folder / f"out-{repeat}")),
        ]
        for found, work in sides if repeat % 2 == 0 else reversed(sides):
            found.append(_timed(work))
    cpu = [statistics.median(one.cpu for one in side) for side in (bare, harness)]
    wall = [statistics.median(one.wall for one in side) for side in (bare, harness)]
    share = cpu[1] / cpu[0] - 1
    frames = batch.cases[0].frame_count
    print(f"{name}: {len(batch.cases)} cases of {frames} frames in {processes} processes, {repeats} turns, medians")
    print(f"bare commands {cpu[0]:8.1f} s CPU  {wall[0]:8.1f} s wall")
    print(f"harness       {cpu[1]:8.1f} s CPU  {wall[1]:8.1f} s wall")
    print(
        f"overhead      {share:8.1%} CPU  {wall[1] / wall[0] - 1:8.1%} wall;"
        f" floor {FLOOR:.0%} CPU {'met' if share <= FLOOR else 'MISSED'}",
        flush=True,
    )
    return share <= FLOOR


def _run_harness(method: OfficialMethod, batch: Batch, out: Path) -> None:
    reasons = [one.reason for one in method.generate(batch, out) if one.reason is not None]
    if reasons:
        raise SystemExit(f"{len(reasons)} cases failed, such as: {reasons[0]}")


def _run_bare(jobs: Sequence[Job]) -> None:
    for job in jobs:
        environment = {**os.environ, **job.environment}
        with (job.folder / "log").open("wb") as log:
            subprocess.run(job.argv, check=True, cwd=job.work, env=environment, stdout=log, stderr=log)


def _bare_jobs(method: OfficialMethod, batch: Batch, folder: Path) -> list[Job]:
    """What the harness would start, with its inputs; without the recording of frames."""
    from baselines.official.job import make_folders, make_job
    from baselines.official.staging import stage_slot
    from baselines.official.units import units_of

    adapter = method.adapter
    assert adapter.run is not None and adapter.inputs is not None
    settings = method.settings.model_copy(update={"lossless": False})
    jobs = []
    for number, unit in enumerate(units_of(batch.cases, adapter.run, method.variant)):
        place = folder / str(number)
        work = make_folders(place)
        staged = [stage_slot(slot, batch, adapter.inputs, work) for slot in unit]
        jobs.append(make_job(place, work, adapter, method.variant, settings, staged))
    return jobs


def _timed(work: Callable[[], None]) -> Seconds:
    """CPU seconds of this process and its children, and wall seconds."""
    began, cpu = time.monotonic(), _cpu_s()
    work()
    return Seconds(_cpu_s() - cpu, time.monotonic() - began)


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _set_up(folder: Path, name: str, seconds: float) -> None:
    """A checkout that stands for a repository."""
    from baselines.official.loading import adapter
    from baselines.official.settings import Settings, save_settings

    os.environ.update(FEED_CONFIG=str(folder / "config"), FEED_CACHE=str(folder / "cache"), OMP_NUM_THREADS="1")
    checkout, (script, text) = folder / "checkout", SCRIPTS[name]
    files = {
        script: _WORK.format(root=str(ROOT), seconds=seconds) + text,
        str(Path(script).with_name("imageio.py")): _IMAGEIO,
        **{weight.path: "weights" for weight in adapter(name).weights.values()},
    }
    for path, content in files.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(content, encoding="utf-8")
    save_settings(name, Settings(checkout=checkout, checkpoints=checkout, python=Path(sys.executable), device="cpu"))


def _batch(folder: Path, cases: int, frames: int, side: int) -> Batch:
    """Staged inputs: face-like blobs that move, each case its own."""
    from fractions import Fraction

    from PIL import Image

    from baselines.outside.batch import BatchCase, write_index
    from feed_dataset.core.media.writer import write_video

    y, x = np.mgrid[:side, :side] / side - 0.5

    def picture(shift: float, tone: int) -> np.ndarray:
        blob = np.exp(-(((x - shift) / 0.25) ** 2 + (y / 0.32) ** 2))
        return np.clip(blob[..., None] * np.array([tone, tone * 0.7, tone * 0.6]) + 30, 0, 255).astype(np.uint8)

    listed = []
    for number in range(cases):
        name, drivers = f"{number:02d}", folder / "drivers"
        (folder / "sources").mkdir(parents=True, exist_ok=True)
        (drivers / name).mkdir(parents=True)
        Image.fromarray(picture(0.0, 200 - number)).save(folder / "sources" / f"{name}.png")
        clip = np.stack([picture(0.15 * np.sin((t + number) / 4), 140 + number) for t in range(frames)])
        for t, frame in enumerate(clip, start=1):
            Image.fromarray(frame).save(drivers / name / f"{t:04d}.png")
        write_video(drivers / f"{name}.mp4", clip, 25, crf=12)
        listed.append(
            BatchCase(f"case-{name}", f"sources/{name}.png", f"drivers/{name}.mp4", None, frames, Fraction(25))
        )
    return write_index(folder, listed)


if __name__ == "__main__":
    sys.exit(main())
