"""The engine from Python: `evaluate` does what `feed benchmark run` does, and gives the results back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchmark.engine.plan import Plan
from benchmark.features.types.extractor import Compute
from benchmark.protocols.protocol import Protocol
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import Results

if TYPE_CHECKING:
    from baselines.doors.spec import MethodSpec
    from baselines.interface.method import Method
    from benchmark.engine.outputs import Overwrite
    from benchmark.engine.tools import Tools
    from feed_dataset.core.jobs.executor import Executor


Data = Path | str | Mapping[str, Path | str]
"""A directory with FEED videos, or by corpus its directory."""


def evaluate(
    method: str | Method | Sequence[str | Method],
    protocol: str | Protocol = "feed-mini-cross",
    *,
    data: Data | None = None,
    limit: int | None = None,
    device: str = "cpu",
    executor: Executor[Tools] | Literal["processes", "serial"] | None = None,
    out: Path | str | None = None,
) -> Results:
    """Generate and score methods on a protocol, exactly those that are named.

    `feed benchmark run` shows a method of its own beside the bounds copy-source, copy-driver and keypoint-warp, because
    a number alone says little; here they are methods to name like any other. Ceilings stand in reports, not in results.

    Args:
        method: one or several: a registered name, "package.module:Class", "file.py:Class", "frames:DIR", or an object
            that is a `baselines.Method`. An object is used in this process and its frames are always made again.
        protocol: name of a shipped protocol, the path of a YAML file of your own, or a Protocol.
        data: directory with FEED videos, for protocols that read them; None reads the rendered feed-mini. A mapping for
            protocols on other corpora: {"ffhq": DIR, "mead": DIR}.
        limit: only the first so many cases.
        device: "cpu", "cuda" or "cuda:1", for the method and for the networks of the metrics.
        executor: "processes" (one per core, one on a GPU), "serial" for this process, or an executor that is open;
            None chooses "processes" unless a method is an object. Numbers do not depend on it.
        out: folder for predictions, features and results.json, where a later call finds what it needs and adds its
            methods; None keeps nothing.

    Returns:
        The results: rows for each method, case and metric, aggregates with intervals, every failure with its reason.

    Raises:
        FeedError: no such method, protocol or data; results in `out` that would be lost; a method that cannot do what
            the protocol asks; a network without which nothing can be done. A case that fails raises nothing: it is
            counted in the results.

    Example:
        >>> results = evaluate("copy-source", "feed-mini-cross", limit=1, executor="serial")
        >>> results.aggregate("copy-source", "csim[dlib]").cases_scored
        1
    """
    from rich.console import Console

    from baselines.registry import check_distinct, resolve, resolve_object
    from benchmark.engine.earlier import find_earlier
    from benchmark.engine.run import execute
    from feed_dataset.core.jobs.progress import Progress

    given = [method] if not isinstance(method, Sequence) or isinstance(method, str) else list(method)
    specs = [resolve(one) if isinstance(one, str) else resolve_object(one) for one in given]
    check_distinct(specs)
    objects = {spec.name: one for spec, one in zip(specs, given, strict=True) if not isinstance(one, str)}
    if len(objects) < sum(not isinstance(one, str) for one in given):
        raise BenchmarkError("expected methods of different names but two objects have one; set `name` of each")
    if objects and executor not in (None, "serial"):
        raise BenchmarkError(f"expected executor='serial' with the object {next(iter(objects))} but got {executor!r}")
    compute = Compute(device)
    with tempfile.TemporaryDirectory(prefix="feed-evaluate-") as temporary:
        plan = plan_evaluation(
            specs,
            protocol,
            data=data,
            limit=limit,
            out=Path(temporary) if out is None else Path(out),
            overwrite="always" if objects else "missing",
            compute=compute,
            command="benchmark.evaluate",
            objects=objects,
            check=find_earlier,
        )
        with _executor(executor, objects, compute, len(plan.cases)) as workers:
            return execute(plan, workers, Progress(Console(stderr=True), quiet=True)).results


def plan_evaluation(
    specs: Sequence[MethodSpec],
    protocol: str | Protocol | None,
    *,
    data: Data | Sequence[str] | None,
    limit: int | None,
    out: Path | None,
    overwrite: Overwrite,
    compute: Compute,
    command: str,
    fetch: bool = True,
    announce: Callable[[str], None] = lambda line: None,
    objects: dict[str, Method] | None = None,
    replaces: bool = False,
    companions: Collection[str] = (),
    check: Callable[[Plan], object] = lambda plan: None,
) -> Plan:
    """Everything that can be wrong is found here, before any work is done.

    Args:
        data: as `evaluate`, or texts "DIR" and "CORPUS=DIR".
        out: None takes runs/PROTOCOL.
        fetch: networks that are missing are fetched.
        objects: methods that are here already, by name.
        replaces: results in `out` that the run would lose may be replaced.
        companions: names of methods that are there for comparison alone; one that the protocol refuses is left out.
        check: refuses a plan by what it raises, before any network is looked for.

    Raises:
        FeedError: as `evaluate`.
    """
    from benchmark.engine.networks import acquire
    from benchmark.engine.plan_protocol import plan_protocol
    from benchmark.metrics import cards_of
    from benchmark.protocols.data import open_data
    from benchmark.protocols.protocol import choose

    given = _directories(data)
    chosen = protocol if isinstance(protocol, Protocol) else choose(protocol, has_data_dir=bool(given))
    found = open_data(chosen, given)
    for path, problem in found.problems:
        announce(f"{path.name}: {problem}")
    metrics = cards_of(chosen.metrics)
    read = {name for metric in metrics for name in metric.networks}
    return plan_protocol(
        chosen,
        found,
        specs,
        metrics,
        partial(acquire, read, fetch=fetch, announce=announce),
        (out or Path("runs") / chosen.name).resolve(),
        limit=limit,
        overwrite=overwrite,
        command=command,
        compute=compute,
        announce=announce,
        objects=objects or {},
        replaces=replaces,
        companions=companions,
        check=check,
    )


def _directories(data: Data | Sequence[str] | None) -> dict[str, Path]:
    """By corpus its directory."""
    from benchmark.protocols.data import directories

    if data is None:
        return {}
    if isinstance(data, Mapping):
        return directories([f"{name}={place}" for name, place in data.items()])
    return directories([data] if isinstance(data, Path | str) else data)


def _executor(
    executor: Executor[Tools] | str | None, objects: dict[str, Method], compute: Compute, tasks: int
) -> Executor[Tools]:
    from benchmark.engine.tools import Tools, start_tools
    from benchmark.features.models import ModelCache
    from feed_dataset.core.jobs.executor import SerialExecutor, default_workers
    from feed_dataset.core.jobs.process_executor import ProcessExecutor

    if objects or executor == "serial":
        return SerialExecutor(lambda: Tools(ModelCache(compute=compute), objects=objects))
    if executor in (None, "processes"):
        return ProcessExecutor(max(1, min(default_workers(compute.device), tasks)), partial(start_tools, compute))
    if isinstance(executor, str):
        raise BenchmarkError(f"expected an executor among processes, serial but got {executor!r}")
    assert executor is not None
    return executor
