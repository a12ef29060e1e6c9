"""Two processes over gloo, started by torchrun as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from model.cli import main
from model.networks.errors import ModelError
from model.training.processes import Processes, started_processes

TINY = """
[model]
preset = "megaportraits-mini"
image_size_px = 32
volume_size = 16
volume_depth = 4
volume_channels = 8
encoder_channels = [8, 16]
identity_width = 8
identity_image_px = 32
motion_crop_px = 32
motion_width = 8
pose_image_px = 32
pose_width = 8
z_dim = 8
embed_channels = 16
warp_channels = [8, 8]
unet_channels = [8, 8, 16]
decoder_channels = 16
decoder_image_channels = [8]
norm_groups = 4
[rules]
dis_channels = 2
[schedule]
steps = 2
batch = 4
mixture = "ordinary"
"""


def test_shares_of_a_batch() -> None:
    shares = [list(Processes(rank, 2).mine(6)) for rank in range(2)]
    assert shares == [[0, 2, 4], [1, 3, 5]]
    with pytest.raises(ModelError, match="as many parts of a batch for each of 4 processes but got 6 in all"):
        Processes(0, 4).mine(6)


def test_one_process_sends_nothing() -> None:
    alone, values = Processes(), {"total": torch.tensor(2.0)}
    assert alone.writes and alone.summed(values) == values and alone.agreed(True) and not alone.agreed(False)
    assert started_processes() == 1


@pytest.mark.usefixtures("one_thread")
def test_two_processes_train_what_one_does(rendered_set: Path, tmp_path: Path) -> None:
    """To the bit with two parts: both add up the same two gradients."""
    config = tmp_path / "tiny.toml"
    config.write_text(TINY)
    command = [
        "train", "--config", str(config), "--ordinary", str(rendered_set), "--without", "image", "face", "gaze", "ears",
        "--threads", "1",
    ]  # fmt: skip
    assert main([*command, "--out", str(tmp_path / "one"), "--workers", "0"]) == 0
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    words = [*torchrun, "-m", "model", *command, "--out", str(tmp_path / "two"), "--workers", "1"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    one, two = (
        torch.load(tmp_path / name / "checkpoint-00000002.pt", weights_only=True)["modules"] for name in ("one", "two")
    )
    for module, weights in one.items():
        for name, value in weights.items():
            assert torch.equal(value, two[module][name]), (module, name)
