"""`weights`: which networks are here, and how to get the others; also `feed weights`."""

from __future__ import annotations

import argparse
from typing import Any

from feed_dataset.commands import weights


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    parser = verbs.add_parser(
        "weights",
        help="list, download, verify or import network weights",
        epilog=weights.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    weights.add_commands(parser, metrics_by_network)
    parser.set_defaults(run_verb=weights.run)


def metrics_by_network() -> dict[str, list[str]]:
    """The metrics that read each network; imported when it is asked for."""
    from benchmark.engine import networks

    return networks.metrics_by_network()
