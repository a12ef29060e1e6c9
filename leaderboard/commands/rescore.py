"""`rescore`: a bundle's numbers made again from its frames, or from a method that ships."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from leaderboard.commands.options import add_db, open_existing


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("rescore", help="make numbers again from frames, or from a method that ships")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a file that pack wrote")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--frames",
        action="append",
        metavar="[METHOD=]DIR",
        help="the submitted videos, by case id; once for each method",
    )
    how.add_argument("--reproduce", action="store_true", help="make the frames again, of methods that ship")
    parser.add_argument("--protocol", type=Path, metavar="FILE", help="the protocol, if it is one of your own (YAML)")
    parser.add_argument("--data", action="append", default=[], metavar="[CORPUS=]DIR", help="as for benchmark run")
    add_db(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the run here")
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Validate, run the benchmark, compare, note the verdict with --db; 1 where that fails."""
    from leaderboard.bundle import rescoring
    from leaderboard.bundle.check import check_bundle
    from leaderboard.verdicts import SENTENCES

    checked = check_bundle(options.bundle, protocol_file=options.protocol)
    problems = checked.problems
    verdict = checked.verdict
    if checked.submission is not None:
        results = checked.submission.results
        more = [word for place in options.data for word in ("--data", place)]
        more += [] if options.protocol is None else ["--protocol", str(options.protocol)]
        if options.reproduce:
            again = rescoring.reproduced(results, options=more, out=options.out)
        else:
            frames = _frames(options.frames, rescoring.methods_of(results))
            again = rescoring.rescored(results, frames, options=more, out=options.out)
        problems, verdict = again.differences, again.verdict
        print(f"made again: {', '.join(again.methods)}")
        if not problems and options.db is not None:
            print(_stored(options, checked.bundle_sha256, verdict))
    for problem in problems:
        print(f"problem: {problem}")
    print(f"{verdict}: {SENTENCES[verdict]}")
    return 1 if problems else 0


def _stored(options: argparse.Namespace, bundle_sha256: str, verdict: str) -> str:
    """Note the verdict in a leaderboard that has the bundle."""
    from leaderboard.errors import SubmissionError

    store = open_existing(options)
    number = next((one.number for one in store.submissions() if one.bundle_sha256 == bundle_sha256), None)
    if number is None:
        raise SubmissionError(f"expected a submission of this bundle but {store.name} has none; submit it first")
    store.follow(number, verdict)
    return f"submission {number} in {store.name} is now {verdict}"


def _frames(given: list[str], methods: list[str]) -> dict[str, Path]:
    """By method its folder; one folder without a name is of the only method."""
    from leaderboard.errors import SubmissionError

    found: dict[str, Path] = {}
    for one in given:
        name, equals, folder = one.rpartition("=")
        if not equals and len(methods) != 1:
            raise SubmissionError(f"expected METHOD=DIR because the bundle has {', '.join(methods)} but got {one!r}")
        found[name if equals else methods[0]] = Path(folder)
    for name, place in found.items():
        if not place.is_dir():
            raise SubmissionError(f"expected a folder with the frames of {name} but there is no {place}")
    return found
