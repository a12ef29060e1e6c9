"""The doctor's outcome in the results of other verbs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.engine.networks import NetworkStatus
    from benchmark.features.types.extractor import Compute
    from benchmark.metrics import MetricCard
    from benchmark.results.schema import DoctorRecord


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Add --doctor."""
    parser.add_argument(
        "--doctor", action="store_true", help="first check the metrics against known answers, unless that is remembered"
    )


def known_answers(
    metrics: Sequence[MetricCard], networks: NetworkStatus, compute: Compute, *, asked: bool
) -> list[DoctorRecord] | None:
    """What is known of the metrics: remembered, or examined now when that is asked for. None when nothing is."""
    from benchmark.doctor.outcome import ensure, pending, recall
    from benchmark.engine.tools import start_tools
    from feed_dataset.core.jobs.executor import default_workers
    from feed_dataset.core.jobs.process_executor import ProcessExecutor
    from feed_dataset.core.jobs.progress import ProgressBar

    if not asked:
        return recall(metrics, networks, compute)
    with (
        ProcessExecutor(default_workers(compute.device), partial(start_tools, compute)) as executor,
        ProgressBar(len(pending(metrics, networks, compute)), "doctor") as bar,
    ):
        return ensure(metrics, networks, executor, compute, done=bar.advance)
