"""What every command that trains has in common: the options of a run, checks before it, and the run."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.training.board import TRACKERS, check_installed

if TYPE_CHECKING:
    from model.training.processes import Processes
    from model.training.recipe import Recipe
    from model.training.trainer import Validate

    Make = Callable[[str, Processes], Recipe[Any]]

_LEAST = {"validate_every": 0, "save_every": 0, "dry_run": 0, "verify_resume": 2, "keep": 1, "workers": 0}


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Options of a run that do not depend on what is trained."""
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the checkpoints, the log and the export")
    parser.add_argument("--steps", type=int, help="steps that train everything")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--threads", type=int, help="CPU threads (default: PyTorch's choice)")
    parser.add_argument("--minutes", type=float, help="stop and save after this long")
    parser.add_argument("--save-every", type=float, default=120.0, metavar="S", help="seconds from save to save (120)")
    parser.add_argument("--keep", type=int, default=3, metavar="N", help="checkpoints that stay (3)")
    validation = parser.add_mutually_exclusive_group()
    validation.add_argument(
        "--validate", metavar="MODULE:FUNCTION", help="called with the averaged model and the step, returns numbers"
    )
    validation.add_argument(
        "--validate-command", metavar="'PROGRAM ... {model} ...'",
        help="run with the folder of the averaged model ({step} is the step); its last line: a JSON object of numbers",
    )  # fmt: skip
    parser.add_argument("--validate-every", type=int, default=0, metavar="STEPS", help="(default: at the end)")
    parser.add_argument(
        "--tracker", choices=TRACKERS, help="curves and pictures there (extras of the same names); wandb is W&B"
    )
    parser.add_argument(
        "--dry-run", type=int, nargs="?", const=1, metavar="N",
        help="print sizes, memory, steps and time, from N timed steps (1; 0: counts only), and write nothing",
    )  # fmt: skip
    parser.add_argument(
        "--verify-resume", type=int, nargs="?", const=4, metavar="N",
        help="train N steps (4) at once and stopped after each of them; exit 1 unless they agree bit for bit",
    )  # fmt: skip


def add_machine_options(group: argparse._ActionsContainer) -> None:
    """Where to train, and how many processes make batches."""
    group.add_argument(
        "--workers", type=int, metavar="N", help="processes that make batches ahead (0: the one that trains makes them)"
    )
    group.add_argument("--device", help="cpu (default), cuda, cuda:1, ...")


def check_run_options(args: argparse.Namespace) -> None:
    """Raises ModelError for a number out of its range, or without a folder for what is written."""
    from model.networks.errors import ModelError

    for name, least in _LEAST.items():
        value = getattr(args, name, None)
        if value is not None and not value >= least:
            raise ModelError(f"expected --{name.replace('_', '-')} of at least {least} but got {value}")
    if args.out is None and args.dry_run is None and args.verify_resume is None:
        raise ModelError("expected --out DIR for checkpoints, the log and the export but got none")


def run(args: argparse.Namespace, prepare: Callable[[], Make], *, one_process: bool) -> int:
    """Train, or do one of the checks before; the exit status.

    Args:
        args: with the options above.
        prepare: reads the settings, before PyTorch is imported, and gives what makes the recipe on a device.
        one_process: the training cannot be shared.

    Raises:
        ModelError: an option makes no sense, or several processes were started for what takes one.
    """
    from feed_dataset.core.jobs.writable import writable_folder
    from model.networks.errors import ModelError

    check_run_options(args)
    validate = _validation(args)
    make = prepare()  # a wrong name fails before PyTorch loads
    device = args.device or "cpu"
    if args.tracker is not None:
        check_installed(args.tracker)
    import torch

    from model.devices import device_named

    device_named(device)
    if args.threads:
        torch.set_num_threads(args.threads)
    from model.training.processes import Processes, joined, started_processes

    if args.dry_run is not None or args.verify_resume is not None or one_process:
        if started_processes() > 1:
            what = "this training" if one_process else "a check before a training"
            raise ModelError(f"expected one process for {what} but got {started_processes()}")
        if args.dry_run is not None:
            return _dry_run(make(device, Processes()), args.dry_run)
        if args.verify_resume is not None:
            return _verify(lambda: make(device, Processes()), args.verify_resume)
    from model.training.trainer import Trainer

    writable_folder(args.out, "--out")
    with joined(device) as (processes, device):
        trainer = Trainer(
            make(device, processes), args.out, save_every_s=args.save_every, keep=args.keep, validate=validate,
            validate_every=args.validate_every, tracker=args.tracker, processes=processes,
        )  # fmt: skip
        trainer.run(None if args.minutes is None else args.minutes * 60)
    return 0


def _dry_run(recipe: Recipe[Any], timed_steps: int) -> int:
    import sys

    from feed_dataset.core.jobs.words import counted
    from model.training.checks import cost_of

    for name, value in recipe.settings().items():
        print(f"{name}: {_plain(value)}")
    if timed_steps:
        print(f"timing {counted(timed_steps, 'step')} after one that does not count ...", file=sys.stderr, flush=True)
    print(cost_of(recipe, timed_steps))
    return 0


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items()) or "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "nothing"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _verify(make: Callable[[], Recipe[Any]], steps: int) -> int:
    import tempfile

    import torch

    from model.training.checks import resume_differences

    torch.set_num_threads(1)  # with several, PyTorch adds up gradients in another order each time
    with tempfile.TemporaryDirectory() as folder:
        differences = resume_differences(make, Path(folder), steps)
    for stop, names in differences.items():
        verdict = f"{len(names)} tensors differ, such as {names[0]}" if names else "equal"
        print(f"stopped after step {stop} of {steps}: {verdict}")
    return int(any(differences.values()))


def _validation(args: argparse.Namespace) -> Validate[Any] | None:
    from model.training.validation_command import ValidationCommand

    if args.validate_command is not None:
        return ValidationCommand.parse(args.validate_command)
    return None if args.validate is None else _callable(args.validate)


def _callable(name: str) -> Validate[Any]:
    from pkgutil import resolve_name

    from feed_dataset.core.jobs.words import with_article
    from model.networks.errors import ModelError

    try:
        found = resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ModelError(f"expected MODULE:FUNCTION in --validate but got {name!r}: {error}") from error
    if not callable(found):
        raise ModelError(f"expected a function in --validate but {name!r} is {with_article(type(found).__name__)}")
    checked: Validate[Any] = found
    return checked
