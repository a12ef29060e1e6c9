from __future__ import annotations

import dataclasses
import sys

import pytest
import torch

from model.networks.config import PRESETS
from model.networks.emoportraits import EMOPortraits
from scripts import bench_model
from tests.model.official.test_convert import SMALL


@torch.inference_mode()
def test_published_way_draws_the_same_frame_when_its_weights_are_taken_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench_model.Reparametrised, "forward", lambda self, x: self.layer(x))
    model = EMOPortraits(SMALL).eval()
    published = bench_model.stages(bench_model.published_way(model), 1, True, 2)
    ours = bench_model.stages(model.to_inference(), 1, True, 1)
    for name in ("frame", "local encoder", "3D U-Net"):
        torch.testing.assert_close(ours[name](), published[name](), atol=1e-4, rtol=1e-4)


def test_a_line_per_stage(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(PRESETS, "small", dataclasses.replace(SMALL))
    monkeypatch.setattr(
        sys, "argv", ["bench_model", "--preset", "small", "--device", "cpu", "--repeat", "1", "--source"]
    )
    assert bench_model.main() in (0, 1)  # the speed of a model this small says nothing
    shown = capsys.readouterr().out
    for stage in ("head pose", "expression", "warp", "decoder", "frame", "3D U-Net"):
        assert f"\n{stage} " in shown
    assert "peak memory" in shown and "floor 1.5" in shown
    assert "skipped: the comparison with the published code itself" in shown
