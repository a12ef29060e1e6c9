"""`train-head-motion`: the generator of head poses from speech, against its two critics."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.training.command_line import add_machine_options, add_run_options, run

if TYPE_CHECKING:
    from model.training.processes import Processes
    from model.training.recipe import Recipe

_EXAMPLES = """\
examples:
  python -m model train-head-motion --clips clips --held-out others --out run     (again: continues)
  python -m model train-head-motion --config my.toml --clips clips --dry-run
  python -m model train-head-motion --clips clips --verify-resume
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "train-head-motion",
        help="train head motion from speech; run again to continue",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", default="head_motion", metavar="NAME|FILE.toml",
        help="head_motion (default), head_motion_mini, or a file",
    )  # fmt: skip
    parser.add_argument("--clips", type=Path, metavar="DIR", help="clips of features and poses (*.clip.safetensors)")
    parser.add_argument("--held-out", type=Path, metavar="DIR", help="clips of other people, to watch")
    parser.add_argument("--batch", type=int, help="windows in a batch")
    add_run_options(parser)
    add_machine_options(parser)
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    return run(args, lambda: _make(args), one_process=True)


def _make(args: argparse.Namespace) -> Callable[[str, Processes], Recipe[Any]]:
    from dataclasses import replace

    from model.networks.errors import ModelError
    from model.speech.head_motion.training_config import read_config

    if args.clips is None:
        raise ModelError("expected --clips DIR with clips of features and poses but got none")
    config = read_config(args.config)
    given = {name: getattr(args, name) for name in ("steps", "batch", "seed")}
    changes = {name: value for name, value in given.items() if value is not None}
    config = replace(config, schedule=replace(config.schedule, **changes))

    def make(device: str, processes: Processes) -> Recipe[Any]:
        from model.speech.head_motion.data import MotionClips
        from model.speech.head_motion.recipe import HeadMotionRecipe

        frames = config.schedule.clip_frames
        held_out = None if args.held_out is None else MotionClips(args.held_out, frames)
        return HeadMotionRecipe(config, MotionClips(args.clips, frames), held_out, device, args.workers or 0)

    return make
