"""`study`: preference studies, from runs to percentages with intervals."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from leaderboard.commands.options import add_db

_EXAMPLES = """\
examples:
  python -m leaderboard study build --runs runs/mine runs/others --out studies/first --raters 24
  python -m leaderboard study add studies/first
  python -m leaderboard serve
  python -m leaderboard study export --out answers.parquet
  python -m leaderboard study score studies/first --answers answers.parquet --json score.json
  python -m leaderboard study join runs/mine/results.json --study studies/first --answers answers.parquet
  python -m leaderboard study simulate --methods 3 --effect 0.8 --taste-sd 1

docs/study.md explains every step, and what its numbers mean.
"""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "study",
        help="ask people which of two outputs they prefer",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="{build,add,list,export,score,join,simulate}")
    _add_build(verbs)
    add = verbs.add_parser("add", help="take a study into a leaderboard, and print the address of its first page")
    add.add_argument("study", type=Path, metavar="STUDY", help="its folder")
    listing = verbs.add_parser("list", help="show the leaderboard's studies: raters that started, and answers")
    export = verbs.add_parser("export", help="write all answers of a study as a table")
    export.add_argument("study", nargs="?", metavar="ID", help="of the study; the only one where there is one")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help=".parquet or .csv")
    for one in (add, listing, export):
        add_db(one)
        one.add_argument("--files", type=Path, metavar="DIR", help="folder of files (default: beside the database)")
    score = verbs.add_parser("score", help="print percentages, ratings and tiers")
    score.add_argument("study", type=Path, metavar="STUDY", help="its folder, or its study.json")
    join = verbs.add_parser("join", help="put what a study found into a results file of its methods")
    join.add_argument("results", type=Path, metavar="RESULTS", help="results.json; it is written again")
    join.add_argument("--study", type=Path, required=True, metavar="STUDY", help="its folder, or its study.json")
    join.add_argument("--out", type=Path, metavar="FILE", help="write another file instead")
    for one in (score, join):
        one.add_argument("--answers", type=Path, required=True, metavar="FILE", help=".parquet or .csv")
        one.add_argument("--failed-checks", type=_whole, default=2, metavar="N", help="so many leave a rater out (2)")
        one.add_argument(
            "--fastest-s", type=_not_negative, default=0.2, metavar="S", help="sooner does not count (0.2)"
        )
        one.add_argument(
            "--count-out-of-view", action="store_true", help="count clips that were not in view throughout"
        )
    score.add_argument("--json", type=Path, metavar="FILE", help="also write everything as JSON")
    _add_simulate(verbs)
    parser.set_defaults(run_command=run)


def _add_build(verbs: Any) -> None:
    build = verbs.add_parser("build", help="make questions from runs: clips, balanced forms, attention checks")
    build.add_argument("--runs", type=Path, nargs="+", required=True, metavar="RUN", help="folders on the same cases")
    build.add_argument("--out", type=Path, required=True, metavar="STUDY", help="a new folder")
    build.add_argument("--title", default="Which one is better?", metavar="TEXT", help="raters see it")
    build.add_argument("--raters", type=_whole, default=24, metavar="N", help="forms to make (24)")
    build.add_argument("--questions-per-rater", type=_whole, default=12, metavar="N", help="3 of them checks (12)")
    build.add_argument("--cases", type=_whole, metavar="N", help="at most (default: about 3 raters for each question)")
    build.add_argument("--methods", nargs="+", metavar="NAME", help="only these")
    build.add_argument("--seconds", type=_positive, default=8.0, metavar="S", help="of each clip, at most (8)")
    build.add_argument("--seed", type=_seed, default=0, metavar="N", help="of everything that is drawn (0)")


def _add_simulate(verbs: Any) -> None:
    simulate = verbs.add_parser("simulate", help="say how many raters an effect takes, by drawing studies")
    simulate.add_argument("--methods", type=_whole, default=3, metavar="N", help="default: 3")
    simulate.add_argument(
        "--effect", type=_positive, default=0.8, metavar="X", help="log-odds between neighbours (0.8)"
    )
    simulate.add_argument("--taste-sd", type=_not_negative, default=1.0, metavar="X", help="of raters, in log-odds (1)")
    simulate.add_argument("--item-sd", type=_not_negative, default=0.5, metavar="X", help="of cases, in log-odds (0.5)")
    simulate.add_argument("--ties", action="store_true", help="a third of equal pairs get no difference")
    simulate.add_argument("--questions", type=_whole, default=12, metavar="N", help="a rater, of one kind (12)")
    simulate.add_argument("--cases", type=_whole, default=24, metavar="N", help="default: 24")
    simulate.add_argument("--power", type=_share, default=0.8, metavar="P", help="wanted (0.8)")
    simulate.add_argument("--most-raters", type=_whole, default=400, metavar="N", help="give up there (400)")
    simulate.add_argument("--trials", type=_whole, default=200, metavar="N", help="studies drawn for each number (200)")
    simulate.add_argument("--seed", type=_seed, default=0, metavar="N", help="default: 0")


def run(options: argparse.Namespace) -> int:
    """Do what was asked."""
    from leaderboard.commands.study_verbs import VERBS

    VERBS[options.verb](options)
    return 0


def _whole(text: str) -> int:
    return _number(text, int, lambda x: x >= 1, "a whole number from 1")


def _seed(text: str) -> int:
    return _number(text, int, lambda x: 0 <= x < 2**63, "a whole number from 0")


def _positive(text: str) -> float:
    return _number(text, float, lambda x: 0 < x < 1e9, "a number above 0")


def _not_negative(text: str) -> float:
    return _number(text, float, lambda x: 0 <= x < 1e9, "a number from 0")


def _share(text: str) -> float:
    return _number(text, float, lambda x: 0 < x < 1, "a number between 0 and 1")


def _number(text: str, kind: Any, fits: Any, expected: str) -> Any:
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not fits(value):
        raise argparse.ArgumentTypeError(f"expected {expected} but got {text!r}")
    return value
