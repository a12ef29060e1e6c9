"""Options that several verbs share, and what they mean."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.features.types.extractor import Compute
    from benchmark.metrics import MetricCard


def add_compute(parser: argparse.ArgumentParser) -> None:
    """Add --device and --precision."""
    parser.add_argument("--device", default="cpu", metavar="D", help="cpu (default), cuda or cuda:N")
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="of networks; float32 on the CPU is the reference (default: float32)",
    )


def not_negative(text: str) -> float:
    """A finite number of at least 0, as the type of an option."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number but got {text!r}") from None
    if not (value >= 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"expected a number of at least 0 but got {text}")
    return value


def check_places(out: Path) -> None:
    """Refuse, before any work, an output folder that cannot be written and a cache that cannot be made.

    Args:
        out: what `--out` names, or its default.

    Raises:
        PlaceError: names the folder and the option.
    """
    from feed_dataset.core.jobs.writable import usable_cache, writable_folder

    writable_folder(out, "--out")
    usable_cache()


def check_apart(out: Path, inputs: Mapping[str, Path | None]) -> None:
    """Refuse an output folder inside a folder that is read: the next run would take its own files for inputs.

    Args:
        inputs: folders by the option that names them; None where it was left out.

    Raises:
        PlaceError: names both.
    """
    from feed_dataset.core.jobs.writable import PlaceError

    place = out.expanduser().resolve()
    for option, folder in inputs.items():
        if folder is not None and folder.is_dir() and place.is_relative_to(folder.expanduser().resolve()):
            raise PlaceError(f"expected --out outside of {option} {folder} but got {out}; name another folder")


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add --data and --limit."""
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="[CORPUS=]DIR",
        help="directory with FEED videos (default: feed-mini); for protocols on other corpora once for each, such as"
        " --data ffhq=DIR --data mead=DIR",
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N cases")


def add_protocol(parser: argparse.ArgumentParser) -> None:
    """Add --protocol, --data and --limit."""
    parser.add_argument(
        "--protocol",
        metavar="P",
        help="a name, or a YAML file of your own (default: feed-mini-cross, or feed-cross with --data)",
    )
    add_data(parser)


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add --workers, which is also called --jobs."""
    parser.add_argument(
        "--workers",
        "--jobs",
        type=positive,
        metavar="N",
        help="processes (default: one per core, at most 8; one on a GPU)",
    )


def workers_of(arguments: argparse.Namespace, compute: Compute, tasks: int) -> int:
    """How many processes to start for so many tasks."""
    from feed_dataset.core.jobs.executor import default_workers

    wanted: int = arguments.workers or default_workers(compute.device)
    return max(1, min(wanted, tasks))


def compute_of(arguments: argparse.Namespace) -> Compute:
    """What was asked for.

    Raises:
        BenchmarkError: a device that is not here, or, where workers are elsewhere, one with a number: each has its own.
    """
    from benchmark.features.types.extractor import Compute
    from benchmark.results.errors import BenchmarkError

    name = str(arguments.device)
    if name != "cpu":
        kind, _, index = name.partition(":")
        if kind != "cuda" or (index and not index.isdigit()):
            raise BenchmarkError(f"expected a device among cpu, cuda, cuda:N but got {name!r}")
        if getattr(arguments, "executor", "local") == "ray":  # the workers look when they start
            if index:
                raise BenchmarkError(f"expected --device cuda with --executor ray but got {name!r}: Ray numbers GPUs")
            return Compute(name, arguments.precision)
        import torch

        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(index or 0) >= count:
            raise BenchmarkError(
                f"expected a device that is here but got {name!r}; this machine has {count} CUDA devices"
            )
    return Compute(name, arguments.precision)


def metrics_of(text: str | None) -> list[MetricCard]:
    """Metrics by ids separated by commas; None is all of them. Raises BenchmarkError naming the nearest id."""
    from benchmark.metrics import CARDS, cards_of

    if text is None:
        return list(CARDS.values())
    return cards_of(listed("metric", text))


def listed(kind: str, text: str) -> list[str]:
    """Names separated by commas, each once, in their order. Raises BenchmarkError where there is none.

    Example:
        >>> listed("metric", "psnr, ssim,psnr")
        ['psnr', 'ssim']
    """
    from benchmark.results.errors import BenchmarkError

    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise BenchmarkError(f"expected {kind}s separated by commas but got none in {text!r}")
    return names


def positive(text: str) -> int:
    """An argparse type: a whole number of at least 1."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number but got {text!r}") from None
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a number of at least 1 but got {text}")
    return value
