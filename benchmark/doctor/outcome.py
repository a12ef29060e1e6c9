"""What the doctor found, kept per metric for as long as code, libraries and networks stay the same.

Results embed it: who reads them sees that the metrics gave their known answers on the machine that made the numbers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmark.doctor.examine import Examination, conditions_of, examine
from benchmark.doctor.expectations import EXPECTATIONS
from benchmark.engine.code import MEASURING, code_sha256
from benchmark.engine.networks import NetworkStatus
from benchmark.engine.tools import Tools
from benchmark.features.types.extractor import Compute
from benchmark.metrics import MetricCard
from benchmark.results.schema import DoctorRecord, write_text_atomic
from feed_dataset.core.jobs.array_store import key_of
from feed_dataset.core.jobs.executor import Executor

_MAX_TEXT = 300


def records(examination: Examination) -> list[DoctorRecord]:
    """The verdicts as results hold them."""
    return [
        DoctorRecord(
            check=verdict.condition,
            metric=verdict.metric,
            expected=verdict.expected,
            got=verdict.got.value if verdict.got.value is not None else str(verdict.got)[:_MAX_TEXT],
            passed=verdict.passed,
        )
        for verdict in examination.verdicts
    ]


def ensure(
    metrics: Sequence[MetricCard],
    networks: NetworkStatus,
    executor: Executor[Tools],
    compute: Compute,
    *,
    done: Callable[[str], None] = lambda condition: None,
) -> list[DoctorRecord]:
    """The doctor's outcome for these metrics; those that are not remembered are examined now."""
    kept = _load(compute)
    open_metrics = [m for m in metrics if networks.missing_for(m) is None and not _is_current(kept, m, networks)]
    if open_metrics:
        found = examine(open_metrics, networks, executor, compute=compute, done=done)
        remember(found, open_metrics, networks, compute)
    return recall(metrics, networks, compute) or []


def pending(metrics: Sequence[MetricCard], networks: NetworkStatus, compute: Compute) -> list[str]:
    """The conditions that `ensure` would have to go through."""
    kept = _load(compute)
    open_metrics = [m for m in metrics if networks.missing_for(m) is None and not _is_current(kept, m, networks)]
    return conditions_of(open_metrics, EXPECTATIONS)


def recall(metrics: Iterable[MetricCard], networks: NetworkStatus, compute: Compute) -> list[DoctorRecord] | None:
    """What is remembered of these metrics with exactly this code and these networks; None when nothing is."""
    kept = _load(compute)
    found = [
        DoctorRecord.model_validate(record)
        for metric in metrics
        if _is_current(kept, metric, networks)
        for record in kept[metric.id]["checks"]
    ]
    return found or None


def remember(
    examination: Examination, metrics: Iterable[MetricCard], networks: NetworkStatus, compute: Compute
) -> None:
    """Keep the outcome of metrics that were examined, beside that of others."""
    kept = _load(compute)
    checks = records(examination)
    for metric in metrics:
        own = [record.model_dump(mode="json") for record in checks if record.metric == metric.id]
        if own:
            kept[metric.id] = {"networks": _hashes(metric, networks), "checks": own}
    write_text_atomic(_path(compute), json.dumps(kept, indent=1, sort_keys=True) + "\n")


def _is_current(kept: dict[str, Any], metric: MetricCard, networks: NetworkStatus) -> bool:
    return metric.id in kept and kept[metric.id]["networks"] == _hashes(metric, networks)


def _hashes(metric: MetricCard, networks: NetworkStatus) -> dict[str, str | None]:
    return {name: networks.present.get(name) for name in metric.networks}


def _load(compute: Compute) -> dict[str, Any]:
    try:
        loaded = json.loads(_path(compute).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # a cache entry: what is absent or damaged is made again
    return loaded if isinstance(loaded, dict) else {}


def _path(compute: Compute) -> Path:
    root = Path(os.environ.get("FEED_CACHE") or Path.home() / ".cache" / "feed")
    return root / "doctor" / f"{_key(compute)[:32]}.json"


def _key(compute: Compute) -> str:
    from benchmark.engine.environment import describe_environment

    environment = describe_environment()
    return key_of(code_sha256(MEASURING), environment.python, environment.packages, compute.device, compute.precision)
