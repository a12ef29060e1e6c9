"""What a reader of face points makes of expressions of people it was not trained on, against the exact geometry.

    python -m scripts.measure_reading --data training-set [--model DIR]

For several values of `RESTORED`, of the 13 measures of an expression (mouth, lids, brows; those of
`benchmark.metrics.expression`, here of canonical points) as they differ from a person's rest: strength,
sum(read * true) / sum(true^2), and transfer, 1 - sum|read - true| / sum|true|, each averaged over people. "true modes"
are the same for points read without error.
The map is fitted to the first people of the set, and read of the last, which were held back.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmark.metrics.expression_points import EXPRESSION_POINTS
from benchmark.metrics.landmark_sets import MESH468
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.face_points import POINTS, SKIN_POINTS
from model.networks.point_motion import PointMotion
from model.training.data import TrainingSet
from model.training.point_modes import linear_reading
from model.training.point_readers import PointReaders

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
SKIN = list(POINTS[:SKIN_POINTS])


def measures(points: Tensor) -> Tensor:  # [..., SKIN_POINTS, 3] canonical -> [..., 13]
    """As `describe_expression`, of points that are frontal already."""
    at = EXPRESSION_POINTS[MESH468.name]

    def mean(axis: int, *numbers: int) -> Tensor:
        return points[..., [SKIN.index(n) for n in numbers], axis].mean(-1)

    def down(*numbers: int) -> Tensor:
        return mean(1, *numbers)

    def apart(a: int, b: int) -> Tensor:
        return (points[..., SKIN.index(a), :2] - points[..., SKIN.index(b), :2]).norm(dim=-1)

    nose, (right, left), (upper, lower) = at.nose_base, at.mouth_corners, at.lips_inner
    lids = [
        torch.stack([down(low) - down(high) for high, low in side]).mean(0) for side in (at.left_lids, at.right_lids)
    ]
    left_eye, right_eye = down(*at.left_eye_corners), down(*at.right_eye_corners)
    return torch.stack([
        down(lower) - down(upper), apart(right, left), mean(0, *at.lip_middle) - mean(0, nose), down(left) - down(nose),
        down(right) - down(nose), down(at.upper_lip_outer) - down(nose), apart(at.chin, nose), *lids,
        down(*at.left_brow_inner) - left_eye, down(*at.right_brow_inner) - right_eye,
        down(*at.left_brow_outer) - left_eye, down(*at.right_brow_outer) - right_eye,
    ], dim=-1)  # fmt: skip


def compared(read: Tensor, true: Tensor) -> tuple[float, float]:  # [N, K, 13], the first of K at rest
    """Strength and transfer, averaged over people."""
    read, true = ((x - x[:, :1])[:, 1:] for x in (read, true))
    strength = (read * true).sum((1, 2)) / true.square().sum((1, 2))
    transfer = 1 - (read - true).abs().sum((1, 2)) / true.abs().sum((1, 2))
    return float(strength.mean()), float(transfer.mean())


@torch.no_grad()
def rows(model: EMOPortraits, data: TrainingSet, fitted_people: int) -> dict[str, tuple[float, float]]:
    """What is printed, by name."""
    assert isinstance(model.motion_encoder, PointMotion)
    readers, modes = PointReaders(model, data), model.motion_encoder.modes
    held = np.arange(readers.trained_people, data.identities)
    fitted = np.arange(min(fitted_people, readers.trained_people))
    seen, _, _ = readers.read_people(model, fitted)
    new, _, _ = readers.read_people(model, held)
    count = len(modes.mix)
    points = torch.from_numpy(data.points[held][:, :, SKIN])

    def moved(z: Tensor) -> Tensor:
        change = torch.einsum("nsk,kpc->nspc", (z - z[:, :1])[..., : modes.count], modes.expression)
        return measures(points[:, :1] + change)

    true = measures(points)
    found = {"true modes": compared(moved(readers.values[held]), true)}
    for share in SHARES:
        mix = linear_reading(seen, readers.values[fitted][..., :count], share)
        found[f"RESTORED {share:g}"] = compared(moved(new @ mix.T), true)
    return found


def point_model(where: str | None) -> EMOPortraits:
    """From a folder or hub id, or the shipped weights. Raises ModelError unless it reads face points."""
    if where is None:
        model = EMOPortraits.from_preset("emoportraits-mini", pretrained=True)
    else:
        model = EMOPortraits.from_pretrained(where)
    if not model.config.point_modes:
        raise ModelError("expected a model that reads face points")
    return model


def main(args: argparse.Namespace) -> int:
    torch.set_num_threads(1)
    model = point_model(args.model)
    found = rows(model, TrainingSet.load(args.data), args.people)
    print("| | strength | transfer |\n|---|---:|---:|")
    for name, (strength, transfer) in found.items():
        print(f"| {name} | {strength:.3f} | {transfer:.3f} |")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="made by scripts/render_training_set.py")
    parser.add_argument("--model", help="folder or hub id (default: the shipped weights)")
    parser.add_argument("--people", type=int, default=200, help="whom the map is fitted to")
    try:
        sys.exit(main(parser.parse_args()))
    except ModelError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
