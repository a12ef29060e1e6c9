"""The weights of Eq. 18 and 19, which the paper does not print, by short trainings on heads that nod by a known law.

    python -m scripts.ablation_head_motion --out ablation [--rows chosen ...] [--minutes M]     (again: goes on)

Heads nod with the energy of their speech, up or down by chance, and sway (`scripts.head_motion_parts.planted`); people
differ in how vivid they are. Each row trains the configuration `head_motion_mini` with other weights on the same clips.
Printed is how near generated motion is to that of people who were not trained on, in how fast and how often heads move,
beside a head that holds its pose, a random walk with true mean speed, another person's true motion, and the law itself
with other draws of chance, which is the nearest that can be asked for. One row is a quarter of an hour on a core.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import FeedError
from model.speech.head_motion.data import MotionClips
from model.speech.head_motion.generator import HeadMotion
from model.speech.head_motion.recipe import HeadMotionRecipe
from model.speech.head_motion.rotation import against, central_frame
from model.speech.head_motion.training_config import HeadMotionTraining, MotionWeights, read_config
from model.training.trainer import Trainer
from scripts.ablation_parts.results import read_results
from scripts.head_motion_parts.nearness import MEASURES, Nearness, RandomWalk, compared, constant, p_nearer
from scripts.head_motion_parts.planted import clip, write_nodding

RESULTS = "results.json"
CLIP_FRAMES, HELD_OUT_FIRST = 250, 100_000
CHOSEN = "chosen"


def configured(**weights: float) -> HeadMotionTraining:
    """The configuration with these weights instead of the chosen ones."""
    config = read_config("head_motion_mini")
    return replace(config, losses=replace(config.losses, **weights))


def rows() -> dict[str, tuple[str, HeadMotionTraining]]:
    """What each row is, and its configuration."""
    chosen, weights = configured(), MotionWeights()
    return {
        CHOSEN: ("the default", chosen),
        "reconstruction": ("adversarial 0", configured(adversarial=0)),
        "more-reconstruction": (
            "rotation and translation 10 times",
            configured(rotation=10 * weights.rotation, translation=10 * weights.translation),
        ),
        "no-smoothing": ("smooth 0", configured(smooth=0)),
        "more-smoothing": ("smooth 10 times", configured(smooth=10 * weights.smooth)),
        "no-speeds": ("critics see poses alone", _critics(chosen, speeds=False)),
        "frames": ("speech joins the global critic frame by frame", _critics(chosen, join="frames")),
    }


def _critics(config: HeadMotionTraining, **changes: Any) -> HeadMotionTraining:
    return replace(config, critics=replace(config.critics, **changes))


def held_out(people: int) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Features, true motion, and another motion that the same law gives, of people who are not trained on."""
    found = []
    for seed in range(HELD_OUT_FIRST, HELD_OUT_FIRST + people):
        one, again = clip(seed, CLIP_FRAMES), clip(seed, CLIP_FRAMES, chance=seed + 500_000)
        assert one.pose is not None and again.pose is not None
        truth, other = (against(track, track[central_frame(track)]) for track in (one.pose, again.pose))
        found.append((one.features, truth, other))
    return found


def trained(config: HeadMotionTraining, data: Path, folder: Path) -> HeadMotion:
    """The averaged weights of a run, which goes on where it was stopped."""
    recipe = HeadMotionRecipe(config, MotionClips(data, config.schedule.clip_frames))
    trainer = Trainer(recipe, folder, save_every_s=60)
    trainer.run()
    return trainer.averaged_model()


def measured(model: HeadMotion, people: Sequence[tuple[Tensor, Tensor, Tensor]]) -> dict[str, list[list[float]]]:
    """Distances of what is generated for each held-out person, and for the next one's speech."""
    motions = {
        "made": lambda n: model.sample(people[n][0], seed=n),
        "shuffled": lambda n: model.sample(people[(n + 1) % len(people)][0], seed=n),
    }
    found = compared(motions, [truth for _, truth, _ in people])
    return {name: _plain(distances) for name, distances in found.items()}


