"""Bundles of small runs with stand-in networks, made once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from leaderboard.bundle.pack import pack
from leaderboard.rules.known import KnownProtocol, known_protocol
from tests.benchmark import harness
from tests.leaderboard.test_engine import NETWORKS

METHODS = ("copy-driver", "keypoint-warp", "copy-source")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


def run_of(data: Path, out: Path, task: str) -> Path:
    plan = harness.make_plan(
        data, out, protocol=harness.tiny_protocol(task), methods=METHODS, networks=NETWORKS, limit=3
    )
    harness.run_plan(plan)
    return out


@pytest.fixture(scope="session")
def cross_run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of(data, tmp_path_factory.mktemp("cross"), "cross")


@pytest.fixture(scope="session")
def self_run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of(data, tmp_path_factory.mktemp("self"), "self")


@pytest.fixture(scope="session")
def cross_bundle(cross_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(cross_run, tmp_path_factory.mktemp("bundles")).path


@pytest.fixture(scope="session")
def self_bundle(self_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(self_run, tmp_path_factory.mktemp("bundles")).path


@pytest.fixture(scope="session")
def known() -> Mapping[str, KnownProtocol]:
    """Both protocols of these runs."""
    found = [known_protocol(harness.tiny_protocol(task)) for task in ("cross", "self")]
    return {one.name: one for one in found}
