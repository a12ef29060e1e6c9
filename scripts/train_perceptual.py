"""Train the perceptual network that ships with the package on a rendered set, and print what it can do on others.

python -m scripts.train_perceptual --data training-set --out model/weights/own-perceptual

The last people of the set are held out, those whom the miniature of Table 4 holds out, too. Half of a batch are whole
pictures at half their size, the others windows around the face at full size: so faces of both sizes are learnt at the
price of the small one. Prints one line of JSON: data, steps, losses, metrics; they are the card, too.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from feed_dataset.core.jobs.errors import FeedError
from model.networks.errors import ModelError
from model.training.losses.own_perceptual import write_own
from model.training.own_network import HeadReader, evaluate, head_losses, measure_taps, settle_norms
from model.training.own_pictures import Expressions, HeadPictures, head_pictures, joined, part_weights
from model.training.people import RenderedPeople
from model.training.randomness import step_rng
from scripts.ablation_parts.people import HELD_OUT_PEOPLE

SIZE_PX = 128
GROUPS, STATES = 8, 2  # of a batch: pairs of people in two states
SETTLING = 24  # batches over which normalisations and the means of taps are taken at the end
TOLD_EVERY, CHECKED_EVERY, CHECKED_PEOPLE = 50, 200, 8
WARMUP, WEIGHT_DECAY = 30, 1e-2


def draw(
    people: RenderedPeople, pairs: Sequence[tuple[int, int]], expressions: Expressions, seed: int, step: int
) -> HeadPictures:
    """The batch of a step: half of the pairs in whole pictures, half in windows around the face.

    Batches have to be alike: normalisations learn what batches have on average.
    """
    rng = step_rng(seed, step)
    index = []
    for group in rng.choice(len(pairs), GROUPS, replace=False):
        for state in rng.choice(people.states, STATES, replace=False):
            index += [(person, int(state)) for person in pairs[group]]
    half = len(index) // 2
    drawn = [int(value) for value in rng.integers(2**62, size=2)]
    return joined(
        head_pictures(people, index[:half], expressions, drawn[0], SIZE_PX // 2),
        head_pictures(people, index[half:], expressions, drawn[1], SIZE_PX, window_px=SIZE_PX // 2),
    )


def measured(
    reader: HeadReader, people: RenderedPeople, others: Sequence[int], expressions: Expressions, seed: int
) -> dict[str, dict[str, float]]:
    """What it can do on people whom it never saw, by the size of whole pictures."""
    return {
        f"{size_px} px": evaluate(reader, [
            head_pictures(
                people, [(number, state) for state in range(people.states)], expressions, seed + number, size_px
            )
            for number in others
        ])
        for size_px in (SIZE_PX, SIZE_PX // 2)
    }  # fmt: skip


def train(args: argparse.Namespace) -> int:
    people = RenderedPeople(args.data, SIZE_PX)
    if not people.has_parts or len(people) < args.held_out + 2 * GROUPS:
        raise ModelError(f"expected at least {args.held_out + 2 * GROUPS} people with part labels in {args.data}")
    numbers, others = range(len(people) - args.held_out), range(len(people) - args.held_out, len(people))
    companions = people.companions()
    pairs = [(one, companions[one][0]) for one in numbers if companions[one] and one < companions[one][0] in numbers]
    if len(pairs) < GROUPS:
        raise ModelError(f"expected at least {GROUPS} pairs of people in the same states but got {len(pairs)}")
    torch.manual_seed(args.seed)
    expressions = Expressions.of(people, numbers)
    reader, weights = HeadReader(int(expressions.moving.sum())), part_weights(people, numbers)
    optimiser = torch.optim.AdamW(reader.parameters(), weight_decay=WEIGHT_DECAY)
    started_s = time.process_time()
    for step in range(args.steps):
        share = (step + 1) / WARMUP if step < WARMUP else 0.5 * (1 + math.cos(math.pi * step / args.steps))
        optimiser.param_groups[0]["lr"] = args.lr * share
        losses = head_losses(reader.train(), draw(people, pairs, expressions, args.seed, step), weights)
        optimiser.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        if (step + 1) % TOLD_EVERY == 0:
            told = " ".join(f"{name} {value.item():.3f}" for name, value in losses.items())
            spent_s = time.process_time() - started_s
            print(f"step {step + 1}/{args.steps}, {spent_s:.0f} s of CPU: {told}", file=sys.stderr, flush=True)
        if (step + 1) % CHECKED_EVERY == 0:
            now = measured(reader.eval(), people, others[:CHECKED_PEOPLE], expressions, args.seed)
            told = ", ".join(f"{size} {numbers['expression_r2']:.3f}" for size, numbers in now.items())
            print(f"expression R2 of {CHECKED_PEOPLE} held-out people: {told}", file=sys.stderr, flush=True)
    cpu_minutes = (time.process_time() - started_s) / 60
    batches = [draw(people, pairs, expressions, args.seed + 1, step) for step in range(SETTLING)]
    settle_norms(reader, batches)
    held_out = measured(reader, people, others, expressions, args.seed)
    measure_taps(reader, batches)  # last: what reads the taps was taught without
    card: dict[str, Any] = {
        "what": "perceptual network for the image term: parts, points, expression and identity of rendered heads",
        "data": {
            "set": "synthetic heads rendered by feed_dataset, no photographs", "people": len(numbers),
            "states": people.states, "seeds": [people.files[0].stem, people.files[numbers[-1]].stem],
            "held_out_seeds": [people.files[others[0]].stem, people.files[others[-1]].stem],
        },
        "steps": args.steps, "batch": GROUPS * 2 * STATES, "seed": args.seed, "cpu_minutes": round(cpu_minutes, 1),
        "learning_rate": args.lr, "losses": {name: round(value.item(), 4) for name, value in losses.items()},
        "held_out": {size: {name: round(value, 4) for name, value in of.items()} for size, of in held_out.items()},
        "parameters": sum(parameter.numel() for parameter in reader.taps.parameters()),
        "licence": "Apache-2.0",
    }  # fmt: skip
    write_own(args.out, reader.taps, card)
    print(json.dumps(card))
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="made by scripts/render_training_set.py, with labels")
    parser.add_argument("--out", type=Path, required=True, help="folder of weights and card")
    parser.add_argument("--held-out", type=int, default=HELD_OUT_PEOPLE, help="last people of the set")
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    np.seterr(all="raise", under="ignore")
    try:
        sys.exit(train(arguments))
    except FeedError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
