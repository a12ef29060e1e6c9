"""`convert-official`: a published checkpoint to a model folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.networks.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

_EPILOG = """\
CHECKPOINT is logs/<experiment>/checkpoints/NNN_model.pth of the published archive, the head-pose file is
repos/head_pose_regressor.pth. Spectral norm and weight standardisation are folded into plain weights; every key and
shape is checked. Without the head-pose file the model works with given poses only.

examples:
  python -m model convert-official 100_model.pth --pose-checkpoint head_pose_regressor.pth --out official
  python -m model animate --model official --source photo.jpg --driver clip.mp4 --out out.mp4
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "convert-official",
        help="a published EMOPortraits checkpoint to a model folder",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT")
    parser.add_argument("--pose-checkpoint", type=Path, metavar="FILE", help="head_pose_regressor.pth")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--half", action="store_true", help="store float16: half the size")
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    from feed_dataset.core.jobs.writable import writable_folder
    from feed_dataset.core.weights.hashing import sha256_file
    from model.networks.checkpoint import write_checkpoint
    from model.official.convert import compare, convert, convert_pose_net
    from model.official.provenance import LICENCE, provenance
    from model.official.sizes import read_sizes

    writable_folder(args.out, "--out")
    _refuse_other_model(args.out, args.checkpoint)
    stored = _read(args.checkpoint)
    shapes = {key: list(value.shape) for key, value in stored.items()}
    name, config = read_sizes(shapes)
    # Everything is read and checked before anything is written.
    pose = None if args.pose_checkpoint is None else _read(args.pose_checkpoint)
    tensors = convert(stored, config)
    comparison = compare(shapes, config)
    pose_file = None
    if pose is not None:
        tensors |= convert_pose_net(pose, config)
        pose_file = args.pose_checkpoint.name, sha256_file(args.pose_checkpoint)
    if args.half:
        tensors = {key: value.half() if value.is_floating_point() else value for key, value in tensors.items()}
    record = provenance(args.checkpoint.name, sha256_file(args.checkpoint), name, comparison.extra, pose_file)
    absent = () if pose is not None else ("pose_net",)
    write_checkpoint(args.out, config, tensors, record, absent)

    print(f"{args.out}: {len(comparison.used)} of {len(stored)} tensors used, sizes of {name!r},"
          f" {sum(value.numel() for value in tensors.values()):,} numbers")  # fmt: skip
    print(f"left out: {len(comparison.ignored)} constants and training-only tensors")
    if comparison.extra:
        print(f"unknown and unused: {', '.join(comparison.extra)}")
    if absent:
        print("no head-pose network: give --pose-checkpoint head_pose_regressor.pth, or poses with every picture")
    print(f"licence: {LICENCE}")
    return 0


def _refuse_other_model(folder: Path, checkpoint: Path) -> None:
    """Raise ModelError where the folder has a model of another checkpoint."""
    from feed_dataset.core.weights.hashing import sha256_file
    from model.networks.checkpoint import CONFIG_FILE, read_settings

    if not (folder / CONFIG_FILE).exists() or not checkpoint.is_file():
        return
    found = read_settings(folder / CONFIG_FILE)[1].get("source_sha256")
    if found != sha256_file(checkpoint):
        raise ModelError(
            f"expected a folder of its own for {checkpoint.name} but {folder} has another model; name another folder"
            " with --out, or remove it"
        )


def _read(path: Path) -> dict[str, Tensor]:
    from feed_dataset.core.weights.loading import load_state

    if path.name.endswith("_trainer.pth"):
        model_file = path.name.replace("_trainer", "_model")
        raise ModelError(f"expected a model but {path.name} holds the optimiser's state; give {model_file}")
    state = load_state(path)
    # A model saved inside a wrapper (distributed, Lightning) has the same keys one level deeper.
    for prefix in ("module.", "model."):
        if state and all(key.startswith(prefix) for key in state):
            state = {key.removeprefix(prefix): value for key, value in state.items()}
    return state
