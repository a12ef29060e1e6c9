"""Names in a protocol that only the catalogues of metrics and photographs know."""

from __future__ import annotations

from benchmark.metrics import CARDS, cards_of
from benchmark.protocols.photos import photo
from benchmark.protocols.protocol import Protocol
from benchmark.results.errors import BenchmarkError


def check_names(protocol: Protocol) -> None:
    """Look up every metric and photograph.

    Raises:
        BenchmarkError: no such metric or photograph; or a metric of references where there are none.
    """
    cards_of(protocol.metrics)
    for name in protocol.sources.photos:
        photo(name)
    lacking = [one for one in protocol.metrics if "reference" in CARDS[one].needs and not protocol.has_references]
    if lacking:
        raise BenchmarkError(
            f"expected metrics that need no reference with task {protocol.task} but got {', '.join(lacking)}"
        )
