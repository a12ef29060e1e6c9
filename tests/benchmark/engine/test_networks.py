"""Which metrics read a network is derived from the metrics."""

from __future__ import annotations

from benchmark.engine.networks import metrics_by_network
from benchmark.metrics import CARDS


def test_networks_name_their_metrics_and_crowds_are_counted() -> None:
    named = metrics_by_network()
    assert named["lpips-vgg-heads"] == ["lpips[vgg]"]
    assert "fid[pytorch-fid]" in named["fid-inception"]
    assert named["face-mesh"] == [f"{sum('face-mesh' in metric.networks for metric in CARDS.values())} metrics"]
    assert set(named) == {name for metric in CARDS.values() for name in metric.networks}
