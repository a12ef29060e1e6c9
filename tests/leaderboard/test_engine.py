"""Whatever the engine writes is accepted: cases that fail, networks that are missing, methods added later."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmark.engine.networks import NetworkStatus
from benchmark.metrics.lacking import no_network
from benchmark.results.schema import Results
from feed_dataset.core.media.video import write_video
from feed_dataset.core.weights import registry
from leaderboard.rules.known import known_protocol
from leaderboard.validate import find_problems
from tests.benchmark import harness

NETWORKS = NetworkStatus(
    present={name: registry.get(name).sha256 or "a" * 64 for name in harness.PRESENT},
    missing={name: no_network(name, registry.get(name).command) for name in harness.NETWORKS.missing},
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people; of one nothing can be seen."""
    root = harness.write_data(tmp_path_factory.mktemp("data"))
    write_video(root / "ID_2" / "rotations_C.mp4", np.zeros((9, 96, 96, 3), np.uint8), Fraction(25))
    return root


def run(data: Path, out: Path, task: str, methods: tuple[str, ...]) -> Results:
    plan = harness.make_plan(
        data, out, protocol=harness.tiny_protocol(task), methods=methods, networks=NETWORKS, limit=3
    )
    return harness.run_plan(plan).results


@pytest.mark.parametrize("task", ["cross", "self"])
def test_results_of_the_engine_are_accepted(task: str, data: Path, tmp_path: Path) -> None:
    run(data, tmp_path, task, ("copy-driver", "keypoint-warp"))
    results = run(data, tmp_path, task, ("copy-source",))  # added to the file
    assert len(results.methods) == 3 + (task == "self")
    assert results.failures and any(row.value is not None for row in results.rows)
    known = known_protocol(harness.tiny_protocol(task))
    assert list(find_problems(results, {known.name: known})) == []
