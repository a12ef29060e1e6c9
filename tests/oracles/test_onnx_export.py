"""The exported graph, run by onnxruntime, against the model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

pytest.importorskip("onnxscript", reason="exporting to ONNX needs onnxscript")
onnxruntime = pytest.importorskip("onnxruntime", reason="running an ONNX graph needs onnxruntime")

from model.cli import main  # noqa: E402
from model.networks.emoportraits import EMOPortraits  # noqa: E402
from model.networks.onnx_export import identity_inputs  # noqa: E402


def test_an_exported_model_draws_the_same_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    EMOPortraits.from_preset("megaportraits-mini").save_pretrained(tmp_path / "model")
    assert main(["export-onnx", "--model", str(tmp_path / "model"), "--out", str(tmp_path / "frame.onnx")]) == 0
    assert "opset 20" in capsys.readouterr().out
    model = EMOPortraits.from_pretrained(tmp_path / "model")
    session = onnxruntime.InferenceSession(str(tmp_path / "frame.onnx"), providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        identity = model.encode_source(torch.rand(1, 3, 256, 256, generator=generator))
        given = {name: value.numpy() for name, value in identity_inputs(model, identity).items()}
        for count in (1, 3):  # any number of frames, also one
            frames = torch.rand(count, 3, 256, 256, generator=generator)
            expected = model.drive(identity, frames)
            pictures, z, theta = session.run(None, {"frames": frames.numpy(), **given})
            torch.testing.assert_close(torch.from_numpy(pictures), expected.image, atol=1e-3, rtol=0)
            torch.testing.assert_close(torch.from_numpy(z), expected.z, atol=1e-4, rtol=0)
            torch.testing.assert_close(torch.from_numpy(theta), expected.pose.theta(), atol=1e-4, rtol=0)
