"""`animate`: a photo driven by a video, by sound, or by both."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.networks.errors import ModelError
from model.speech.driving.options import add_speech, check_speech, driver_of, shares_of, speech_options, weights_of

if TYPE_CHECKING:
    import numpy as np

    from model.avatar.avatar import Avatar
    from model.avatar.canvas import Recipe
    from model.avatar.film import AnimateReport

logger = logging.getLogger(__name__)


_EXAMPLES = """\
examples:
  python -m model animate --source photo.jpg --driver clip.mp4 --out out.mp4
  python -m model animate --source photo.jpg --driver clip.mp4 --pose-driver turn.mp4 --out out.mp4
  python -m model animate --source photo.jpg --driver clip.mp4 --expression 1.5 --side-by-side --out out.mp4
  python -m model animate --source photo.jpg --driver a.mp4 b.mp4 --weights 0.5 0.5 --audio speech.wav --out out.mp4
  python -m model animate --source photo.jpg --speech speech.wav --seed 1 --out out.mp4
  python -m model animate --source photo.jpg --speech speech.wav --driver clip.mp4 --out out.mp4
  python -m model animate --source photo.jpg --speech speech.wav --pose-driver turn.mp4 --out out.mp4

--speech moves the portrait: the mouth, and whatever no video shows. The result is as long as it is, and sounds like it.
--audio is only what the result sounds like; it moves nothing.
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "animate",
        help="a photo driven by a video, by sound, or by both",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--source", type=Path, required=True, metavar="PHOTO", help="picture of any size")
    parser.add_argument(
        "--driver",
        type=Path,
        default=[],
        nargs="+",
        metavar="VIDEO",
        help="videos whose expressions are taken; without --speech the first gives the time of every frame",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.mp4")
    parser.add_argument("--pose-driver", type=Path, metavar="VIDEO", help="video whose head pose is taken instead")
    sound = parser.add_mutually_exclusive_group()
    sound.add_argument(
        "--audio",
        type=Path,
        metavar="FILE",
        help="sound track of the result; it moves nothing (default: the speech, else the first driver's)",
    )
    sound.add_argument("--no-audio", action="store_true", help="a result without sound")
    add_speech(parser)
    parser.add_argument(
        "--model",
        default="emoportraits-mini",
        help="preset with shipped weights, folder or hub id (%(default)s)",
    )
    parser.add_argument(
        "--transfer",
        choices=("relative", "absolute"),
        default="relative",
        help="relative: what changes since the driver's first face (default); absolute: the driver as it is, as in the"
        " paper",
    )
    parser.add_argument(
        "--expression", type=float, default=1.0, metavar="K", help="0: none, 1: as the driver, above: more of it"
    )
    parser.add_argument("--weights", type=float, nargs="+", metavar="W", help="of several drivers (default: equal)")
    parser.add_argument("--face", type=int, metavar="N", help="which face of the photo, from 1")
    parser.add_argument("--driver-face", type=int, metavar="N", help="which face of the first driver, from 1")
    parser.add_argument(
        "--layout",
        choices=("photo", "crop"),
        default="photo",
        help="photo: the head goes back into the photo (default); crop: the square around the head alone",
    )
    parser.add_argument("--side-by-side", action="store_true", help="source, driver and result next to each other")
    parser.add_argument(
        "--background", metavar="#RRGGBB|PICTURE", help="behind the head, for models that paint it green"
    )
    parser.add_argument("--mask", type=Path, metavar="PICTURE", help="white on the person, for the same models")
    parser.add_argument("--max-side", type=int, default=1920, metavar="PX", help="longest side (default: %(default)s)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 ... (default: %(default)s)")
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16", "float16"),
        default="float32",
        help="of the heavy networks (default: %(default)s)",
    )
    parser.add_argument(
        "--compile", action="store_true", help="torch.compile the path of a frame: pays for long videos"
    )
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    from contextlib import ExitStack
    from dataclasses import replace

    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.core.jobs.writable import apart_from, writable_file
    from model.avatar.drivers import DriverVideo
    from model.avatar.film import animate

    _check_drivers(args)
    if args.out.suffix.lower() != ".mp4":
        raise ModelError(f"expected --out to end in .mp4 but got {args.out}")
    writable_file(args.out, "--out")
    apart_from(args.out, "--out", _inputs(args))
    shares = shares_of(args, face=bool(args.driver), pose=bool(args.driver or args.pose_driver))
    recipe = _recipe(args)
    check_speech(args)
    weights = weights_of(args)
    avatar = _avatar(args)
    if args.background is not None:
        recipe = replace(recipe, background=_background(args.background, avatar.side_px))
    with ExitStack() as stack:
        side = avatar.side_px
        drivers = [
            stack.enter_context(DriverVideo(path, side, face=None if place else args.driver_face, say=logger.info))
            for place, path in enumerate(args.driver)
        ]
        pose = stack.enter_context(DriverVideo(args.pose_driver, side, say=logger.info)) if args.pose_driver else None
        videos = [*drivers, *([pose] if pose is not None else [])]
        speech = None if weights is None else driver_of(args, weights, shares, videos)
        with ProgressBar(None, "animating", lines="none") as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.show(done)

            report = animate(
                avatar,
                drivers,
                args.out,
                pose_driver=pose,
                speech=speech,
                sound=_sound(args),
                recipe=recipe,
                progress=show,
            )
    _tell(report, args.out)
    return 0


