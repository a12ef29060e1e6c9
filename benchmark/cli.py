"""The command line: one verb per module of `benchmark.commands`; what is heavy is imported when a verb runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmark.commands import doctor as doctor_verb
from benchmark.commands import list as list_verb
from benchmark.commands import report as report_verb
from benchmark.commands import run as run_verb
from benchmark.commands import score as score_verb
from benchmark.commands import weights as weights_verb
from feed_dataset.core.jobs.errors import FeedError

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

_EXAMPLES = """\
examples:
  python -m benchmark run                              our model and the baselines on rendered FEED
  python -m benchmark run --method emoportraits,copy-source --limit 2
  python -m benchmark run --data /path/to/FEED         the same on real videos
  python -m benchmark score --generated out/ --reference real/      videos that you have already
  python -m benchmark doctor                           does every metric give its known answers here?
  python -m benchmark list metrics csim[dlib]          what a number means
  python -m benchmark report runs/feed-mini-cross      write report.html again
"""


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmark",
        description="Evaluate one-shot head avatars: standard numbers, their uncertainty, failures counted.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="{run,score,doctor,list,weights,report}")
    for module in (run_verb, score_verb, doctor_verb, list_verb, weights_verb, report_verb):
        module.add_parser(verbs)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb.

    Returns:
        0 done; 1 when every case or a check of the doctor failed; 2 for wrong input (one line on stderr); 130 when
        interrupted.
    """
    parsed = build_parser().parse_args(arguments)
    try:
        code: int = parsed.run_verb(parsed)
        return code
    except FeedError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("interrupted; run again to continue", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_USAGE
