"""`sheet`: the comparison picture of papers, from any set of runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.report.print_sheet import PrintSheet
    from benchmark.runs.opened import Run

_DEFAULT_CASES = 4

_EXAMPLES = """\
examples:
  python -m benchmark sheet figure.png runs/feed-mini-cross
  python -m benchmark sheet figure.pdf runs/mine runs/theirs --methods emoportraits,fomm --width-mm 85
  python -m benchmark sheet figure.png runs/mine --cases S08-FF_NR_C--S06,S07-rotations_C--S09 --moment 3

A row is a case, a column the source, the driver (the reference, where there is one) or a method; names stand under the
columns. Runs must have the same cases of the same data. Frames are taken at full size from the run's folder; where it
has only thumbnails, this is said.
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    from benchmark.commands.options import positive

    parser = verbs.add_parser(
        "sheet",
        help="the comparison picture of papers: source, driver, one column a method",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="a .png or .pdf file")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folders of runs")
    parser.add_argument(
        "--cases", metavar="A[,B...]", help=f"ids of cases (default: {_DEFAULT_CASES}, spread over the list)"
    )
    parser.add_argument("--methods", metavar="M[,N...]", help="in this order (default: all)")
    parser.add_argument(
        "--moment",
        type=int,
        choices=range(1, 8),
        metavar="1..7",
        help="1 is the first frame, 7 the last (default: where the driver is farthest from its first frame)",
    )
    parser.add_argument("--width-mm", type=positive, default=170, metavar="MM", help="when printed (default: 170)")
    parser.add_argument("--dpi", type=positive, default=300, metavar="N", help="(default: 300)")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Collect the frames, draw, write."""
    from benchmark.commands.options import listed
    from benchmark.report.print_sheet import FORMATS, save_sheet
    from benchmark.results.errors import BenchmarkError
    from benchmark.runs.opened import open_runs
    from feed_dataset.core.jobs.words import counted
    from feed_dataset.core.jobs.writable import writable_file

    out: Path = arguments.out.expanduser()
    if out.suffix.lower() not in FORMATS:
        raise BenchmarkError(f"expected a file that ends in {' or '.join(FORMATS)} but got {out.name}")
    writable_file(out, "OUT")
    runs = open_runs([place.expanduser() for place in arguments.runs])
    cases = None if arguments.cases is None else listed("case", arguments.cases)
    methods = None if arguments.methods is None else listed("method", arguments.methods)
    sheet, remarks = collect(runs, cases, methods, arguments.moment)
    save_sheet(sheet, out, width_mm=arguments.width_mm, dpi=arguments.dpi)
    for line in remarks:
        print(f"note: {line}", file=sys.stderr)
    print(f"sheet: {out} ({counted(len(sheet.rows), 'case')}, {counted(len(sheet.columns) - 2, 'method')})")
    return 0


def collect(
    runs: Sequence[Run], cases: Sequence[str] | None, methods: Sequence[str] | None, moment: int | None
) -> tuple[PrintSheet, list[str]]:
    """The pictures, and what a reader must know of them.

    Raises:
        BenchmarkError: runs of other cases or data, an unknown case or method, or no frame at all.
    """
    from benchmark.report.print_sheet import PrintSheet, wanted_columns
    from benchmark.report.run_frames import RunFrames
    from benchmark.results.errors import BenchmarkError
    from benchmark.results.schema import REFERENCE_ROW
    from benchmark.runs.together import columns_of, why_apart
    from feed_dataset.core.jobs.suggestions import unknown
    from feed_dataset.core.media.thinning import spread

    for run in runs[1:]:
        why = why_apart(runs[0], run)
        if why:
            raise BenchmarkError(f"expected runs of the same cases but {run.label} has another {why}")
    ids = runs[0].results.protocol.case_ids
    for case in cases or ():
        if case not in ids:
            raise BenchmarkError(unknown("case", case, ids))
    chosen = list(cases) if cases else [ids[place] for place in spread(len(ids), _DEFAULT_CASES)]
    origins = columns_of(runs)
    names = wanted_columns(list(origins), methods)
    has_reference = any(one.name == REFERENCE_ROW for run in runs for one in run.results.methods)
    columns = ("source", REFERENCE_ROW if has_reference else "driver", *names)
    frames = {run.label: RunFrames(run) for run in runs}
    rows, small, lost = [], set(), []
    for case in chosen:
        at = frames[runs[0].label].moment_of_most(case) if moment is None else moment - 1
        source = next((one for f in frames.values() if (one := f.source(case)) is not None), None)
        driver = next((one for f in frames.values() if (one := f.driver(case, at)) is not None), None)
        outputs = [frames[origins[name][0]].output(origins[name][1], case, at) for name in names]
        row = (source, driver, *outputs)
        rows.append(row)
        for name, picture in zip(columns, row, strict=True):
            if picture is None:
                lost.append(f"{name} of {case}: no frame in its run's folder")
            elif picture.is_small:
                small.add(name)
    if all(picture is None for row in rows for picture in row):
        raise BenchmarkError(
            "expected folders of runs with their frames but there are none; give the runs' own folders"
        )
    remarks = [f"only thumbnails are left of {', '.join(sorted(small))}"] if small else []
    return PrintSheet(columns, tuple(rows)), [*remarks, *lost]
