"""`demo`: a page in the browser."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.speech.driving.folder import SHIPPED

if TYPE_CHECKING:
    from model.avatar.spoken import Spoken

_EXAMPLES = """\
examples:
  pip install 'feed-benchmark[demo]'
  python -m model demo
  python -m model demo --model runs/my-model --port 8000
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "demo",
        help="a page in the browser: photo and video or sound in, video out",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--model", default="emoportraits-mini", help="preset with shipped weights, folder or hub id (%(default)s)"
    )
    parser.add_argument(
        "--speech-model",
        default=SHIPPED[0],
        metavar="NAME|DIR",
        help="weights for sound, a folder or a name (%(default)s)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine only)")
    parser.add_argument("--port", type=int, default=7860)
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    import os

    # Nothing of what people put into the page is to be counted anywhere.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from functools import cache

    from model.avatar.demo import build
    from model.networks.errors import ModelError
    from model.speech import SpeechDriver, load_speech

    weights = cache(load_speech)  # when the first sound is there

    def listen(path: Path, seed: int) -> Spoken:
        return SpeechDriver(weights(args.speech_model), path, seed=seed)

    page = build(args.model, listen)
    try:
        page.launch(server_name=args.host, server_port=args.port, share=False)
    except OSError as error:
        raise ModelError(f"expected a free port but {args.port} is taken; choose another with --port") from error
    return 0
