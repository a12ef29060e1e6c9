"""Heads shared by the tests of this folder: building one takes about a second."""

from __future__ import annotations

import pytest

from feed_dataset.synthetic.people.subjects import SUBJECTS
from feed_dataset.synthetic.rig.head import Head, SharedTopology


@pytest.fixture(scope="session")
def topology() -> SharedTopology:
    return SharedTopology(level=0, texture_px=64)


@pytest.fixture(scope="session")
def head(topology: SharedTopology) -> Head:
    return Head(topology, SUBJECTS["S07"])  # has hair, brows and a beard
