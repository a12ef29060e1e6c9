"""`--executor`: on which machines the cases of a run are worked on."""

from __future__ import annotations

import argparse
import os
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.engine.plan import Plan
    from benchmark.engine.tools import Tools
    from feed_dataset.core.jobs.executor import Executor

_PASSED_ON = ("FEED_OFFLINE", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")
_PLACES = ("FEED_CACHE", "FEED_LINK_ROOTS", "FEED_WEIGHTS")
"""Settings of the environment that workers get: the second ones name folders, which have to be shared."""


def add_executor(parser: argparse.ArgumentParser) -> None:
    """Add --executor, --ray-address and --store."""
    parser.add_argument(
        "--executor",
        choices=("local", "ray"),
        default="local",
        help="local (default): processes of this machine; ray: a Ray cluster, see docs/scale.md",
    )
    parser.add_argument(
        "--ray-address",
        metavar="A",
        help="HOST:PORT, or auto for the cluster that this machine belongs to (default: $RAY_ADDRESS, else a new one of"
        " this machine)",
    )
    parser.add_argument(
        "--store",
        metavar="URL",
        help="with ray, for machines that do not share --out: an object store as fsspec knows it, such as"
        " s3://bucket/prefix",
    )


def check_executor(arguments: argparse.Namespace) -> None:
    """Refuse options that do not go together, and ray where it is not installed. Raises FeedError."""
    from benchmark.results.errors import BenchmarkError
    from feed_dataset.core.jobs.ray_cluster import check_installed

    for option, given in (("--ray-address", arguments.ray_address), ("--store", arguments.store)):
        if arguments.executor == "local" and given is not None:
            raise BenchmarkError(f"expected --executor ray with {option} but got local")
    if arguments.executor == "ray":
        check_installed()


def executor_of(arguments: argparse.Namespace, plan: Plan) -> Executor[Tools]:
    """What the cases of a plan are worked on with; to be opened by `with`."""
    from benchmark.commands.options import workers_of
    from benchmark.engine.sharing import time_of
    from benchmark.engine.tools import start_tools
    from feed_dataset.core.jobs.process_executor import ProcessExecutor

    case_s = getattr(arguments, "timeout", None)
    limit = None if case_s is None else partial(time_of, case_s=case_s)
    if arguments.executor == "local":
        workers = workers_of(arguments, plan.compute, len(plan.cases))
        return ProcessExecutor(workers, partial(start_tools, plan.compute), limit_s=limit)
    from benchmark.engine.remote_tools import RemoteStart
    from feed_dataset.core.jobs.carrier import SharedFiles
    from feed_dataset.core.jobs.ray_executor import RayExecutor
    from feed_dataset.core.jobs.stored_files import StoredFiles

    is_stored = arguments.store is not None
    if is_stored:
        _refuse_local_code(plan)
    names = _PASSED_ON if is_stored else (*_PASSED_ON, *_PLACES)
    return RayExecutor(
        RemoteStart.like_here(plan.compute, plan.networks.present, brings_files=is_stored),
        workers=arguments.workers,
        address=arguments.ray_address,
        gpus=0.0 if plan.compute.device == "cpu" else 1.0,
        files=StoredFiles(arguments.store, plan.out) if is_stored else SharedFiles(plan.out),
        limit_s=limit,
        variables={name: os.environ[name] for name in names if name in os.environ},
    )


def _refuse_local_code(plan: Plan) -> None:
    """Methods whose code or settings are files of this machine: workers get data through a store, no code.

    Raises:
        BenchmarkError: names the method and the file.
    """
    from baselines.doors.place import is_file
    from benchmark.engine.outputs import Generated
    from benchmark.results.errors import BenchmarkError

    for method in plan.methods:
        if isinstance(method.output, Generated):
            spec = method.output.spec
            local = [spec.target] if is_file(spec.target) else []
            local += [value for value in spec.options.values() if os.path.exists(value)]
            if local:
                raise BenchmarkError(
                    f"expected {spec.name} to be installed on every machine with --store but it needs {local[0]};"
                    " install it as a package and name it package.module:Class, or let the machines share a folder"
                )
