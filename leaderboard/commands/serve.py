"""`serve`: the leaderboard over HTTP."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from leaderboard.commands.options import add_db

_EXAMPLES = """\
examples:
  python -m leaderboard serve
  python -m leaderboard serve --db postgresql://board@db.example/board --files /data/board --host 0.0.0.0

It answers on this machine only unless --host says otherwise. Put a web server that speaks TLS before it, and name that
server's address with --proxy. Tokens: `python -m leaderboard token create NAME`.
"""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "serve",
        help="answer over HTTP: pages, an API, submissions with a token",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_db(parser)
    parser.add_argument(
        "--files", type=Path, metavar="DIR", help="folder of bundles and clips (default: beside the file)"
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="default: 127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000, metavar="N", help="default: 8000; 0: any free one")
    parser.add_argument("--proxy", metavar="ADDRESS", help="whose X-Forwarded-For is believed (default: nobody's)")
    parser.add_argument(
        "--protocol", type=Path, metavar="FILE", help="a protocol of your own (YAML), besides the shipped"
    )
    parser.add_argument("--max-upload-mb", type=_above_0, default=256, metavar="MB", help="longest submission (256)")
    parser.add_argument("--check-s", type=_above_0, default=120, metavar="S", help="time for one check (120)")
    parser.add_argument("--check-mb", type=_above_0, default=2048, metavar="MB", help="memory for one check (2048)")
    parser.add_argument("--checks", type=_whole, default=2, metavar="N", help="checks at once (2)")
    parser.add_argument("--requests-per-minute", type=_above_0, default=1200, metavar="N", help="of one address (1200)")
    parser.add_argument("--submissions-per-hour", type=_above_0, default=60, metavar="N", help="of one token (60)")
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from leaderboard.errors import SubmissionError

    try:
        from leaderboard.server.serving import serve
    except ImportError as error:
        raise SubmissionError(
            f'needs the extra "server" ({error.name} is missing): pip install -e ".[server]"'
        ) from error
    from leaderboard.server.settings import MIB, Settings

    settings = Settings(
        place=options.db,
        files=options.files,
        protocol_file=options.protocol,
        max_upload_bytes=int(options.max_upload_mb * MIB),
        check_s=options.check_s,
        check_bytes=int(options.check_mb * MIB),
        checks=options.checks,
        requests_per_minute=options.requests_per_minute,
        submissions_per_hour=options.submissions_per_hour,
    )
    serve(settings, host=options.host, port=options.port, proxy=options.proxy)
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535 but got {text!r}")
    return int(text)


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 but got {text!r}")
    return int(text)


def _above_0(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0 but got {text!r}")
    return value
