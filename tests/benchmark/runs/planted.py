"""Pairs of runs that differ in one input: real runs where it can be changed, else files with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from baselines.registry import resolve
from benchmark.engine.plan_protocol import plan_protocol
from benchmark.engine.tools import Tools
from benchmark.features.models import ModelCache, ModelFactories
from benchmark.features.types.extractor import Compute, PerFrame
from benchmark.metrics import cards_of
from benchmark.results.schema import Results
from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.jobs.executor import SerialExecutor
from tests.benchmark import harness
from tests.benchmark.runs import material

METHOD = '''"""A method whose frames depend on its weights, its code and the seed."""

import hashlib
from pathlib import Path

import numpy as np

from baselines import Capabilities, Generated, Method

WEIGHTS = Path(__file__).with_name("weights.txt")
BRIGHTER = 0


class Mine(Method):
    name = "mine"
    capabilities = Capabilities(drives={"image"}, licence="MIT", seeded=True)

    @property
    def weights_sha256(self):
        return hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()

    def prepare(self, source):
        return source

    def drive(self, prepared, driver):
        shade = int(WEIGHTS.read_text()) + BRIGHTER + SEEDED * (driver.seed % 50)
        return Generated(np.clip(driver.frames.astype(int) + shade, 0, 255).astype(np.uint8))
'''
METRICS = ("csim[dlib]", "fd[dlib]", "expression_transfer[mesh468]")


@dataclass(frozen=True)
class Setup:
    """What a run is made with.

    Args:
        protocol: changes to the protocol.
        weights, brighter: of the method; `brighter` is in its code.
        seeded: whether its frames depend on the seed; the same code in all runs that are compared.
        embedding: what the identity network adds: another network gives other numbers.
    """

    brighter_data: int = 0
    protocol: Mapping[str, Any] | None = None
    limit: int | None = None
    weights: str = "5"
    brighter: int = 0
    seeded: bool = False
    network: str = "c" * 64
    embedding: float = 0.0
    compute: Compute = Compute()


def run(root: Path, setup: Setup = Setup()) -> Results:
    """A real run of a method of one's own and of copy-driver, in a folder of its own."""
    data = material.write_people(root / "data", brighter=setup.brighter_data)
    code = METHOD.replace("BRIGHTER = 0", f"BRIGHTER = {setup.brighter}").replace("SEEDED", str(int(setup.seeded)))
    (root / "method.py").write_text(code)
    (root / "weights.txt").write_text(setup.weights)
    drivers = material.protocol().drivers.model_copy(update={"cases": 4})
    protocol = material.protocol(drivers=drivers, metrics=METRICS, **setup.protocol or {})
    networks = replace(harness.NETWORKS, present={**harness.PRESENT, "dlib-face-resnet": setup.network})
    specs = [resolve(f"{root / 'method.py'}:Mine"), resolve("copy-driver")]
    plan = plan_protocol(
        protocol,
        open_catalog(data),
        specs,
        cards_of(protocol.metrics),
        lambda: networks,
        root / "out",
        limit=setup.limit,
        compute=setup.compute,
    )
    return harness.run_plan(plan, SerialExecutor(lambda: _tools(setup))).results


def _tools(setup: Setup) -> Tools:
    def embed(frames: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
        coarse = 0.1 if setup.compute.precision == "bfloat16" else 0.0
        added = (setup.embedding + coarse) * np.sin(np.arange(128, dtype=np.float32))
        return (harness.embed(frames, landmarks_px) + added).astype(np.float32)

    def extractor(extractor_id: str, compute: Compute) -> Any:
        return (lambda info: PerFrame(embed)) if extractor_id == "dlib" else harness.extractor(extractor_id, compute)

    factories = ModelFactories(follower=lambda: harness.Follower, extractor=extractor)
    return Tools(ModelCache(factories, setup.compute), harness.load_method)


def edited(results: Results, change: Callable[[dict[str, Any]], None], *, values: bool = True) -> Results:
    """A file with one input changed, and what it would have changed: identity by a network, of equal frames."""
    content = results.model_dump(mode="json")
    change(content)
    if values:
        for row in (*content["rows"], *content["aggregates"]):
            if row["metric"] == "csim[dlib]" and row["value"] is not None:
                row["value"] -= 0.01
    return Results.model_validate(content)
