"""Options that several verbs share, and what they mean."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.features.types.extractor import Compute
    from benchmark.metrics import Metric


def add_compute(parser: argparse.ArgumentParser) -> None:
    """Add --device and --precision."""
    parser.add_argument("--device", default="cpu", metavar="D", help="cpu (default), cuda or cuda:N")
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="of networks; float32 on the CPU is the reference (default: float32)",
    )


def compute_of(arguments: argparse.Namespace) -> Compute:
    """What was asked for. Raises BenchmarkError for a device that is not here."""
    from benchmark.features.types.extractor import Compute
    from benchmark.results.errors import BenchmarkError

    name = str(arguments.device)
    if name != "cpu":
        import torch

        kind, _, index = name.partition(":")
        if kind != "cuda" or (index and not index.isdigit()):
            raise BenchmarkError(f"expected a device among cpu, cuda, cuda:N but got {name!r}")
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(index or 0) >= count:
            raise BenchmarkError(
                f"expected a device that is here but got {name!r}; this machine has {count} CUDA devices"
            )
    return Compute(name, arguments.precision)


def metrics_of(text: str | None) -> list[Metric]:
    """Metrics by ids separated by commas; None is all of them. Raises BenchmarkError naming the nearest id."""
    from benchmark.metrics import METRICS
    from benchmark.results.errors import BenchmarkError

    if text is None:
        return list(METRICS.values())
    ids = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not ids:
        raise BenchmarkError(
            "expected ids of metrics separated by commas but got none; see: python -m benchmark list metrics"
        )
    for metric_id in ids:
        if metric_id not in METRICS:
            raise BenchmarkError(_unknown(metric_id, METRICS))
    return [METRICS[metric_id] for metric_id in ids]


def _unknown(metric_id: str, known: Iterable[str]) -> str:
    """What a mistyped id may have meant: the modes of its name, else what is spelled like it."""
    from feed_dataset.core.jobs.suggestions import nearest

    name = metric_id.partition("[")[0]
    modes = [one for one in known if one.partition("[")[0] == name]
    close = nearest(metric_id, known)
    hint = f"one of {', '.join(modes)}" if modes else f"did you mean {close!r}?" if close else ""
    return f"expected a metric but got {metric_id!r}; {hint or 'see: python -m benchmark list metrics'}"


def positive(text: str) -> int:
    """An argparse type: a whole number of at least 1."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number but got {text!r}") from None
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a number of at least 1 but got {text}")
    return value
