"""Official code itself, end to end on a CPU, with weights made at random from its own classes.

Nothing of it ships here. A test runs where the environment names a checkout and an interpreter that has what it needs:
FEED_BASELINE_FOMM=DIR FEED_BASELINE_FOMM_PYTHON=EXE. Otherwise it is skipped by that name.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from baselines.official.checks import FrameWatch
from baselines.official.health import examine
from baselines.official.installing import set_up
from baselines.official.loading import split_name
from baselines.official.method import OfficialMethod
from baselines.official.picking import OutputFault
from baselines.official.settings import CONFIG_VARIABLE
from feed_dataset.core.media.lossless import read_lossless
from tests.baselines.official.batches import SIDE, make_batch

_KEYPOINTS = """\
import sys, yaml, torch
checkout, target = sys.argv[1], sys.argv[2]
sys.path.insert(0, checkout)
torch.manual_seed(0)
config = yaml.safe_load(open(checkout + "/config/vox-256.yaml"))["model_params"]
"""

FOMM = (
    _KEYPOINTS
    + """\
from modules.generator import OcclusionAwareGenerator
from modules.keypoint_detector import KPDetector
generator = OcclusionAwareGenerator(**config["generator_params"], **config["common_params"])
keypoints = KPDetector(**config["kp_detector_params"], **config["common_params"])
generator.final.weight.data *= 40  # otherwise all its pictures are one grey, whoever drives
torch.save({"generator": generator.state_dict(), "kp_detector": keypoints.state_dict()}, target)
"""
)


TPSMM = (
    _KEYPOINTS
    + """\
from modules.inpainting_network import InpaintingNetwork
from modules.keypoint_detector import KPDetector
from modules.dense_motion import DenseMotionNetwork
common = config["common_params"]
parts = {
    "inpainting_network": InpaintingNetwork(**config["generator_params"], **common),
    "kp_detector": KPDetector(**common),
    "dense_motion_network": DenseMotionNetwork(**common, **config["dense_motion_params"]),
}
parts["inpainting_network"].final.weight.data *= 40
torch.save({name: part.state_dict() for name, part in parts.items()}, target)
"""
)

IMTALKER = """\
import argparse, sys, torch
checkout, target = sys.argv[1], sys.argv[2]
sys.path.insert(0, checkout)
torch.manual_seed(0)
from renderer.models import IMTRenderer
options = argparse.Namespace(swin_res_threshold=128, num_heads=8, window_size=8, input_size=512)
model = IMTRenderer(options)
torch.save({"state_dict": {"gen." + name: value for name, value in model.state_dict().items()}}, target)
"""


def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, shims: Sequence[str] = ()) -> OfficialMethod:
    """The method over the checkout that the environment names; skips without it."""
    found, _ = split_name(method)
    variable = f"FEED_BASELINE_{found.name.upper().replace('-', '_')}"
    checkout, python = os.environ.get(variable), os.environ.get(f"{variable}_PYTHON")
    if not checkout or not python:
        pytest.skip(f"set {variable} to a checkout of {found.repository} and {variable}_PYTHON to its interpreter")
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "config"))
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "cache"))
    (tmp_path / "weights").mkdir()
    shims = os.environ.get(f"{variable}_SHIMS", ",".join(shims)).split(",")
    set_up(
        found,
        Path(checkout),
        checkpoints=tmp_path / "weights",
        python=Path(python),
        device="cpu",
        shims=[one for one in shims if one],
        time_factor=4.0,
    )
    return OfficialMethod(method)


def make_weights(method: OfficialMethod, code: str, path: str) -> None:
    """Run code in the repository's own environment that writes a checkpoint."""
    python, checkout = method_paths(method)
    environment = {**os.environ, **shim_environment(method)}
    made = subprocess.run(
        [str(python), "-c", code, str(checkout), path], capture_output=True, text=True, env=environment
    )
    assert made.returncode == 0, made.stderr[-2000:]


def method_paths(method: OfficialMethod) -> tuple[Path, Path]:
    from baselines.official.settings import load_settings

    found = load_settings(method.adapter)
    return found.python, found.checkout


def shim_environment(method: OfficialMethod) -> dict[str, str]:
    from baselines.official.settings import load_settings
    from baselines.official.shim_names import SHIM_FOLDER, environment_of

    shims = load_settings(method.adapter).shims
    return {**environment_of(shims, None), "PYTHONPATH": str(SHIM_FOLDER)} if shims else {}


def check_made(
    method: OfficialMethod, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int = 2, lossless: bool = True
) -> list[str]:
    """Two cases come back, other than each other. Pictures of random weights may be refused, and are printed then."""
    assert [one for one in examine(method.adapter) if one.state == "missing"] == []
    said: list[str] = []
    check = FrameWatch.check

    def lenient(watch: FrameWatch) -> None:
        try:
            check(watch)
        except OutputFault as fault:
            said.append(str(fault))

    monkeypatch.setattr(FrameWatch, "check", lenient)
    made = method.generate(make_batch(tmp_path / "in", frames=frames), tmp_path / "out")
    assert [one.reason for one in made] == [None, None]
    for one in made:
        assert one.frames is not None
        assert read_lossless(one.frames).shape == (frames, SIDE, SIDE, 3)
    one, other = (json.loads((tmp_path / "out" / ".records" / f"case-{n}.json").read_text()) for n in range(2))
    assert one["frames_sha256"] != other["frames_sha256"]  # their drivers differ
    assert one["frames"] == ("lossless" if lossless else "from its video")
    print(f"{method.name}: {one['seconds']:.1f} s for {frames} frames; {said}")
    return said


@pytest.mark.parametrize("method", ["fomm", "fomm-absolute"])
def test_fomm(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = real(tmp_path, monkeypatch, method, shims=["torchvision-empty"])
    make_weights(found, FOMM, str(tmp_path / "weights" / "vox-cpk.pth.tar"))
    said = check_made(found, tmp_path, monkeypatch)
    assert len(said) == 2 and all("were the weights loaded?" in one for one in said)  # grey, as weights at random give


@pytest.mark.parametrize("method", ["tpsmm", "tpsmm-absolute"])
def test_tpsmm(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = real(tmp_path, monkeypatch, method)
    make_weights(found, TPSMM, str(tmp_path / "weights" / "vox.pth.tar"))
    check_made(found, tmp_path, monkeypatch)


def test_imtalker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = real(tmp_path, monkeypatch, "imtalker", shims=["face-alignment-stub"])
    make_weights(found, IMTALKER, str(tmp_path / "weights" / "renderer.ckpt"))
    check_made(found, tmp_path, monkeypatch)
