"""`train`: fit a model to a rendered training set."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("train", help="train on a rendered training set; run again to continue")
    parser.add_argument("--data", type=Path, required=True, help="folder made by scripts/render_training_set.py")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint, the log and the export")
    parser.add_argument("--preset", default="emoportraits-mini")
    parser.add_argument("--reader-steps", type=int, help="steps that train only pose and expression encoders")
    parser.add_argument("--warp-steps", type=int, help="steps that train the warps from geometry alone")
    parser.add_argument("--steps", type=int, help="steps that train everything")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--threads", type=int, help="CPU threads (default: PyTorch's choice)")
    parser.add_argument("--minutes", type=float, help="stop and save after this long")
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    from feed_dataset.core.jobs.writable import writable_folder
    from model.networks.config import preset

    preset(args.preset)  # a wrong name fails before PyTorch loads
    writable_folder(args.out, "--out")
    import torch

    from model.training.data import TrainingSet
    from model.training.loop import Trainer, TrainingConfig

    if args.threads:
        torch.set_num_threads(args.threads)
    known = {field.name for field in fields(TrainingConfig)}
    chosen = {name: value for name, value in vars(args).items() if name in known and value is not None}
    trainer = Trainer(TrainingConfig(**chosen), TrainingSet.load(args.data), args.out)
    trainer.run(None if args.minutes is None else args.minutes * 60)
    return 0
