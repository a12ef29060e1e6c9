"""`stage`: the inputs of a protocol's cases as files, for methods that run elsewhere."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from benchmark.commands import options

_EXAMPLES = """\
examples:
  feed benchmark stage feed-mini-cross --out staged
  feed benchmark run --protocol feed-mini-cross --method frames:made/

staged/cases.csv names each case's id, source image, driver video, audio, frame count and rate; the driver's frames lie
beside its video as images. Make one video (ID.mp4) or folder of images (ID/0001.png ...) per case, of the driver's size
and number of frames, then score them with the second command.
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    parser = verbs.add_parser(
        "stage",
        help="write a protocol's inputs as files",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("protocol", metavar="PROTOCOL", help="a name, or a YAML file of your own")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    options.add_data(parser)
    options.add_workers(parser)
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Crop and write every input."""
    from rich.console import Console

    from benchmark.engine.batch import check_staged, stage
    from benchmark.engine.networks import acquire
    from benchmark.engine.plan_protocol import plan_protocol
    from benchmark.engine.source_pairs import write_source_pairs
    from benchmark.engine.tools import start_tools
    from benchmark.features.types.extractor import Compute
    from benchmark.protocols import protocol as protocols
    from benchmark.protocols.data import directories, open_data
    from feed_dataset.core.jobs.process_executor import ProcessExecutor
    from feed_dataset.core.jobs.progress import Progress

    options.check_places(arguments.out)
    errors = Console(stderr=True)
    given = directories(arguments.data)
    protocol = protocols.choose(arguments.protocol, has_data_dir=bool(given))
    out = arguments.out.resolve()
    networks = partial(acquire, (), fetch=True, announce=lambda line: errors.print(line, markup=False, highlight=False))
    plan = plan_protocol(
        protocol,
        open_data(protocol, given),
        (),
        (),
        networks,
        out / "crops",
        limit=arguments.limit,
        check=lambda plan: check_staged(plan, out),
    )
    workers = options.workers_of(arguments, plan.compute, len(plan.cases))
    with ProcessExecutor(workers, partial(start_tools, Compute())) as executor, Progress(errors) as progress:
        batch, failures = stage(plan, out, executor, progress)
    for case_id, reason in failures:
        print(f"failed: {case_id}: {reason}")
    print(f"{batch.index}: {len(batch.cases)} cases of {protocol.name} v{protocol.version}")
    if batch.cases and all(case.frame_count == 1 for case in batch.cases):
        print(f"{write_source_pairs(batch, plan.cases)}: outputs beside their sources, for score --pairs")
    return 0 if batch.cases else 1
