"""`list`: what there is to choose from."""

from __future__ import annotations

import argparse
from typing import Any

_KINDS = ("methods", "metrics", "protocols", "weights")
_EXAMPLES = """\
examples:
  python -m benchmark list methods
  python -m benchmark list metrics
  python -m benchmark list metrics csim[dlib]     the metric's card: formula, networks, pitfalls, cost
"""


def add_parser(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "list",
        help="show methods, metrics, protocols or weights",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=_KINDS)
    parser.add_argument("id", nargs="?", metavar="ID", help="with metrics: print the card of this one")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one kind, or one card."""
    from benchmark.results.errors import BenchmarkError
    from feed_dataset.core.console.tables import table_console

    if arguments.id is not None:
        if arguments.kind != "metrics":
            raise BenchmarkError(
                f"expected metrics before {arguments.id!r} but got {arguments.kind}: only they have cards"
            )
        _card(table_console(), arguments.id)
        return 0
    printer = {"methods": _methods, "metrics": _metrics, "protocols": _protocols, "weights": _weights}
    printer[arguments.kind](table_console())
    return 0


def _methods(console: Any) -> None:
    import baselines

    table = _table("method", "what it is")
    for name in baselines.names():
        table.add_row(name, baselines.entry(name).summary)
    console.print(table)


def _metrics(console: Any) -> None:
    from rich.text import Text

    from benchmark.engine.networks import acquire
    from benchmark.metrics import CARDS
    from benchmark.report.table import ARROWS

    networks = acquire({n for m in CARDS.values() for n in m.networks}, fetch=False, announce=lambda name: None)
    table = _table("metric", "", "unit", "what it is", "networks")
    for metric in CARDS.values():
        parts = [f"{name}{'' if name in networks.present else ' (not here yet)'}" for name in metric.networks]
        table.add_row(
            Text(metric.id),
            ARROWS[metric.higher_is_better],
            metric.unit,
            Text(metric.summary),
            ", ".join(parts),
        )
    console.print(table)


def _card(console: Any, metric_id: str) -> None:
    from rich.text import Text

    from benchmark.report.cards import facts, full_card, lists

    one = full_card(metric_id)
    console.print(Text(f"{one.metric.id}  {one.metric.title}", style="bold"))
    console.print(Text(one.metric.summary))
    for label, text in facts(one):
        console.print(Text(f"\n{label}", style="bold"))
        console.print(Text(text))
    for label, items in lists(one):
        console.print(Text(f"\n{label}", style="bold"))
        for item in items:
            console.print(Text(f"- {item}"))


def _protocols(console: Any) -> None:
    from benchmark.protocols import protocol

    table = _table("protocol", "version", "what it is", "cases", "frames", "metrics")
    for name in protocol.names():
        one = protocol.load(name)
        table.add_row(
            name, one.version, one.summary, str(one.cases_at_most), str(one.frames_per_case), str(len(one.metrics))
        )
    console.print(table)


def _weights(console: Any) -> None:
    from rich.text import Text

    from benchmark.engine.networks import metrics_by_network
    from feed_dataset.core.weights import status

    metrics = metrics_by_network()
    table = _table("network", "state", "what it is", "licence", "metrics")
    for row in status():
        state = "here" if row.present else f"missing; {row.command}"
        table.add_row(row.name, state, row.purpose, row.licence, Text(", ".join(metrics.get(row.name, ()))))
    console.print(table)


def _table(*columns: str) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0, overflow="fold")
    return table
