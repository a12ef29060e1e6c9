"""Two runs of one protocol, made once for all tests of this folder."""

from __future__ import annotations

import pytest

from benchmark.runs.opened import Run
from tests.benchmark.runs import material


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """`a` has copy-source and keypoint-warp, `b` has copy-source and copy-driver."""
    return material.two_runs(tmp_path_factory.mktemp("runs"))
