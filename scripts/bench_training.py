"""How long a step of a training takes, how far that is from what the machine can do, and how long it waits for data.

    python -m scripts.bench_training                                         # emoportraits-mini on a CPU
    python -m scripts.bench_training --preset emoportraits --device cuda --precision bfloat16 --workers 0 4 8
    python -m scripts.bench_training --old CHECKOUT                          # the mini models beside older code alone

Pairs come from mp4: clips of feed-mini, cropped to 512 px by `prepare`. The losses are those of the paper that need no
foreign networks and no labels; weights are random, they do not change the time. The floor of a step is FLOPs / measured
matrix-product rate; on a CPU both are CPU seconds of one thread (best of the repetitions), which other work on the
machine disturbs least. How fast pairs of rendered people are drawn stands beside. Data wait is a share of wall time,
after a first step that starts the workers. Exits 1 where a step waits for more than 5 % of its time although workers
make batches ahead.

With `--old`, a checkout of the code whose mini model had 128 px (commit ef9f363), steps of its generator and of this
code's are timed on the same rendered people, at 128 and 256 px, each in a process with one thread, in turns: CPU
milliseconds of the best step per picture that it makes. The model that has not the size gets one level of encoder and
decoder more or less. Exits 1 where this code takes more than half of the older one's time.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.jobs.words import counted
from feed_dataset.layout.configs import config_named
from feed_dataset.pairs.pairs import FeedPairs
from feed_dataset.prepare import PrepareSettings, prepare
from feed_dataset.synthetic.takes.training_set import TrainingSetSpec
from model.devices import device_named
from model.networks.config import preset
from model.networks.emoportraits import EMOPortraits
from model.training.checks import cost_of
from model.training.corpora import RenderedCorpus, VideoCorpus
from model.training.drawn_people import DrawnPeople
from model.training.loader import BatchLoader
from model.training.losses.total import LossWeights
from model.training.pairs import PairBatch, PairSampler
from model.training.paper import PaperRecipe
from model.training.paper_config import PaperConfig, Schedule
from model.training.paper_networks import PerceptualLosses
from model.training.precision import PRECISIONS
from model.training.recipe import DATA_WAIT
from scripts.bench_model import flops, peak_memory_mb, peak_rate, seconds
from scripts.bench_training_parts import older

CROP_PX = 512
MOST_WAIT = 0.05
WITHOUT = ("image", "face", "gaze", "eyes", "mouth", "ears")


def corpus(folder: Path, size_px: int) -> tuple[VideoCorpus, int]:
    """Crops of two people of feed-mini, front camera and tasks of the paper, and how many clips they are."""
    mini, selection = open_catalog(None), config_named("paper")
    people = sorted({clip.subject for clip in mini.clips if clip.split == "train"})[:2]
    for clip in mini.clips:
        if clip.subject in people and clip.camera == "C" and selection.takes(clip.task, clip.split):
            place = folder / "FEED" / clip.path.relative_to(mini.root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(clip.path, place)
    crops = folder / "crops"
    prepare([folder / "FEED"], crops, PrepareSettings(size_px=CROP_PX), workers=1)  # its memory is not the training's
    pairs = FeedPairs(folder / "FEED", size_px=size_px, pairs=1 << 40, prepared=crops, on_error="skip")
    return VideoCorpus(pairs, name="feed-mini", crops=crops), len(pairs.sources)


def recipe_of(
    args: argparse.Namespace, pairs: VideoCorpus, workers: int = 0, without: Sequence[str] = ()
) -> PaperRecipe:
    """A training of pairs in batches of one part."""
    schedule = Schedule(batch=2, mixture="ordinary", precision=args.precision)
    config = PaperConfig({"preset": args.preset}, LossWeights(), schedule=schedule, without=(*WITHOUT, *without))
    sampler = PairSampler(pairs, None, schedule.mixture, schedule.batch, schedule.micro_batch, 0, pose_pairs=True)
    poses = EMOPortraits.from_preset(args.preset)  # any head-pose network takes as long as a trained one
    return PaperRecipe(config, sampler, PerceptualLosses(), pose_from=poses, device=args.device, workers=workers)


def waits(args: argparse.Namespace, pairs: VideoCorpus) -> Iterator[tuple[int, float, float]]:
    """Workers, seconds of a step, share of it that it waits for its batch."""
    for workers in args.workers:
        recipe = recipe_of(args, pairs, workers)
        recipe.update(0)
        begun, waited_s = time.perf_counter(), 0.0
        for step in range(1, args.steps + 1):
            waited_s += recipe.update(step)[DATA_WAIT].item()  # every update ends with a value that the CPU reads
        taken_s = time.perf_counter() - begun
        recipe.batches.close()
        yield workers, taken_s / args.steps, waited_s / taken_s


def pairs_per_s(sampler: PairSampler, batches: int = 8) -> float:
    """What one process makes, without training beside it, per second of its own."""
    sampler.at(0, 0)
    begun = time.process_time()
    for step in range(1, batches + 1):
        sampler.at(step, 0)
    return batches * sampler.micro_batch / (time.process_time() - begun)


def drawn_pairs_per_s(size_px: int, pairs: int = 8) -> tuple[float, float]:
    """Of rendered people whom nobody has seen yet, and of the same again; per CPU second of one process."""
    people = RenderedCorpus(DrawnPeople(TrainingSetSpec(size_px=size_px)), name="drawn")
    people.draw(np.random.default_rng(pairs))  # compiles
    rates = []
    for _ in range(2):
        begun = time.process_time()
        for seed in range(pairs):
            people.draw(np.random.default_rng(seed))
        rates.append(pairs / (time.process_time() - begun))
    return rates[0], rates[1]


def step_row(args: argparse.Namespace, name: str, recipe: PaperRecipe, batch: PairBatch, rate: float) -> str:
    """Time of an update whose batch is there already."""
    recipe.batches = BatchLoader(lambda step, part: batch, recipe.parts, recipe.total_steps)
    steps = iter(range(1 << 30))
    work = flops(lambda: recipe.update(next(steps)))
    taken_s = min(seconds(lambda: recipe.update(next(steps)), recipe.device) for _ in range(args.repeat))
    floor_s = work / rate
    return f"{name:28} {work / 1e9:9.1f} {taken_s * 1e3:10.0f} {floor_s * 1e3:10.0f} {taken_s / floor_s:7.2f}"


def beside_older(checkout: Path, rounds: int) -> int:
    """The table of `--old`."""
    with tempfile.TemporaryDirectory(prefix="feed-training-") as name:
        timed = older.in_turns(checkout, older.render_sets(Path(name)), rounds)
    print(f"cpu, float32, torch {torch.__version__}, {older.BATCH['sources']} sources with {older.BATCH['drivers']}"
          f" drivers each, best of {rounds}")  # fmt: skip
    print("\n".join(older.lines(timed)))
    return int(older.missed(timed))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="megaportraits-mini")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32", choices=PRECISIONS)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1], metavar="N", help="to compare (0 1)")
    parser.add_argument(
        "--steps", type=int, default=6, metavar="N", help="that are timed with each number of workers (6)"
    )
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--old", type=Path, metavar="CHECKOUT", help="time a generator step beside that of older code")
    args = parser.parse_args(arguments)
    if args.old is not None:
        if not (args.old / "model" / "training" / "rendered.py").is_file():
            parser.error(f"expected a checkout with model/training/rendered.py in --old but got {args.old}")
        return beside_older(args.old.resolve(), args.repeat)
    device = device_named(args.device)
    torch.set_num_threads(1)
    unit = "s" if device.type == "cuda" else "CPU s"
    rate = peak_rate(device, getattr(torch, args.precision))
    print(f"{args.preset}, {args.device}, {args.precision}, torch {torch.__version__}, 2 pairs a step")
    print(f"matrix product: {rate / 1e9:.0f} GFLOP per {unit}")
    missed = False
    with tempfile.TemporaryDirectory(prefix="feed-training-") as name:
        size_px = preset(args.preset).image_size_px
        pairs, clips = corpus(Path(name), size_px)
        whole = recipe_of(args, pairs)
        batch = whole.sampler.at(0, 0)
        print(f"\n{'update':28} {'GFLOP':>9} {'ms':>10} {'floor ms':>10} {'over':>7}")
        print(step_row(args, "generator", recipe_of(args, pairs, without=("adv", "fm")), batch, rate), flush=True)
        print(step_row(args, "generator and discriminator", whole, batch, rate), flush=True)
        weights_mib = cost_of(whole, 0).weights_mib
        peak_mib = peak_memory_mb(device)
        times = peak_mib / weights_mib
        print(f"memory: {peak_mib:.0f} MiB at most, {times:.1f} times weights, gradients, moments and average")
        print(f"\n{clips} clips of {CROP_PX} px, read at {size_px} px: one process makes"
              f" {pairs_per_s(whole.sampler):.0f} pairs per CPU s")  # fmt: skip
        new, again = drawn_pairs_per_s(size_px)
        print(f"rendered people drawn as needed, at {size_px} px: {new:.2f} new pairs per CPU s,"
              f" {again:.0f} of those drawn before")  # fmt: skip
        for workers, step_s, share in waits(args, pairs):
            line = f"{counted(workers, 'worker')}: {step_s:.2f} s a step, data wait {share:.2%} of it"
            if workers:
                missed |= share > MOST_WAIT
                line += f" (floor {MOST_WAIT:.0%}): {'met' if share <= MOST_WAIT else 'MISSED'}"
            print(line, flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
