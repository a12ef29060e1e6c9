"""`speech-clips`: what `train-speech` reads, made of videos or of rendered speech."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.networks.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from model.networks.emoportraits import EMOPortraits
    from model.speech.clips import Origin, SpeechClip
    from model.speech.sources.hearing import Hear

    Made = tuple[tuple[SpeechClip, ...], str]
    Make = Callable[[], Made]

_EXAMPLES = """\
A video's person is the name of its folder. A face that is lost cuts a video into several clips. Clips that are there
already are left as they are: run again to continue. What cannot be read is named, and the exit status is 1.

examples:
  python -m model speech-clips videos/*/*.mp4 --out clips
  python -m model speech-clips --rendered speech --out clips        (feed dataset render-speech --landmarks)
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "speech-clips",
        help="features and z of videos, or of rendered speech, for train-speech",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("videos", type=Path, nargs="*", metavar="VIDEO", help="one folder per person")
    parser.add_argument(
        "--rendered", type=Path, metavar="DIR", help="rendered speech, whose exact face points give z, in their place"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--model", default="emoportraits-mini", help="the teacher: preset, folder or hub id (%(default)s)"
    )
    parser.add_argument(
        "--network", default="whisper-tiny-en", metavar="NAME", help="what makes the features (%(default)s)"
    )
    parser.add_argument("--fps", type=float, default=25.0, help="of the clips of videos (%(default)g)")
    parser.add_argument(
        "--least", type=int, default=50, metavar="N", help="frames; shorter clips are left out (%(default)s)"
    )
    parser.add_argument("--pictures", action="store_true", help="keep face crops, for losses that compare pictures")
    parser.add_argument(
        "--pose-in-z", choices=("yes", "no"), help="whether the head pose is in the teacher's z, if its card is silent"
    )
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    from feed_dataset.core.jobs.writable import writable_folder

    if bool(args.videos) == (args.rendered is not None):
        found = "both" if args.videos else "neither"
        raise ModelError(f"expected videos or --rendered DIR but got {found}")
    if args.rendered is not None and args.pictures:
        raise ModelError("expected no --pictures with --rendered: nothing is drawn")
    if not 0 < args.fps <= 1000 or args.least < 2:
        raise ModelError(f"expected --fps above 0 and --least of 2 or more but got {args.fps:g} and {args.least}")
    names = [_name(path) for path in args.videos]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ModelError(f"expected each video under a name of its own (folder and file) but got {twice[0]} twice")
    writable_folder(args.out, "--out")
    from model.avatar.avatar import load_model
    from model.speech.features import features_of
    from model.speech.samples import sound_in
    from model.speech.teacher import origin_of
    from model.speech.whisper import load_whisper

    teacher = load_model(args.model).eval()
    encoder = load_whisper(args.network)
    origin = origin_of(teacher, encoder.identity, None if args.pose_in_z is None else args.pose_in_z == "no")

    def hear(path: Path, times_s: np.ndarray) -> Tensor:
        return features_of(sound_in(path), times_s, encoder)

    made = _rendered(args, teacher, hear, origin) if args.rendered else _videos(args, names, teacher, hear, origin)
    return _write(args.out, made)


def _videos(
    args: argparse.Namespace, names: list[str], teacher: EMOPortraits, hear: Hear, origin: Origin
) -> list[tuple[str, Make]]:
    from model.speech.sources.videos import clips_of_video

    def make(path: Path) -> Made:
        cut = clips_of_video(
            path, teacher, hear, origin, person=path.parent.name, fps=args.fps, least_frames=args.least,
            keep_frames=args.pictures,
        )  # fmt: skip
        lacking = [f"{cut.lost} frames without a face"] if cut.lost else []
        lacking += [f"{cut.left_out} frames in pieces of less than {args.least}"] if cut.left_out else []
        return cut.clips, " and ".join(lacking)

    return [(name, partial(make, path)) for name, path in zip(names, args.videos, strict=True)]


def _rendered(args: argparse.Namespace, teacher: EMOPortraits, hear: Hear, origin: Origin) -> list[tuple[str, Make]]:
    from feed_dataset.synthetic.takes.speech_set import SpeechClipFiles, clips_of
    from model.speech.sources.rendered import clip_of_rendered

    def make(files: SpeechClipFiles) -> Made:
        clip = clip_of_rendered(files, teacher, hear, origin)
        if len(clip) < args.least:
            return (), f"{len(clip)} frames are less than {args.least}"
        return (clip,), ""

    return [(files.id, partial(make, files)) for files in clips_of(args.rendered)]


def _write(out: Path, todo: list[tuple[str, Make]]) -> int:
    from feed_dataset.core.jobs.errors import FeedError, words_of
    from feed_dataset.core.jobs.progress import ProgressBar
    from model.speech.clips import SUFFIX, write_clip

    made = frames = failed = 0
    notes: list[str] = []
    with ProgressBar(len(todo), "reading") as bar:
        for name, make in todo:
            if (out / f"{name}.00{SUFFIX}").exists():
                bar.advance(name, "is there")
                continue
            try:
                clips, note = make()
            except (FeedError, OSError) as error:
                failed += 1
                notes.append(f"{name}: {words_of(error)}")
                bar.advance(name, "not readable")
                continue
            # The first one last: it says that all are there.
            for number, clip in reversed(list(enumerate(clips))):
                write_clip(out / f"{name}.{number:02}{SUFFIX}", clip)
            made, frames = made + len(clips), frames + sum(map(len, clips))
            notes += [f"{name}: left out {note}"] if note else []
            bar.advance(name)
    for note in notes:
        print(note)
    print(f"{out}: {made} clips made, {frames} frames" + (f", {failed} not readable" if failed else ""))
    return int(failed > 0)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"
