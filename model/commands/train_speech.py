"""`train-speech`: the audio encoder, from clips of cached features and latents."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.training.command_line import add_machine_options, add_run_options, run

if TYPE_CHECKING:
    from model.speech.expression.pictures import PictureLosses
    from model.speech.expression.training_config import SpeechTraining
    from model.training.processes import Processes
    from model.training.recipe import Recipe

_EXAMPLES = """\
examples:
  python -m model train-speech --clips clips --mouth mouth-components.safetensors --without l1 face bce lips --out run
  python -m model train-speech --config speech_mini --clips clips --held-out others --mouth mouth.safetensors --out run
  python -m model train-speech --clips clips --mouth mouth.safetensors --model official --without bce lips --dry-run
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "train-speech",
        help="train the audio encoder, which gives z from speech; run again to continue",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", default="speech", metavar="NAME|FILE.toml",
        help="speech (default), speech_mini, speech_no_pca, speech_mae, speech_entangled, or a file",
    )  # fmt: skip
    parser.add_argument("--clips", type=Path, metavar="DIR", help="clips of features and z (*.clip.safetensors)")
    parser.add_argument("--held-out", type=Path, metavar="DIR", help="clips of other people, to watch")
    parser.add_argument("--mouth", type=Path, metavar="FILE", help="mouth components, by `analyse components`")
    parser.add_argument("--model", metavar="MODEL", help="the clips' generator, for losses that compare pictures")
    parser.add_argument("--without", nargs="+", metavar="TERM", help="losses to leave out; stands in the card")
    parser.add_argument("--batch", type=int, help="clips in a batch")
    parser.add_argument("--start-from", metavar="MODEL", help="folder or hub id of a trained audio encoder")
    add_run_options(parser)
    add_machine_options(parser)
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    return run(args, lambda: _make(args), one_process=True)


def _make(args: argparse.Namespace) -> Callable[[str, Processes], Recipe[Any]]:
    from dataclasses import replace

    from model.networks.errors import ModelError
    from model.speech.expression.training_config import read_config

    if args.clips is None:
        raise ModelError("expected --clips DIR with clips of features and z but got none")
    config = read_config(args.config, without=tuple(args.without or ()))
    given = {name: getattr(args, name) for name in ("steps", "batch", "seed")}
    changes = {name: value for name, value in given.items() if value is not None}
    config = replace(config, schedule=replace(config.schedule, **changes))

    def make(device: str, processes: Processes) -> Recipe[Any]:
        from model.analysis.principal import load_components
        from model.speech.clips import ClipFolder
        from model.speech.expression.encoder import SpeechEncoder
        from model.speech.expression.recipe import SpeechRecipe

        clips, held_out = (
            None if folder is None else ClipFolder(folder, ("z",)) for folder in (args.clips, args.held_out)
        )
        assert clips is not None
        mouth = None if args.mouth is None else load_components(args.mouth)[0]
        start = None if args.start_from is None else SpeechEncoder.from_pretrained(args.start_from)
        pictures = _pictures(args, config)
        return SpeechRecipe(config, clips, mouth, held_out, pictures, start, device, args.workers or 0)

    return make


def _pictures(args: argparse.Namespace, config: SpeechTraining) -> PictureLosses | None:
    """What the losses on pictures need. Raises ModelError where something is missing, and names what to leave out."""
    from model.networks.errors import ModelError

    terms = config.picture_terms()
    parsed = [name for name in ("bce", "lips") if name in terms]
    if parsed:
        raise ModelError(
            f"expected a face parsing network for {' '.join(parsed)} but the weights registry has none: give one to"
            f" `PictureLosses` from Python, or --without {' '.join(terms)}"
        )
    if not terms:
        if args.model is not None:
            raise ModelError("expected no --model: every loss on pictures is left out")
        return None
    if args.model is None:
        raise ModelError(f"expected --model for {' '.join(terms)} but got none; or --without {' '.join(terms)}")
    from model.avatar.avatar import load_model
    from model.speech.expression.pictures import PictureLosses
    from model.training.paper_networks import load_perceptual

    perceptual = load_perceptual([name for name in terms if name == "face"], image_scales=1)
    return PictureLosses(terms, load_model(args.model), perceptual.face)
