"""`train`: as the paper describes it, on pairs of frames; or on a rendered set with exact truth."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.networks.emoportraits import EMOPortraits
    from model.training.pairs import Corpus
    from model.training.paper_config import PaperConfig
    from model.training.processes import Processes
    from model.training.recipe import Recipe
    from model.training.trainer import Validate

_EXAMPLES = """\
examples:
  python -m model train --config emoportraits --ordinary VOX --extreme FEED --pose-from official --out run
  python -m model train --config my.toml --ordinary A --extreme B --without image face gaze ears --dry-run
  torchrun --nproc-per-node 8 -m model train --config emoportraits --device cuda --ordinary VOX --extreme FEED ...
  python -m model train --data training-set --out run           (rendered set, preset emoportraits-mini)
"""
_RENDERED_ONLY = ("data", "preset", "reader_steps", "warp_steps")
_PAPER_ONLY = (
    "ordinary", "extreme", "ordinary_crops", "extreme_crops", "without", "batch", "pose_from",
    "device", "workers", "precision", "perceptual",
)  # fmt: skip


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "train",
        help="train on pairs of frames or on a rendered set; run again to continue",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the checkpoints, the log and the export")
    parser.add_argument("--steps", type=int, help="steps that train everything")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--threads", type=int, help="CPU threads (default: PyTorch's choice)")
    parser.add_argument("--minutes", type=float, help="stop and save after this long")
    parser.add_argument("--save-every", type=float, default=120.0, metavar="S", help="seconds from save to save (120)")
    parser.add_argument("--keep", type=int, default=3, metavar="N", help="checkpoints that stay (3)")
    parser.add_argument(
        "--validate", metavar="MODULE:FUNCTION", help="called with the averaged model and the step, returns numbers"
    )
    parser.add_argument("--validate-every", type=int, default=0, metavar="STEPS", help="(default: at the end)")
    parser.add_argument(
        "--tensorboard", action="store_true", help="curves and pictures for TensorBoard (extra `tensorboard`)"
    )
    parser.add_argument(
        "--dry-run", type=int, nargs="?", const=1, metavar="N",
        help="print sizes, memory, steps and time, from N timed steps (1; 0: counts only), and write nothing",
    )  # fmt: skip
    parser.add_argument(
        "--verify-resume", type=int, nargs="?", const=4, metavar="N",
        help="train N steps (4) at once and stopped after each of them; exit 1 unless they agree bit for bit",
    )  # fmt: skip

    parser.add_argument("--start-from", metavar="MODEL", help="folder or hub id of trained weights")

    paper = parser.add_argument_group("as the paper describes it")
    paper.add_argument("--config", metavar="NAME|FILE.toml", help="emoportraits, megaportraits, no_cv, ..., or a file")
    paper.add_argument("--ordinary", type=Path, metavar="DIR", help="many people: VoxCeleb2 or a rendered set")
    paper.add_argument("--extreme", type=Path, metavar="DIR", help="extreme expressions: FEED or a rendered set")
    paper.add_argument("--ordinary-crops", type=Path, metavar="DIR", help="face crops of these videos (`prepare`)")
    paper.add_argument("--extreme-crops", type=Path, metavar="DIR")
    paper.add_argument("--without", nargs="+", metavar="TERM", help="losses to leave out; stands in the model's card")
    paper.add_argument("--perceptual", metavar="NAME", help="network of the image term: vgg19, or own, which is here")
    paper.add_argument("--batch", type=int, help="pairs in a batch")
    paper.add_argument("--pose-from", metavar="MODEL", help="folder or hub id whose head-pose network is taken")
    paper.add_argument(
        "--workers", type=int, metavar="N", help="processes that make batches ahead (0: the one that trains makes them)"
    )
    paper.add_argument("--device", help="cpu (default), cuda, cuda:1, ...")
    paper.add_argument("--precision", help="float32 (default), or bfloat16 for the heavy networks on a GPU")

    rendered = parser.add_argument_group("on a rendered set, with its exact truth")
    rendered.add_argument("--data", type=Path, help="folder made by scripts/render_training_set.py")
    rendered.add_argument("--preset", help="(default: emoportraits-mini)")
    rendered.add_argument("--reader-steps", type=int, help="steps that train only pose and expression encoders")
    rendered.add_argument("--warp-steps", type=int, help="steps that train the warps from geometry alone")
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    from feed_dataset.core.jobs.writable import writable_folder
    from model.networks.errors import ModelError

    kind, other = ("--config", _RENDERED_ONLY) if args.config else ("--data", _PAPER_ONLY)
    wrong = [f"--{name.replace('_', '-')}" for name in other if getattr(args, name) is not None]
    if wrong:
        raise ModelError(f"expected no {' '.join(wrong)} with {kind}")
    if not args.config and args.data is None:
        raise ModelError("expected --config (training on pairs of frames) or --data (a rendered set) but got neither")
    least_of = {"validate_every": 0, "save_every": 0, "dry_run": 0, "verify_resume": 2, "keep": 1, "workers": 0}
    for name, least in least_of.items():
        value = getattr(args, name)
        if value is not None and not value >= least:
            raise ModelError(f"expected --{name.replace('_', '-')} of at least {least} but got {value}")
    if args.out is None and args.dry_run is None and args.verify_resume is None:
        raise ModelError("expected --out DIR for checkpoints, the log and the export but got none")
    validate = None if args.validate is None else _callable(args.validate)
    make = _paper(args) if args.config else _rendered(args)  # a wrong name fails before PyTorch loads
    device = args.device or "cpu"
    if args.tensorboard:
        from model.training.board import check_installed

        check_installed()
    import torch

    from model.devices import device_named

    device_named(device)
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.dry_run is not None or args.verify_resume is not None or args.data is not None:
        from model.training.processes import Processes, started_processes

        if started_processes() > 1:
            raise ModelError(
                f"expected one process for this but got {started_processes()}; several train with --config"
            )
        if args.dry_run is not None:
            return _dry_run(make(device, Processes()), args.dry_run)
        if args.verify_resume is not None:
            return _verify(lambda: make(device, Processes()), args.verify_resume)
    from model.training.processes import joined
    from model.training.trainer import Trainer

    writable_folder(args.out, "--out")
    with joined(device) as (processes, device):
        trainer = Trainer(
            make(device, processes), args.out, save_every_s=args.save_every, keep=args.keep, validate=validate,
            validate_every=args.validate_every, tensorboard=args.tensorboard, processes=processes,
        )  # fmt: skip
        trainer.run(None if args.minutes is None else args.minutes * 60)
    return 0


def _dry_run(recipe: Recipe, timed_steps: int) -> int:
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


def _verify(make: Callable[[], Recipe], steps: int) -> int:
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


def _rendered(args: argparse.Namespace) -> Callable[[str, Processes], Recipe]:
    from dataclasses import fields

    from model.networks.config import preset

    chosen = {name: value for name, value in vars(args).items() if value is not None}
    preset(chosen.setdefault("preset", "emoportraits-mini"))

    def make(device: str, processes: Processes) -> Recipe:
        from model.training.data import TrainingSet
        from model.training.rendered import RenderedConfig, RenderedRecipe

        known = {field.name for field in fields(RenderedConfig)}
        config = RenderedConfig(**{name: value for name, value in chosen.items() if name in known})
        return RenderedRecipe(config, TrainingSet.load(args.data), _model(args.start_from))

    return make


def _paper(args: argparse.Namespace) -> Callable[[str, Processes], Recipe]:
    from dataclasses import replace

    from model.training.paper_config import read_config

    config = read_config(args.config, without=tuple(args.without or ()))
    given = {name: getattr(args, name) for name in ("steps", "batch", "seed", "precision")}
    changes = {name: value for name, value in given.items() if value is not None}
    rules = config.rules if args.perceptual is None else replace(config.rules, perceptual=args.perceptual)
    config = replace(config, schedule=replace(config.schedule, **changes), rules=rules)

    def make(device: str, processes: Processes) -> Recipe:
        from model.training.pairs import PairSampler
        from model.training.paper import PaperRecipe
        from model.training.paper_networks import load_perceptual

        schedule = config.schedule
        ordinary = _corpus(args.ordinary, args.ordinary_crops, config)
        extreme = _corpus(args.extreme, args.extreme_crops, config)
        sampler = PairSampler(
            ordinary,
            extreme,
            schedule.mixture,
            schedule.batch,
            schedule.micro_batch,
            schedule.seed,
            config.rules.pose_pairs,
        )
        start_from, pose_from = _model(args.start_from), _model(args.pose_from)
        # last: a wrong path is no reason to fetch networks
        perceptual = load_perceptual(
            config.weights(), image_scales=config.rules.image_scales, image_network=config.rules.perceptual
        )
        return PaperRecipe(config, sampler, perceptual, start_from, pose_from, device, processes, args.workers or 0)

    return make


def _corpus(folder: Path | None, crops: Path | None, config: PaperConfig) -> Corpus | None:
    if folder is None:
        return None
    from model.training.opening import open_corpus

    return open_corpus(folder, crops, size_px=config.sizes().image_size_px, cross="cross" in config.weights())


def _model(where: str | None) -> EMOPortraits | None:
    from model.networks.emoportraits import EMOPortraits

    return None if where is None else EMOPortraits.from_pretrained(where)


def _callable(name: str) -> Validate:
    from pkgutil import resolve_name

    from feed_dataset.core.jobs.words import with_article
    from model.networks.errors import ModelError

    try:
        found = resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ModelError(f"expected MODULE:FUNCTION in --validate but got {name!r}: {error}") from error
    if not callable(found):
        raise ModelError(f"expected a function in --validate but {name!r} is {with_article(type(found).__name__)}")
    checked: Validate = found
    return checked
