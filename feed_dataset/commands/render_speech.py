"""`render-speech`: rendered speakers of several languages, with sound, phonemes, face controls and head poses."""

from __future__ import annotations

import argparse
from pathlib import Path

from feed_dataset.commands.arguments import positive

_EXAMPLES = """\
examples:
  python -m feed_dataset render-speech --out speech --speakers 40 --clips 25
  python -m feed_dataset render-speech --out heard --speakers 12 --clips 4 --part test --language en-us de es
  python -m feed_dataset render-speech --out seen --speakers 1 --clips 1 --sentences 1 --size 256

It needs eSpeak NG: pip install 'feed-benchmark[voices]'. Pictures are slow; training on speech needs none.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "render-speech",
        help="speech of many voices with exact mouth shapes and head poses; resumable",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--speakers", type=positive, default=12, metavar="N", help="how many (default: 12)")
    parser.add_argument("--clips", type=positive, default=4, metavar="N", help="of each speaker (default: 4)")
    parser.add_argument("--sentences", type=positive, default=2, metavar="N", help="in each clip (default: 2)")
    parser.add_argument(
        "--part", choices=("train", "test"), default="train", help="whose voices and faces: nobody is in both"
    )
    parser.add_argument(
        "--language",
        nargs="+",
        default=[],
        metavar="NAME",
        help="such as en-us de es pl fr cmn, in turns (default: all)",
    )
    parser.add_argument("--fps", type=positive, default=25)
    parser.add_argument("--seed", type=int, default=0, help="of who speaks, what is said and what heads do")
    parser.add_argument("--landmarks", action="store_true", help="also 478 face points of every frame; slower")
    parser.add_argument("--size", type=int, default=0, metavar="PX", help="also pictures with sound, so large (slow)")
    parser.add_argument("--workers", type=positive, help="processes (default: the cores, at most 8)")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Make what the parsed arguments say; the exit code. Raises FeedError."""
    from feed_dataset.core.jobs.errors import wrong_value
    from feed_dataset.core.jobs.executor import cpu_workers
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.core.jobs.writable import writable_folder
    from feed_dataset.synthetic.takes.speech_set import SpeechSettings, render_speech
    from feed_dataset.synthetic.voices.espeak import Espeak
    from feed_dataset.synthetic.voices.speakers import choose_speakers

    espeak = Espeak.find()
    with wrong_value():
        settings = SpeechSettings(arguments.sentences, arguments.fps, arguments.landmarks, arguments.size)
    speakers = choose_speakers(arguments.speakers, part=arguments.part, spoken=arguments.language, seed=arguments.seed)
    writable_folder(arguments.out, "--out")
    clips = len(speakers) * arguments.clips
    with ProgressBar(clips, "speaking") as bar:
        made = render_speech(
            arguments.out,
            speakers,
            arguments.clips,
            settings,
            espeak=espeak,
            workers=arguments.workers or cpu_workers(),
            on_clip=lambda clip_id, now: bar.advance(clip_id, "made" if now else "is there"),
        )
    print(f"{arguments.out}: {made} clips made, {clips - made} were there")
    return 0
