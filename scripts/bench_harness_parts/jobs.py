"""One job a process: `python -m scripts.bench_harness_parts.jobs JOB ...`, so that its time and memory are its own."""

from __future__ import annotations

import io
import shutil
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
from rich.console import Console

from baselines.registry import resolve
from benchmark.engine.plan import Plan
from benchmark.engine.plan_pairs import plan_pairs
from benchmark.engine.plan_protocol import plan_protocol
from benchmark.engine.run import execute
from benchmark.metrics import cards_of
from benchmark.pairing.pair_list import Pair, PairList
from benchmark.protocols.corpora import open_corpora
from benchmark.protocols.protocol import load
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.jobs.progress import Progress
from feed_dataset.core.media.video import write_video
from scripts.bench_harness_parts import stand_ins
from tests.benchmark import harness
from tests.benchmark.protocols.copies import EMOTIONS, adults, tiny_pairs, write_ffhq, write_mead

PICTURES = 100
"""Sources and drivers, as in the paper's Table 3; the number of pairs follows from the drivers of each source."""

SIDE_PX = 96
_METHOD = "blend.py"
_CLIP_METRICS = ("csim[dlib]", "aed[blendshapes52]", "apd_deg[mesh478]", "psnr", "ssim", "lpips[alex]")


def material(folder: str) -> None:
    """Corpora in their official layouts, 100 pictures and clips for 100 drivers, and the method."""
    write_ffhq(Path(folder) / "ffhq", adults(PICTURES), SIDE_PX)
    actors = -(-PICTURES // len(EMOTIONS))
    write_mead(Path(folder) / "mead", tuple(f"M{number:03d}" for number in range(actors)))
    shutil.copyfile(Path(__file__).with_name(_METHOD), Path(folder) / _METHOD)


def run(folder: str, out: str, each: str) -> None:
    """Table 3 with `each` drivers of every source, all its metrics: made where it is new, else scored again."""
    _execute(_table3(Path(folder), Path(out), int(each)))


def plan(folder: str, each: str) -> None:
    """From protocol and corpora to a plan; prints its cases and the seconds of processor time that it took."""
    begin = time.process_time()
    made = _table3(Path(folder), Path(folder) / "unused", int(each))
    print(len(made.cases), time.process_time() - begin)


def clip(path: str, frames: str) -> None:
    """Write a video of a face that gets lighter and darker, a second long for each 25 frames."""
    shades = (40 + 30 * np.sin(np.arange(int(frames)) / 7)).astype(int)
    write_video(Path(path), np.stack([harness.picture(int(shade), 64) for shade in shades]), Fraction(25))


def score(generated: str, reference: str, out: str) -> None:
    """Score one video against another: read, found, compared, reported."""
    pair = Pair("clip", "clip", "clip", Path(generated), Path(reference))
    cards = cards_of(_CLIP_METRICS)
    _execute(plan_pairs(PairList((pair,)), cards, stand_ins.networks(), Path(out), method="made", data="truth"))


def nothing() -> None:
    """What a process costs that only imports all of this."""


def _table3(folder: Path, out: Path, each: int) -> Plan:
    shipped = load("paper-table3-mead").metrics
    protocol = tiny_pairs(PICTURES, PICTURES, each, metrics=shipped)
    corpora = open_corpora({"ffhq": folder / "ffhq", "mead": folder / "mead"})
    return plan_protocol(
        protocol, corpora, [resolve(f"{folder / _METHOD}:Blend")], cards_of(shipped), stand_ins.networks, out
    )


def _execute(planned: Plan) -> None:
    with Progress(Console(file=io.StringIO()), quiet=True) as progress:
        execute(planned, SerialExecutor(stand_ins.tools), progress)
        print(" ".join(f"{name}={seconds:.2f}" for name, seconds in progress.timings_s.items()))


JOBS: dict[str, Callable[..., None]] = {one.__name__: one for one in (material, run, plan, clip, score, nothing)}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
