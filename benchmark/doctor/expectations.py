"""What must be true of every metric on the doctor's material, as the metrics declare it beside their cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.metrics.catalog import ENTRIES
from benchmark.metrics.known_answers import Expectation

EXPECTATIONS: Mapping[str, Sequence[Expectation]] = {
    metric_id: entry.expectations for metric_id, entry in ENTRIES.items()
}
"""By metric id. A metric without any fails a test."""
