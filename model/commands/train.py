"""`train`: as the paper describes it, on pairs of frames; or on a rendered set with exact truth."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.training.command_line import add_machine_options, add_run_options, run

if TYPE_CHECKING:
    from model.networks.emoportraits import EMOPortraits
    from model.training.pairs import Corpus
    from model.training.paper_config import PaperConfig
    from model.training.processes import Processes
    from model.training.recipe import Recipe

_EXAMPLES = """\
examples:
  python -m model train --config emoportraits --ordinary VOX --extreme FEED --pose-from official --out run
  python -m model train --config my.toml --ordinary A --extreme B --without image face gaze ears --dry-run
  python -m model train --config my.toml --ordinary-rendered 5000 --extreme-rendered 100:9000 --workers 2 --out run
  torchrun --nproc-per-node 8 -m model train --config emoportraits --device cuda --ordinary VOX --extreme FEED ...
  python -m model train --data training-set --out run           (rendered set, preset emoportraits-mini)
"""
_RENDERED_ONLY = ("data", "preset", "reader_steps", "warp_steps")
_PAPER_ONLY = (
    "ordinary", "extreme", "ordinary_crops", "extreme_crops", "ordinary_rendered", "extreme_rendered", "without",
    "batch", "pose_from", "device", "workers", "precision", "perceptual",
)  # fmt: skip


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "train",
        help="train on pairs of frames or on a rendered set; run again to continue",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_run_options(parser)
    parser.add_argument("--start-from", metavar="MODEL", help="folder or hub id of trained weights")

    paper = parser.add_argument_group("as the paper describes it")
    paper.add_argument("--config", metavar="NAME|FILE.toml", help="emoportraits, megaportraits, no_cv, ..., or a file")
    paper.add_argument("--ordinary", type=Path, metavar="DIR", help="many people: VoxCeleb2 or a rendered set")
    paper.add_argument("--extreme", type=Path, metavar="DIR", help="extreme expressions: FEED or a rendered set")
    paper.add_argument("--ordinary-crops", type=Path, metavar="DIR", help="face crops of these videos (`prepare`)")
    paper.add_argument("--extreme-crops", type=Path, metavar="DIR")
    paper.add_argument(
        "--ordinary-rendered", type=_people, metavar="N[:SEED]",
        help="N rendered people, of SEED (1000) and the next, drawn as needed: no folder",
    )  # fmt: skip
    paper.add_argument("--extreme-rendered", type=_people, metavar="N[:SEED]")
    paper.add_argument("--without", nargs="+", metavar="TERM", help="losses to leave out; stands in the model's card")
    paper.add_argument("--perceptual", metavar="NAME", help="network of the image term: vgg19, or own, which is here")
    paper.add_argument("--batch", type=int, help="pairs in a batch")
    paper.add_argument("--pose-from", metavar="MODEL", help="folder or hub id whose head-pose network is taken")
    add_machine_options(paper)
    paper.add_argument("--precision", help="float32 (default), or bfloat16 for the heavy networks on a GPU")

    rendered = parser.add_argument_group("on a rendered set, with its exact truth")
    rendered.add_argument("--data", type=Path, help="folder made by scripts/render_training_set.py")
    rendered.add_argument("--preset", help="(default: emoportraits-mini)")
    rendered.add_argument("--reader-steps", type=int, help="steps that train only pose and expression encoders")
    rendered.add_argument("--warp-steps", type=int, help="steps that train the warps from geometry alone")
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    from model.networks.errors import ModelError

    kind, other = ("--config", _RENDERED_ONLY) if args.config else ("--data", _PAPER_ONLY)
    wrong = [f"--{name.replace('_', '-')}" for name in other if getattr(args, name) is not None]
    if wrong:
        raise ModelError(f"expected no {' '.join(wrong)} with {kind}")
    if not args.config and args.data is None:
        raise ModelError("expected --config (training on pairs of frames) or --data (a rendered set) but got neither")
    for role in ("ordinary", "extreme"):
        folders = [f"--{name.replace('_', '-')}" for name in (role, f"{role}_crops") if getattr(args, name) is not None]
        if getattr(args, f"{role}_rendered") is not None and folders:
            raise ModelError(f"expected no {' '.join(folders)} with --{role}-rendered")
    return run(args, lambda: _paper(args) if args.config else _rendered(args), one_process=args.data is not None)


def _rendered(args: argparse.Namespace) -> Callable[[str, Processes], Recipe[Any]]:
    from dataclasses import fields

    from model.networks.config import preset

    chosen = {name: value for name, value in vars(args).items() if value is not None}
    preset(chosen.setdefault("preset", "emoportraits-mini"))

    def make(device: str, processes: Processes) -> Recipe[Any]:
        from model.training.data import TrainingSet
        from model.training.rendered import RenderedConfig, RenderedRecipe

        known = {field.name for field in fields(RenderedConfig)}
        config = RenderedConfig(**{name: value for name, value in chosen.items() if name in known})
        return RenderedRecipe(config, TrainingSet.load(args.data), _model(args.start_from))

    return make


def _paper(args: argparse.Namespace) -> Callable[[str, Processes], Recipe[Any]]:
    from dataclasses import replace

    from model.training.paper_config import read_config

    config = read_config(args.config, without=tuple(args.without or ()))
    given = {name: getattr(args, name) for name in ("steps", "batch", "seed", "precision")}
    changes = {name: value for name, value in given.items() if value is not None}
    rules = config.rules if args.perceptual is None else replace(config.rules, perceptual=args.perceptual)
    config = replace(config, schedule=replace(config.schedule, **changes), rules=rules)

    def make(device: str, processes: Processes) -> Recipe[Any]:
        from model.training.pairs import PairSampler
        from model.training.paper import PaperRecipe
        from model.training.paper_networks import load_perceptual

        schedule = config.schedule
        ordinary = _corpus(args.ordinary, args.ordinary_crops, args.ordinary_rendered, config)
        extreme = _corpus(args.extreme, args.extreme_crops, args.extreme_rendered, config)
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


def _people(text: str) -> tuple[int, int]:
    """How many rendered people, and the first one's seed."""
    from feed_dataset.synthetic.takes.training_set import TrainingSetSpec

    count, _, seed = text.partition(":")
    try:
        people, first_seed = int(count), int(seed) if seed else TrainingSetSpec.first_seed
    except ValueError:
        people, first_seed = 0, 0
    if people < 1 or first_seed < 0:
        raise argparse.ArgumentTypeError(f"expected a number of people, or NUMBER:SEED, but got {text!r}")
    return people, first_seed


def _corpus(
    folder: Path | None, crops: Path | None, rendered: tuple[int, int] | None, config: PaperConfig
) -> Corpus | None:
    if folder is None and rendered is None:
        return None
    from model.training.opening import draw_corpus, open_corpus

    size_px, cross = config.sizes().image_size_px, "cross" in config.weights()
    if rendered is not None:
        return draw_corpus(*rendered, size_px=size_px, cross=cross)
    assert folder is not None
    return open_corpus(folder, crops, size_px=size_px, cross=cross)


def _model(where: str | None) -> EMOPortraits | None:
    from model.networks.emoportraits import EMOPortraits

    return None if where is None else EMOPortraits.from_pretrained(where)
