"""Which metrics read a network is derived from the metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.engine.networks import acquire, metrics_by_network
from benchmark.metrics import CARDS
from feed_dataset.core.jobs.errors import WeightsUnavailable


def test_networks_name_their_metrics_and_crowds_are_counted() -> None:
    named = metrics_by_network()
    assert named["lpips-vgg-heads"] == ["lpips[vgg]"]
    assert "fid[pytorch-fid]" in named["fid-inception"]
    assert named["face-mesh"] == [f"{sum('face-mesh' in metric.networks for metric in CARDS.values())} metrics"]
    assert set(named) == {name for metric in CARDS.values() for name in metric.networks}


@pytest.mark.parametrize(("offline", "said"), [("", ["fetching", "not available"]), ("1", ["not available"])])
def test_offline_nothing_is_said_to_be_fetched(monkeypatch: pytest.MonkeyPatch, offline: str, said: list[str]) -> None:
    def resolve(name: str, fetch: bool = True) -> Path:
        if name == "alexnet":
            raise WeightsUnavailable(name, "feed weights download alexnet", "not here")
        return Path(name)

    monkeypatch.setattr("feed_dataset.core.weights.resolve", resolve)
    monkeypatch.setattr("feed_dataset.core.weights.sha256_of", lambda name: "0" * 64)
    monkeypatch.setenv("FEED_OFFLINE", offline)
    lines: list[str] = []
    assert set(acquire(["alexnet"], fetch=True, announce=lines.append).missing) == {"alexnet"}
    assert [next(words for words in said if line.startswith(words)) for line in lines] == said
    assert lines[-1] == "not available: alexnet; what they are for, and how to get them: feed weights list"


def test_all_networks_that_are_missing_take_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(name: str, fetch: bool = True) -> Path:
        if name in ("alexnet", "arcface-r50"):
            raise WeightsUnavailable(name, f"feed weights download {name}", "a long reason")
        return Path(name)

    monkeypatch.setattr("feed_dataset.core.weights.resolve", resolve)
    monkeypatch.setattr("feed_dataset.core.weights.sha256_of", lambda name: "0" * 64)
    monkeypatch.setenv("FEED_OFFLINE", "1")
    lines: list[str] = []
    acquire(["arcface-r50", "alexnet"], fetch=True, announce=lines.append)
    assert [line.partition(";")[0] for line in lines] == ["not available: alexnet, arcface-r50"]
