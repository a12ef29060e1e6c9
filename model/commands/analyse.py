"""`analyse`: the paper's figures 3, 5, 7 and 8 for a checkpoint."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.networks.errors import ModelError

if TYPE_CHECKING:
    from model.analysis.components import MouthCrops

FIGURES = ("latent", "canonical", "disentangle", "components")
_STRONG = ("MAU_strong",)
_MOVING = ("MAU_strong", "random", "FF_NR", "rotations")

_EXAMPLES = """\
figures:
  latent       figure 3: variance that the principal components of z explain
  canonical    figure 5: is the canonical volume free of expression?
  disentangle  figure 7: expression of one driver, head pose of another
  components   figure 8: principal components of z, of everything and of the mouth alone; those of the mouth are also
               written to mouth-components.safetensors, which training from speech compares latents by

examples:
  python -m model analyse
  python -m model analyse latent canonical --model runs/my-model --out figures
  python -m model analyse latent --clips videos/*/*.mp4 --every 5
  python -m model analyse components --rendered-mouths 4 --out figures
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "analyse",
        help="the paper's figures for a checkpoint: PNGs and their numbers",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)} (default: all)")
    parser.add_argument(
        "--model", default="emoportraits-mini", help="preset with shipped weights, folder or hub id (%(default)s)"
    )
    parser.add_argument(
        "--clips",
        type=Path,
        nargs="+",
        metavar="VIDEO",
        help="videos, one folder per person, that begin at rest (default: feed-mini)",
    )
    parser.add_argument(
        "--pose-clips", type=Path, nargs="+", metavar="VIDEO", help="videos of turning heads, for disentangle"
    )
    parser.add_argument(
        "--mouth-clips",
        type=Path,
        nargs="+",
        metavar="VIDEO",
        help="videos of speech or mouth manipulations, still heads, for components",
    )
    parser.add_argument(
        "--rendered-mouths",
        type=int,
        metavar="N",
        help="N rendered people of whom only the mouth moves, in place of --mouth-clips",
    )
    parser.add_argument(
        "--mouth-states", type=int, default=40, metavar="N", help="pictures of each of them (default: %(default)s)"
    )
    parser.add_argument(
        "--components", type=int, default=2, metavar="N", help="components in the picture (default: %(default)s)"
    )  # fmt: skip
    parser.add_argument("--source", type=Path, metavar="PHOTO", help="who is shown (default: the first clip's person)")
    parser.add_argument("--every", type=int, default=2, metavar="N", help="every n-th frame (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("analysis"), metavar="DIR", help="(default: %(default)s)")
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    from feed_dataset.core.jobs.suggestions import unknown
    from feed_dataset.core.jobs.writable import writable_folder

    figures = args.figures or list(FIGURES)
    for name in figures:
        if name not in FIGURES:
            raise ModelError(unknown("figure", name, FIGURES))
    if args.every < 1:
        raise ModelError(f"expected --every of at least 1 but got {args.every}")
    for name, least in (("rendered_mouths", 1), ("mouth_states", 2), ("components", 1)):
        value = getattr(args, name)
        if value is not None and value < least:
            raise ModelError(f"expected --{name.replace('_', '-')} of at least {least} but got {value}")
    if args.rendered_mouths is not None and args.mouth_clips is not None:
        raise ModelError("expected --mouth-clips or --rendered-mouths but got both")
    writable_folder(args.out, "--out")
    numbers = {"model": args.model, **_analyse(args, figures)}
    _save(args.out / "analysis.json", numbers)
    for name in figures:
        print(f"{args.out / name}.png")
        if name == "components":
            print(args.out / "mouth-components.safetensors")
    print(args.out / "analysis.json")
    return 0


def _analyse(args: argparse.Namespace, figures: list[str]) -> dict[str, Any]:
    from feed_dataset.core.jobs.progress import ProgressBar
    from model.analysis import canonical, components, disentangle, latent
    from model.analysis.material import Clip, default_clips, load_clips
    from model.avatar.avatar import Avatar, load_model

    model = load_model(args.model)
    wanted = {
        "strong": args.clips or default_clips(_STRONG),
        "moving": args.clips or default_clips(_MOVING),
        "poses": args.pose_clips or default_clips(("rotations",)),
        "mouth": [] if args.rendered_mouths else args.mouth_clips or default_clips(("speech",)),
    }
    groups = {
        "latent": ("moving",),
        "canonical": ("strong",),
        "disentangle": ("strong", "poses"),
        "components": ("moving", "mouth"),
    }
    needed = dict.fromkeys(path for name in figures for group in groups[name] for path in wanted[group])
    with ProgressBar(len(needed), "reading") as bar:
        clips = load_clips(
            list(needed), model.config.image_size_px, every=args.every, progress=lambda name: bar.advance(name)
        )
    by_path: dict[Path, Clip] = dict(zip(needed, clips, strict=True))

    def of(group: str, at_most: int | None = None) -> list[Clip]:
        return [by_path[path] for path in wanted[group]][:at_most]

    avatar = Avatar(args.source, model) if args.source else Avatar(clips[0].crops[0], model, crop=False)
    out: Path = args.out
    numbers: dict[str, Any] = {}
    with ProgressBar(len(figures), "analysing") as bar:
        for name in figures:
            if name == "latent":
                numbers[name] = latent.analyse(avatar, of("moving"), out)
            elif name == "canonical":
                numbers[name] = canonical.analyse(avatar, of("strong"), out)
            elif name == "disentangle":
                numbers[name] = disentangle.analyse(avatar, of("strong", 5), of("poses", 5), out)
            else:
                mouths = [components.MouthCrops.of_clip(clip) for clip in of("mouth")]
                mouths += _rendered_mouths(args, model.config.image_size_px)
                numbers[name] = components.analyse(avatar, of("moving"), mouths, out, shown=args.components)
            bar.advance(name)
    return numbers


def _rendered_mouths(args: argparse.Namespace, side_px: int) -> list[MouthCrops]:
    if not args.rendered_mouths:
        return []
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.synthetic.takes.training_set import training_topology
    from model.analysis.components import MouthCrops

    topology = training_topology()
    mouths = []
    with ProgressBar(args.rendered_mouths, "rendering") as bar:
        for seed in range(args.rendered_mouths):
            mouths.append(MouthCrops.rendered(topology, seed, args.mouth_states, side_px))
            bar.advance(mouths[-1].name)
    return mouths


def _save(path: Path, numbers: dict[str, Any]) -> None:
    from feed_dataset.core.jobs.atomic import replacing

    with replacing(path) as temporary:
        temporary.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