def baselines(data: Path, people: Sequence[tuple[Tensor, Tensor, Tensor]]) -> dict[str, list[list[float]]]:
    """Distances of what no network made."""
    clips = MotionClips(data, 1)
    walk = RandomWalk.of([clips.track(number) for number in range(len(clips.clips))])
    motions = {
        "constant": lambda n: constant(people[n][1]),
        "random walk": lambda n: walk.track(CLIP_FRAMES, seed=n),
        "another person's motion": lambda n: people[(n + 1) % len(people)][1],
        "the law again": lambda n: people[n][2],
    }
    found = compared(motions, [truth for _, truth, _ in people])
    return {name: _plain(distances) for name, distances in found.items()}


def _plain(distances: Sequence[Nearness]) -> list[list[float]]:
    return [[getattr(one, measure) for measure in MEASURES] for one in distances]


def table(results: dict[str, Any]) -> str:
    """Markdown: means over people, and p of Wilcoxon tests that a row is nearer than each of three baselines."""
    others = ("constant", "random walk", "another person's motion")
    lines = ["| | spectrum | velocity | nearer than constant, walk, another's (p) |", "|---|---|---|---|"]
    for name, distances in results["baselines"].items():
        lines.append(f"| {name} | {_means(distances)} | |")
    for name, run in results["runs"].items():
        made = _nearness(run["made"])
        tests = [
            ", ".join(f"{p_nearer(made, _nearness(results['baselines'][other]), measure):.0e}" for other in others)
            for measure in MEASURES
        ]
        lines.append(f"| {name}: {run['what']} | {_means(run['made'])} | {'; '.join(tests)} |")
        lines.append(f"| {name}, speech of another person | {_means(run['shuffled'])} | |")
    return "\n".join(lines)


def _nearness(distances: list[list[float]]) -> list[Nearness]:
    return [Nearness(*one) for one in distances]


def _means(distances: list[list[float]]) -> str:
    spectrum, velocity = np.mean(distances, axis=0)
    return f"{spectrum:.3f} | {velocity:.2f}"


def main(args: argparse.Namespace) -> int:
    torch.set_num_threads(1)
    started = time.monotonic()
    args.out.mkdir(parents=True, exist_ok=True)
    settings = {"steps": args.steps, "people": args.people, "held_out": args.held_out, "frames": CLIP_FRAMES}
    results = read_results(args.out / RESULTS, settings)
    data = args.out / "clips"
    write_nodding(data, range(args.people), CLIP_FRAMES)
    people = held_out(args.held_out)
    results["baselines"] = baselines(data, people)
    missing = []
    for name in args.rows:
        if name in results["runs"]:
            continue
        if args.minutes is not None and time.monotonic() - started > 60 * args.minutes:
            missing.append(name)
            continue
        what, config = rows()[name]
        config = replace(config, schedule=replace(config.schedule, steps=args.steps))
        begun_s = time.process_time()
        model = trained(config, data, args.out / name)
        results["runs"][name] = {"what": what, **measured(model, people)}
        with replacing(args.out / RESULTS) as part:
            part.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
        print(f"{name}: {time.process_time() - begun_s:.0f} s of CPU", file=sys.stderr, flush=True)
    print(table(results))
    if missing:
        print(f"still to be run: {', '.join(missing)}; run again", file=sys.stderr)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of clips, runs and results")
    parser.add_argument("--rows", nargs="+", choices=tuple(rows()), default=tuple(rows()))
    parser.add_argument("--steps", type=int, default=600, help="of the generator, in every row (600)")
    parser.add_argument("--people", type=int, default=64, help="to train on (64)")
    parser.add_argument("--held-out", type=int, default=24, help="people (24)")
    parser.add_argument("--minutes", type=float, help="begin no row after this long")
    try:
        sys.exit(main(parser.parse_args()))
    except FeedError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
