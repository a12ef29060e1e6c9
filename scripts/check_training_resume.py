"""A training that is killed at random steps and started again ends with the bits of one that was not.

    python -m scripts.check_training_resume                  # 20 kills
    python -m scripts.check_training_resume --kills 100 --seed 1

Renders two tiny sets of people, and trains a tiny model on them with `python -m model train` in processes of their own:
the paper's losses without those that need foreign networks, dropout and the mixture of both sets among them. Each start
has another number of workers (0, 1, 2), or two processes over gloo, and is killed by SIGKILL a random time after a
random step, while it computes or saves. When a training ends, weights, moments and average of its checkpoint are
compared with those of a training that was never killed, and the steps in its log counted. Exit 1 when a bit is another.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feed_dataset.core.jobs.words import counted
from feed_dataset.core.weights.loading import load_saved
from feed_dataset.synthetic.takes.training_set import TrainingSetSpec, render_training_set
from model.training.checkpoints import Checkpoints
from model.training.checks import differing_tensors
from model.training.journal import LOG

SIZE_PX = 32
PEOPLE_OF = {"ordinary": 1000, "extreme": 2000}
"""Set -> seed of its first person."""
CONFIG = """
[model]
preset = "emoportraits"
image_size_px = 32
volume_size = 16
volume_depth = 4
volume_channels = 8
encoder_channels = [8, 16]
identity_width = 8
identity_image_px = 32
motion_crop_px = 32
motion_width = 8
pose_image_px = 32
pose_width = 8
z_dim = 8
embed_channels = 16
warp_channels = [8, 8]
unet_channels = [8, 8, 16]
decoder_channels = 16
decoder_blocks = 2
decoder_image_channels = [8]
norm_groups = 4
green_background = false
[losses]
image = 0
face = 0
gaze = 0
ears = 0
[rules]
dis_channels = 2
[schedule]
steps = {steps}
batch = 4
ema_decay = 0.9
"""
_POLL_S = 0.005
_LONGEST_S = 600.0


@dataclass(frozen=True)
class Way:
    """How a training is started."""

    processes: int
    workers: int

    def __str__(self) -> str:
        processes = "one process" if self.processes == 1 else f"{self.processes} processes"
        return f"{processes}, {counted(self.workers, 'worker')} each"

    def command(self, folder: Path, out: Path) -> list[str]:
        """Arguments of the process."""
        launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(self.processes)]
        sets = [part for name in PEOPLE_OF for part in (f"--{name}", str(folder / name))]
        return [
            sys.executable, *(launcher if self.processes > 1 else []), "-m", "model", "train",
            "--config", str(folder / "tiny.toml"), *sets, "--threads", "1", "--save-every", "0",
            "--workers", str(self.workers), "--out", str(out),
        ]  # fmt: skip


WAYS = (Way(1, 0), Way(1, 1), Way(1, 2), Way(2, 1))


def prepare(folder: Path, steps: int) -> None:
    """Both sets and the configuration."""
    for name, seed in PEOPLE_OF.items():
        render_training_set(folder / name, TrainingSetSpec(seed, people=2, states=3, size_px=SIZE_PX), workers=1)
    (folder / "tiny.toml").write_text(CONFIG.format(steps=steps))


def train(command: Sequence[str], out: Path, kill_after: int | None = None, delay_s: float = 0.0) -> bool:
    """Start a training and kill all its processes a while after a step was saved; whether it was still going on.

    Args:
        kill_after: the step; None: let it end.
        delay_s: the while.

    Raises:
        RuntimeError: it ended with an error of its own, or nothing came of it.
    """
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=said, env=environment, start_new_session=True
        )
        try:
            while child.poll() is None:
                if time.monotonic() - begun > _LONGEST_S:
                    raise RuntimeError(f"expected a training to get on but {_LONGEST_S:.0f} s passed")
                if kill_after is not None and saved_step(out) >= kill_after:
                    time.sleep(delay_s)
                    if child.poll() is None:
                        return True
                time.sleep(_POLL_S)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        said.seek(0)
        if child.returncode != 0:
            raise RuntimeError(f"expected exit code 0 but got {child.returncode}: {said.read()[-2000:]}")
    return False


def saved_step(out: Path) -> int:
    """Of the newest checkpoint; 0 without one."""
    paths = Checkpoints(out).paths()
    return int(paths[0].stem.split("-")[1]) if paths else 0


def outcome(out: Path) -> tuple[Any, list[int]]:
    """The last checkpoint of a training, and the steps in its log."""
    steps = [json.loads(line)["step"] for line in (out / LOG).read_text().splitlines()]
    return load_saved(Checkpoints(out).paths()[0]), steps


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, metavar="N")
    parser.add_argument("--steps", type=int, default=16, metavar="N", help="of each training (16)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="feed-training-") as name:
        folder = Path(name)
        prepare(folder, given.steps)
        begun = time.monotonic()
        train(WAYS[0].command(folder, folder / "whole"), folder / "whole")
        wanted, logged = outcome(folder / "whole")
        s_per_step = (time.monotonic() - begun) / given.steps
        print(f"never killed: {given.steps} steps, {WAYS[0]}, {s_per_step:.2f} s a step with start and saving")
        out, killed, ended, bad = folder / "killed", 0, 0, 0
        while killed < given.kills or saved_step(out):
            way = WAYS[(killed + ended) % len(WAYS)]
            done = saved_step(out)
            last = killed >= given.kills
            stop = None if last else done + chance.randint(1, max(1, given.steps // 4))
            if train(way.command(folder, out), out, stop, chance.uniform(0, 2 * s_per_step)):
                killed += 1
                print(f"kill {killed}: {way}, from step {done}, at step {saved_step(out)}", flush=True)
                continue
            found, rows = outcome(out)
            names = differing_tensors(found, wanted)
            verdict = f"{len(names)} tensors differ, such as {names[0]}" if names else "equal bit for bit"
            if rows != logged:
                verdict += f"; expected the steps {logged} in its log but got {rows}"
            print(f"ended: {way}, from step {done}: {verdict}", flush=True)
            bad += verdict != "equal bit for bit"
            ended += 1
            shutil.rmtree(out)
    print(f"{killed} kills, {ended} trainings ended, {bad} of them with other bits or rows")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
