"""A run that says which cases it generates, one process of several: `python -m tests.benchmark.engine.shared_run`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from baselines.doors.spec import MethodSpec
from baselines.interface.method import Method
from benchmark.engine.tools import Tools
from benchmark.features.models import ModelCache, ModelFactories
from feed_dataset.core.jobs.executor import SerialExecutor
from tests.benchmark import harness


def main(data: str, out: str, log: str, seconds_a_case: str, parties: str) -> None:
    """Wait until so many processes are here, then run the plan.

    Each generated case is one line of `log`: process, method, the case's seed.
    """

    def load(spec: MethodSpec, device: str) -> Method:
        method = harness.load_method(spec, device)
        drive = method.drive

        def logged(prepared: Any, driver: Any) -> Any:
            with Path(log).open("a", encoding="utf-8") as file:
                file.write(f"{os.getpid()} {spec.name} {driver.seed}\n")
            time.sleep(float(seconds_a_case))
            return drive(prepared, driver)

        method.drive = logged  # type: ignore[method-assign]
        return method

    models = ModelCache(ModelFactories(follower=lambda: harness.Follower, extractor=harness.extractor))
    plan = harness.make_plan(Path(data), Path(out), methods=("copy-source", "copy-driver"))
    Path(f"{log}.{os.getpid()}.ready").touch()
    while len(list(Path(log).parent.glob("*.ready"))) < int(parties):
        time.sleep(0.01)
    harness.run_plan(plan, SerialExecutor(lambda: Tools(models, load)))


if __name__ == "__main__":
    main(*sys.argv[1:])
