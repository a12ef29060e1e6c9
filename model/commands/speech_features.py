"""`speech-features`: Whisper's embeddings of a file's sound at the times of video frames."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.networks.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

    from model.speech.samples import Sound

_MOST_FPS = 1000.0
_EPILOG = """\
The file holds `features` [T, D] and `times_s` [T]. Row n belongs to the n-th picture of a video, by its time stamp.
Of a file without pictures, or with --fps, it belongs to n / fps, and there are round(duration x fps) rows.

examples:
  python -m model speech-features clip.mp4 --out features.safetensors
  python -m model speech-features speech.wav --fps 25 --out features.safetensors
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "speech-features",
        help="what Whisper hears at the time of each frame",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sound", type=Path, metavar="SOUND", help="any file with sound, a video or not")
    parser.add_argument("--fps", type=float, help="frames per second (default: a video's own frames; 25 without)")
    parser.add_argument(
        "--network", default="whisper-tiny-en", metavar="NAME", help="whisper-tiny-en, whisper-tiny or whisper-base"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .safetensors file")
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    from feed_dataset.core.jobs.array_store import save_arrays
    from feed_dataset.core.jobs.writable import apart_from, writable_file
    from model.speech.features import features_of
    from model.speech.samples import sound_in
    from model.speech.whisper import load_whisper

    if args.fps is not None and not 0 < args.fps <= _MOST_FPS:
        raise ModelError(f"expected --fps above 0 and at most {_MOST_FPS:g} but got {args.fps}")
    if args.out.suffix != ".safetensors":
        raise ModelError(f"expected --out with a name that ends in .safetensors but got {args.out.name}")
    writable_file(args.out, "--out")
    apart_from(args.out, "--out", {"SOUND": args.sound})
    sound = sound_in(args.sound)
    times_s = _times(args.sound, sound, args.fps)
    encoder = load_whisper(args.network)
    features = features_of(sound, times_s, encoder).numpy()
    said = {"kind": "speech-features", "version": 1, "audio_features": encoder.identity}
    save_arrays(args.out, {"features": features, "times_s": times_s}, said)
    print(f"{args.out}: {len(features)} frames of {features.shape[1]} numbers")
    return 0


def _times(path: Path, sound: Sound, fps: float | None) -> np.ndarray:
    from feed_dataset.core.media.scan import build_frame_index
    from model.speech.features import frame_times
    from model.speech.samples import end_s, has_pictures

    if fps is None and has_pictures(path):
        return build_frame_index(path).times_s
    return frame_times(end_s(sound), fps or 25.0)
