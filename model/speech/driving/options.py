"""Options of commands for driving by sound; nothing heavy is imported before they are used."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.suggestions import unknown
from model.networks.errors import ModelError
from model.speech.driving.folder import SHIPPED

if TYPE_CHECKING:
    from model.avatar.drivers import DriverVideo
    from model.speech.driving.driver import SpeechDriver
    from model.speech.driving.shares import SoundShares
    from model.speech.driving.speech_model import SpeechModel


def add_speech(parser: argparse.ArgumentParser) -> None:
    """Add --speech and what goes with it."""
    group = parser.add_argument_group("driving by sound")
    group.add_argument(
        "--speech", type=Path, metavar="FILE", help="sound that moves the portrait; beside --driver its mouth alone"
    )
    group.add_argument(
        "--speech-model", metavar="NAME|DIR", help=f"weights for --speech, a folder or a name (default: {SHIPPED[0]})"
    )
    group.add_argument("--seed", type=int, metavar="N", help="of the head's motion and of blinks (default: 0)")
    group.add_argument("--blinks", type=float, metavar="N", help="a minute, 0 to 60 (default: 21.5, as people do)")
    group.add_argument(
        "--sound-share",
        nargs="+",
        metavar="REGION=S",
        help="how much of mouth, upper (face) and pose sound moves, 0 to 1; the rest is the videos' (default: mouth=1,"
        " the others 0 where a video shows them)",
    )


def speech_options(args: argparse.Namespace) -> dict[str, object]:
    """Those that need --speech, None where they were not given."""
    return {
        "--speech-model": args.speech_model,
        "--seed": args.seed,
        "--sound-share": args.sound_share,
        "--blinks": args.blinks,
    }


def shares_of(args: argparse.Namespace, *, face: bool, pose: bool) -> SoundShares | None:
    """What sound moves, where the user said some of it; the rest as it is usual.

    Args:
        face, pose: whether videos show them.

    Raises:
        ModelError: no region, one twice, no number, or one out of its range.
    """
    from model.speech.driving.shares import SoundShares

    if not args.sound_share:
        return None
    given: dict[str, float] = {}
    for text in args.sound_share:
        region, _, number = text.partition("=")
        try:
            share = float(number)
        except ValueError:
            raise ModelError(f"expected --sound-share REGION=S such as upper=0.5 but got {text!r}") from None
        if region in given:
            raise ModelError(f"expected each region of --sound-share once but got {region} twice")
        if region not in SoundShares.__dataclass_fields__:
            raise ModelError(unknown("region of --sound-share", region, SoundShares.__dataclass_fields__))
        given[region] = share
    return replace(SoundShares.beside(face=face, pose=pose), **given)


def check_speech(args: argparse.Namespace) -> None:
    """Look at what --speech, --seed and --blinks name before networks are loaded.

    Raises:
        FeedError: no sound, an unreadable file, or a seed or rate out of its range.
    """
    from model.speech.head_motion.blinks import PER_MINUTE, check_blinking
    from model.speech.samples import sound_in

    if args.speech is not None:
        check_blinking(args.seed or 0, args.blinks or PER_MINUTE)
        sound_in(args.speech)


def weights_of(args: argparse.Namespace) -> SpeechModel | None:
    """The speech weights, where sound drives. Raises ModelError."""
    from model.speech.driving.speech_model import load_speech

    return None if args.speech is None else load_speech(args.speech_model or SHIPPED[0])


def driver_of(
    args: argparse.Namespace, model: SpeechModel, shares: SoundShares | None, videos: Sequence[DriverVideo]
) -> SpeechDriver:
    """The sound as a driver; where it is that of a video, it begins with that video's pictures. Raises FeedError."""
    from model.speech.driving.driver import SpeechDriver
    from model.speech.head_motion.blinks import PER_MINUTE

    return SpeechDriver(
        model,
        args.speech,
        seed=args.seed or 0,
        shares=shares,
        blinks_per_minute=PER_MINUTE if args.blinks is None else args.blinks,
        start_s=next((video.start_s for video in videos if video.path == args.speech), 0.0),
    )
