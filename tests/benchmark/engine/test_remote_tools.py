"""A worker that would compute something else than this machine is refused, by name of what differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.engine.remote_tools import RemoteStart
from benchmark.features.types.extractor import Compute
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.weights import registry, sha256_of, store

HERE = RemoteStart.like_here(Compute(), {})


def test_a_machine_like_this_one() -> None:
    assert HERE().models.compute == Compute()
    assert {"numpy", "torch"} <= HERE.packages.keys()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (replace(HERE, packages={**HERE.packages, "numpy": "0.1"}), r"expected numpy 0\.1 on every machine"),
        (replace(HERE, packages={"gone": "1.0"}), r"expected gone 1\.0 .* has none"),
        (replace(HERE, reader="another"), "expected reader another on every machine"),
        (replace(HERE, networks={"face-mesh": "0" * 64}), r"expected the network face-mesh \(000000000000\)"),
    ],
)
def test_a_machine_that_differs(other: RemoteStart, message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        other()


def test_a_machine_without_a_network_gets_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into its cache; a file that is another network's is refused there as everywhere."""
    name = next(iter(registry.REGISTRY))
    weight = replace(registry.REGISTRY[name], sha256=None, size_bytes=None)
    monkeypatch.setitem(registry.REGISTRY, name, weight)
    monkeypatch.delenv("FEED_WEIGHTS", raising=False)
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "there"))
    file = tmp_path / weight.file_name
    file.write_bytes(b"weights")
    digest = store.sha256_file(file)
    replace(HERE, networks={name: digest}, files={name: file})()
    assert sha256_of(name) == digest
    with pytest.raises(BenchmarkError, match=f"the network {name}"):
        replace(HERE, networks={name: "1" * 64}, files={name: file})()
