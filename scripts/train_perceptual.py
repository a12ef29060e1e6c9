"""Train the perceptual network that ships with the package on a rendered set, and print what it can do on others.

python scripts/train_perceptual.py --data training-set --out model/weights/own-perceptual

The last people of the set are held out. Prints one line of JSON: data, steps, losses, metrics; they are the card, too.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from model.networks.errors import ModelError
from model.training.losses.own_perceptual import CARD_FILE, WEIGHTS_FILE, read_own, write_own
from model.training.own_network import (
    Expressions,
    HeadPictures,
    HeadReader,
    evaluate,
    head_losses,
    head_pictures,
    measure_taps,
    part_weights,
)
from model.training.people import RenderedPeople
from model.training.randomness import step_rng

SIZE_PX, LARGE_EVERY = 128, 8  # all other steps at half the size, which costs a quarter
GROUPS, STATES = 8, 2  # of a batch: pairs of people in two states
WARMUP, WEIGHT_DECAY = 30, 1e-2
EXPRESSION_SHARE = 0.05  # of the learning rate: a reading of 2,048 features takes long steps at any rate


BEFORE = ("steps", "cpu_minutes", "weights_sha256")
"""What the card says of the run that this one goes on from."""


def draw(
    people: RenderedPeople, pairs: Sequence[tuple[int, int]], expressions: Expressions, seed: int, step: int
) -> HeadPictures:
    """The batch of a step."""
    rng = step_rng(seed, step)
    index = []
    for group in rng.choice(len(pairs), GROUPS, replace=False):
        for state in rng.choice(people.states, STATES, replace=False):
            index += [(person, int(state)) for person in pairs[group]]
    size_px = SIZE_PX if step % LARGE_EVERY == 0 else SIZE_PX // 2
    return head_pictures(people, index, expressions, int(rng.integers(2**62)), size_px)


def train(args: argparse.Namespace) -> int:
    people = RenderedPeople(args.data, SIZE_PX)
    if not people.has_parts or len(people) < args.held_out + 2 * GROUPS:
        raise ModelError(f"expected at least {args.held_out + 2 * GROUPS} people with part labels in {args.data}")
    numbers, others = range(len(people) - args.held_out), range(len(people) - args.held_out, len(people))
    companions = people.companions()
    pairs = [(one, companions[one][0]) for one in numbers if companions[one] and one < companions[one][0] in numbers]
    torch.manual_seed(args.seed)
    expressions = Expressions.of(people, numbers)
    reader, weights = HeadReader(int(expressions.moving.sum())), part_weights(people, numbers)
    before = {}
    if args.start_from is not None:
        before = json.loads((args.start_from / CARD_FILE).read_text())
        reader.taps.load_state_dict(read_own((args.start_from / WEIGHTS_FILE).read_bytes(), before).state_dict())
    slow = list(reader.to_expression.parameters())
    fast = [parameter for parameter in reader.parameters() if all(parameter is not other for other in slow)]
    rates = (args.lr, args.lr * EXPRESSION_SHARE)
    optimiser = torch.optim.AdamW([{"params": fast}, {"params": slow}], weight_decay=WEIGHT_DECAY)
    started_s = time.process_time()
    for step in range(args.steps):
        share = (step + 1) / WARMUP if step < WARMUP else 0.5 * (1 + math.cos(math.pi * step / args.steps))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        losses = head_losses(reader.train(), draw(people, pairs, expressions, args.seed, step), weights)
        optimiser.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        if step % 50 == 49:
            spent_s = time.process_time() - started_s
            told = " ".join(f"{name} {value.item():.3f}" for name, value in losses.items())
            print(f"step {step + 1}/{args.steps}, {spent_s:.0f} s of CPU: {told}", file=sys.stderr, flush=True)
            if spent_s > 60 * args.cpu_minutes:
                raise ModelError(f"expected {args.steps} steps in {args.cpu_minutes} CPU minutes; give fewer --steps")
    cpu_minutes = (time.process_time() - started_s) / 60
    reader.eval()
    measure_taps(reader, [draw(people, pairs, expressions, args.seed + 1, 2 * step) for step in range(8)])
    every_state = range(people.states)
    metrics = {
        f"{size_px} px": evaluate(reader, [
            head_pictures(people, [(number, state) for state in every_state], expressions, args.seed + number, size_px)
            for number in others
        ])
        for size_px in (SIZE_PX, SIZE_PX // 2)
    }  # fmt: skip
    card = {
        "what": "perceptual network for the image term: parts, expression and identity of rendered heads",
        "data": {
            "set": "synthetic heads rendered by feed_dataset, no photographs", "people": len(numbers),
            "states": people.states, "seeds": [people.files[0].stem, people.files[numbers[-1]].stem],
            "held_out_seeds": [people.files[others[0]].stem, people.files[others[-1]].stem],
        },
        "steps": args.steps, "batch": GROUPS * 2 * STATES, "seed": args.seed, "cpu_minutes": round(cpu_minutes, 1),
        "learning_rate": args.lr, "before": {name: before[name] for name in BEFORE if name in before},
        "losses": {name: round(value.item(), 4) for name, value in losses.items()},
        "held_out": {size: {name: round(value, 4) for name, value in of.items()} for size, of in metrics.items()},
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
    parser.add_argument(
        "--start-from", type=Path, metavar="DIR", help="folder of an earlier run, whose network goes on"
    )
    parser.add_argument("--held-out", type=int, default=16, help="last people of the set")
    parser.add_argument("--steps", type=int, default=450)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--cpu-minutes", type=float, default=15, help="at most")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    np.seterr(all="raise", under="ignore")
    try:
        sys.exit(train(arguments))
    except ModelError as error:
        sys.exit(f"{error}")
