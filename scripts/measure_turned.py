"""How well people come out whose photo shows them turned away, for several values of `HIDDEN_SLACK`.

    python -m scripts.measure_turned --data training-set [--model DIR]

Of the people who were held back: the photo is the most turned state of up to 45 degrees, and is driven to the others of
up to 50 by the true expressions and by poses relative to the photo's, as `Avatar` does. Printed is the mean absolute
error of the pictures, weighted as in training, and that of the moved photo alone.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from model.avatar.motion import Motion
from model.networks import point_path
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.training.data import MOST_TURN_DEG, TrainingSet, part_weight
from model.training.point_readers import PointReaders
from scripts.measure_reading import point_model

SLACKS = (0.01, 0.03, 0.1, 0.3, 1.0)
MOST_SOURCE_TURN_DEG = 45.0


@torch.no_grad()
def errors(model: EMOPortraits, data: TrainingSet) -> dict[float, tuple[float, float]]:
    """By slack: mean absolute errors of the pictures and of the moved photos."""
    readers = PointReaders(model, data)
    turn_deg = np.degrees(np.arccos(data.rotation[..., 2, 2].clip(-1, 1)))
    found: dict[float, list[tuple[float, float]]] = {slack: [] for slack in SLACKS}
    for person in range(readers.trained_people, data.identities):
        turns = turn_deg[person]
        photo = int(np.where(turns <= MOST_SOURCE_TURN_DEG, turns, -1).argmax())
        states = np.array([s for s in range(data.states) if s != photo and turns[s] <= MOST_TURN_DEG])
        shown, wanted = (np.array([person]), np.array([photo])), (np.full(len(states), person), states)
        identity = model.encode_source(data.pictures(shown))
        rest = Motion(readers.values[shown], data.poses(shown))
        motion = Motion(readers.values[wanted], data.poses(wanted)).relative(rest, Motion(identity.z, identity.pose))
        target = data.pictures(wanted)
        weight = part_weight(torch.from_numpy(data.landmarks68[wanted]).float(), target.shape[-1])
        for slack in SLACKS:
            point_path.HIDDEN_SLACK = slack
            made = model.render_parts(identity.expand(len(states)), motion.z, motion.pose)
            assert made.moved is not None
            both = [float((weight * (x - target).abs()).mean()) for x in (made.image, made.moved)]
            found[slack].append((both[0], both[1]))
    return {slack: (float(np.mean([a for a, _ in v])), float(np.mean([b for _, b in v]))) for slack, v in found.items()}


def main(args: argparse.Namespace) -> int:
    torch.set_num_threads(1)
    model = point_model(args.model)
    found = errors(model.float().eval(), TrainingSet.load(args.data))
    print("| HIDDEN_SLACK | pictures | moved photo alone |\n|---|---:|---:|")
    for slack, (image, moved) in found.items():
        print(f"| {slack:g} | {image:.4f} | {moved:.4f} |")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="made by scripts/render_training_set.py")
    parser.add_argument("--model", help="folder or hub id (default: the shipped weights)")
    try:
        sys.exit(main(parser.parse_args()))
    except ModelError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