def _check_drivers(args: argparse.Namespace) -> None:
    if args.speech is None:
        if not args.driver:
            raise ModelError("expected what drives the photo, --driver VIDEO or --speech FILE, but got neither")
        named = speech_options(args)
    else:
        named = {} if args.driver else {"--weights": args.weights, "--driver-face": args.driver_face}
    for option, value in named.items():
        if value is not None:
            raise ModelError(f"expected {'--speech' if args.speech is None else '--driver'} with {option} but got none")


def _inputs(args: argparse.Namespace) -> dict[str, Path | None]:
    """Every file that is read, by the option that named it."""
    background = None if args.background is None or args.background.startswith("#") else Path(args.background)
    given = {
        "--source": args.source,
        "--pose-driver": args.pose_driver,
        "--audio": args.audio,
        "--speech": args.speech,
        "--mask": args.mask,
    }
    drivers = {f"--driver {path}": path for path in args.driver}
    return {**given, "--background": background, **drivers}


def _avatar(args: argparse.Namespace) -> Avatar:
    import torch

    from model.avatar.avatar import Avatar, load_model
    from model.avatar.faces import describe_choice
    from model.devices import device_named

    precision: torch.dtype = getattr(torch, args.precision)
    model = load_model(args.model).to(device_named(args.device)).to_inference(precision, compile=args.compile)
    mask = None
    if args.mask is not None:
        from feed_dataset.core.media.images import read_image

        mask = read_image(args.mask).mean(axis=2) > 127
    avatar = Avatar(args.source, model, face=args.face, mask=mask)
    if args.face is None and avatar.face is not None:
        note = describe_choice(avatar.face, args.source.name, "--face")
        if note:
            logger.info(note)
    return avatar


def _recipe(args: argparse.Namespace) -> Recipe:
    """What the options say before a picture is looked at: all but the background."""
    from model.avatar.canvas import Recipe

    count = max(len(args.driver), 1)
    weights = args.weights or [1.0 / count] * count
    if len(weights) != count:
        raise ModelError(f"expected one weight per driver ({count}) but got {len(weights)}")
    if args.max_side < 16:
        raise ModelError(f"expected --max-side of at least 16 px but got {args.max_side}")
    return Recipe(
        transfer=args.transfer,
        expression=args.expression,
        weights=tuple(weights),
        layout=args.layout,
        side_by_side=args.side_by_side,
        max_side_px=args.max_side,
    )


def _background(text: str, side_px: int) -> np.ndarray:
    """A colour or picture as uint8 [S, S, 3]."""
    import numpy as np

    from feed_dataset.core.media.images import read_image
    from model.avatar.images import resize_square

    if text.startswith("#"):
        try:
            colour = bytes.fromhex(text[1:])
        except ValueError:
            colour = b""
        if len(colour) != 3:
            raise ModelError(f"expected a colour such as #20a0ff but got {text!r}")
        return np.broadcast_to(np.frombuffer(colour, np.uint8), (side_px, side_px, 3)).copy()
    picture = read_image(Path(text))
    short = min(picture.shape[:2])
    y, x = (picture.shape[0] - short) // 2, (picture.shape[1] - short) // 2
    return resize_square(picture[y : y + short, x : x + short], side_px)


def _sound(args: argparse.Namespace) -> Path | None:
    from feed_dataset.core.media.suffixes import IMAGE_SUFFIXES
    from model.avatar.audio import has_sound

    if args.no_audio:
        return None
    if args.audio is not None:
        path: Path = args.audio
        return path
    if args.speech is not None:
        speech: Path = args.speech
        return speech
    first: Path = args.driver[0]
    return first if first.suffix.lower() not in IMAGE_SUFFIXES and has_sound(first) else None


def _tell(report: AnimateReport, out: Path) -> None:
    from feed_dataset.core.jobs.words import counted

    for name, count in report.without_face.items():
        if count:
            logger.info(f"{name}: no face in {counted(count, 'frame')}; the last expression and pose were held there")
    sound = "no sound" if report.sound is None else f"sound of {report.sound.name}"
    print(f"{out}: {report.length}, {report.width_px} x {report.height_px}, {sound}")
