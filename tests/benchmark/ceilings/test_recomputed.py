"""The shipped ceilings are what this code makes: two of their rows of one case, with the real networks.

`python -m scripts.update_ceilings --check` compares all of them.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from benchmark.ceilings.outputs import reencoded
from benchmark.ceilings.plan import with_ceilings
from benchmark.ceilings.shipped import CeilingsFile, fitted, shipped_path
from benchmark.engine.evaluation import plan_evaluation
from benchmark.engine.tools import start_tools
from benchmark.features.types.extractor import Compute
from benchmark.protocols import protocol as protocols
from benchmark.results.reserved import CEILINGS, DELAYED, EXACT_RENDER
from benchmark.results.schema import Results
from feed_dataset.core.jobs.executor import SerialExecutor
from scripts.update_ceilings import disagreements
from tests.benchmark import harness
from tests.benchmark.commands.test_cli import needs_networks

CROSS = "feed-mini-cross"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The delayed driver in the first case; exact renders take long to draw."""
    needs_networks()
    planned = plan_evaluation(
        (),
        CROSS,
        data=None,
        limit=1,
        out=tmp_path_factory.mktemp("out"),
        overwrite="missing",
        compute=Compute(),
        command="test",
        fetch=False,
    )
    plan = with_ceilings(planned)
    plan = replace(plan, methods=tuple(method for method in plan.methods if method.name == DELAYED))
    return harness.run_plan(plan, SerialExecutor(lambda: start_tools(Compute()))).results


def test_what_is_shipped_is_what_is_made(made: Results) -> None:
    shipped = CeilingsFile.load(shipped_path(CROSS))
    found = fitted(shipped, made)
    assert found.refused == "" and found.left_out == {}, "definitions or networks changed: scripts.update_ceilings"
    case_id = made.protocol.case_ids[0]
    here = {one.metric for one in made.aggregates if one.not_computed is None}
    kept = [
        row for row in shipped.results.rows if row.method == DELAYED and row.case_id == case_id and row.metric in here
    ]
    assert disagreements(made, shipped.results.model_copy(update={"rows": kept})) == []
    assert sum(row.value is not None for row in kept) > 2


@pytest.mark.parametrize("name", [name for name in protocols.names() if protocols.load(name).root is not None])
def test_every_protocol_on_rendered_people_has_them(name: str) -> None:
    results = CeilingsFile.load(shipped_path(name)).results
    wanted = set(CEILINGS) if protocols.load(name).task == "cross" else set(CEILINGS) - {EXACT_RENDER}
    assert {method.name for method in results.methods} == wanted
    assert results.protocol.version == protocols.load(name).version and results.protocol.limit is None


def test_a_second_encoding_loses_something_and_keeps_the_picture() -> None:
    frames = np.stack([harness.picture(60 + 6 * t) for t in range(6)])
    again = reencoded(frames, Fraction(25))
    assert again.shape == frames.shape and not np.array_equal(again, frames)
    assert np.abs(again.astype(int) - frames).mean() < 6
