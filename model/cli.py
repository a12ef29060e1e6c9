"""Commands of the model: `info` and `train`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from .config import PRESETS
from .errors import ModelError

EPILOG = """examples:
  python -m model info emoportraits
  python scripts/render_training_set.py --out training-set --workers 4
  python -m model train --data training-set --out run     (again: continues)
"""


def build_parser() -> argparse.ArgumentParser:
    """The command line; no heavy imports."""
    parser = argparse.ArgumentParser(
        prog="python -m model", description="EMOPortraits: look at it, train it.", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="{info,train}")
    info = verbs.add_parser("info", help="sizes and parameters of a preset")
    info.add_argument("preset", help=f"one of {', '.join(sorted(PRESETS))}")
    train = verbs.add_parser("train", help="train on a rendered training set; run again to continue")
    train.add_argument("--data", type=Path, required=True, help="folder made by scripts/render_training_set.py")
    train.add_argument("--out", type=Path, required=True, help="folder of the checkpoint, the log and the export")
    train.add_argument("--preset", default="emoportraits-mini")
    train.add_argument("--reader-steps", type=int, help="steps that train only pose and expression encoders")
    train.add_argument("--warp-steps", type=int, help="steps that train the warps from geometry alone")
    train.add_argument("--steps", type=int, help="steps that train everything")
    train.add_argument("--seed", type=int)
    train.add_argument("--threads", type=int, help="CPU threads (default: PyTorch's choice)")
    train.add_argument("--minutes", type=float, help="stop and save after this long")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (2 for bad input, 130 when interrupted)."""
    args = build_parser().parse_args(argv)
    try:
        if args.verb == "info":
            _info(args.preset)
        else:
            _train(args)
    except ModelError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; run the same command again to continue", file=sys.stderr)
        return 130
    return 0


def _info(name: str) -> None:
    from .config import preset

    config = preset(name)
    import torch

    from .emoportraits import EMOPortraits

    with torch.device("meta"):
        counts = EMOPortraits(config).parameter_counts()
    for network, count in counts.items():
        print(f"{network:18} {count:>12,}")
    print(f"{'total':18} {sum(counts.values()):>12,}")
    print(f"{config.image_size_px} px, z {config.z_dim}, canonical volume {config.volume_channels} x "
          f"{config.volume_depth} x {config.volume_size} x {config.volume_size}")  # fmt: skip


def _train(args: argparse.Namespace) -> None:
    import torch

    from .config import preset
    from .training.data import TrainingSet
    from .training.loop import Trainer, TrainingConfig

    preset(args.preset)
    if args.threads:
        torch.set_num_threads(args.threads)
    known = {field.name for field in fields(TrainingConfig)}
    chosen = {name: value for name, value in vars(args).items() if name in known and value is not None}
    trainer = Trainer(TrainingConfig(**chosen), TrainingSet.load(args.data), args.out)
    trainer.run(None if args.minutes is None else args.minutes * 60)
