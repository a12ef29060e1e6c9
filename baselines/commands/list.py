"""`list`: the methods that can be named, and what drives them."""

from __future__ import annotations

import argparse
from typing import Any

_EXAMPLES = """\
examples:
  python -m baselines list
  python -m baselines show emoportraits      everything that is known of one
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "list",
        help="methods that can be named",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(action=_run)


def _run(arguments: argparse.Namespace) -> int:
    from rich import box
    from rich.table import Table

    from baselines.registry import entry, names, official_names, outside_names
    from feed_dataset.core.console.tables import table_console
    from feed_dataset.core.jobs.errors import FeedError

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("method", no_wrap=True)
    table.add_column("driven by")
    table.add_column("licence")
    table.add_column("what it is", overflow="fold")
    kinds = {
        **{name: entry(name).summary for name in names()},
        **{name: f"{_title(name)}; official code" for name in official_names()},
        **{name: "of an installed package" for name in outside_names()},
    }
    for name, what in kinds.items():
        try:
            card = _card(name)
        except FeedError:
            table.add_row(name, "", "", f"{what}; not ready here: feed baselines doctor {name}")
            continue
        licence = card.licence if card.weights_licence is None else f"{card.licence}; weights {card.weights_licence}"
        table.add_row(name, ", ".join(sorted(card.drives)) or "nothing", licence, what)
    table.caption_justify = "left"
    table.caption = "official code: run in your own checkout of it; feed baselines show NAME says where to get it"
    table_console().print(table)
    return 0


def _title(name: str) -> str:
    from baselines.official.loading import split_name

    found, variant = split_name(name)
    return f"{found.title}, {variant}"


def _card(name: str) -> Any:
    from baselines.registry import resolve

    return resolve(name).card()
