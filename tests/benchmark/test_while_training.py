"""A validation that the benchmark gives to trainings."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
import torch

from baselines.interface.method import Method
from benchmark import while_training
from benchmark.results.errors import BenchmarkError
from benchmark.while_training import PEOPLE, PROTOCOL, cross_reenactment
from feed_dataset.catalog.catalog import open_catalog
from model.networks.config import ModelConfig
from model.networks.emoportraits import EMOPortraits
from tests.model.conftest import tiny_config

assert tiny_config  # a fixture


@pytest.fixture
def model(tiny_config: ModelConfig) -> EMOPortraits:
    torch.manual_seed(0)
    return EMOPortraits(tiny_config).eval()


def test_a_model_in_training_is_scored_without_a_network(model: EMOPortraits, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PROTOCOL.drivers is not None
    few = PROTOCOL.drivers.model_copy(update={"cases": 2})
    monkeypatch.setattr(while_training, "PROTOCOL", PROTOCOL.model_copy(update={"drivers": few, "metrics": ("auc_z",)}))
    values = cross_reenactment(model, 5)
    assert values.keys() == {"auc_z"} and 0.5 <= values["auc_z"] <= 1


def test_what_cannot_be_computed_is_said(
    model: EMOPortraits, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def results(method: Method, protocol: object, **more: object) -> SimpleNamespace:
        needs = SimpleNamespace(needs="the network dlib-resnet")
        scored = SimpleNamespace(metric="psnr", value=30.0, not_computed=None)
        lacking = SimpleNamespace(metric="csim[dlib]", value=None, not_computed=needs)
        undefined = SimpleNamespace(metric="wink_f1", value=None, not_computed=None)
        return SimpleNamespace(aggregates=aggregates or [scored, lacking, undefined], failures=failures)

    aggregates: list[SimpleNamespace] = []
    failures: list[SimpleNamespace] = []
    monkeypatch.setattr(while_training, "evaluate", results)
    with caplog.at_level(logging.WARNING):
        assert cross_reenactment(model, 5) == {"psnr": 30.0}
    assert "validation has no csim[dlib]: needs the network dlib-resnet" in caplog.text
    aggregates.append(SimpleNamespace(metric="psnr", value=None, not_computed=None))
    failures.append(SimpleNamespace(reason="frames are NaN"))
    with pytest.raises(BenchmarkError, match="expected scores of step 7 but got none: frames are NaN"):
        cross_reenactment(model, 7)


def test_nobody_whom_a_protocol_judges_is_in_it() -> None:
    split = {clip.subject: clip.split for clip in open_catalog(None).clips}
    assert {split[person] for person in PEOPLE} == {"train", "validation"}
