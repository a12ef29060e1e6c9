"""`train-head-motion` as a person would type it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from model.cli import main
from model.speech.head_motion.generator import HeadMotion
from scripts.head_motion_parts.planted import write_nodding


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    config = tmp_path / "mine.toml"
    config.write_text(
        "[model]\nnoise_dim = 2\nwidth = 4\nheads = 1\nlayers = 1\nwindow_frames = 2\ndecoder_blocks = 1\n"
        "[critics]\nwidth = 4\nblocks = 1\n[losses]\nsmooth = 0.5\n[schedule]\nsteps = 2\nbatch = 2\nclip_frames = 12\n"
    )
    clips = tmp_path / "clips"
    clips.mkdir()
    write_nodding(clips, range(2), frames=20)
    return ["train-head-motion", "--config", str(config), "--clips", str(clips)]


def test_training_leaves_a_generator_and_its_log(command: list[str], tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert main([*command, "--held-out", command[-1], "--out", str(out)]) == 0
    model = HeadMotion.from_pretrained(out / "export")
    assert model.provenance["step"] == 2 and model.provenance["losses"]["smooth"] == 0.5
    assert model.sample(torch.zeros(30, 12), seed=0).shape == (30, 9)
    (row,) = [json.loads(line) for line in (out / "validation.jsonl").read_text().splitlines()]
    assert row["step"] == 2 and row["l1"] > 0 and "speed_ratio" in row


def test_dry_run_writes_nothing(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = sorted(tmp_path.rglob("*"))
    assert main([*command, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "steps: 2" in shown and "s a step" in shown and "encoder" in shown and "local" in shown
    assert sorted(tmp_path.rglob("*")) == written


def test_verify_resume_says_equal(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--verify-resume", "2"]) == 0
    assert capsys.readouterr().out == "stopped after step 1 of 2: equal\n"


@pytest.mark.parametrize(("more", "message"), [
    ([], "expected --out DIR for checkpoints"),
    (["--clips", "nowhere", "--dry-run"], "expected clips (*.clip.safetensors) in nowhere"),
    (["--held-out", "nowhere", "--dry-run"], "expected clips (*.clip.safetensors) in nowhere"),
    (["--config", "head_motoin", "--dry-run"], "did you mean 'head_motion'"),
    (["--config", "head_motion", "--dry-run"], "expected clips of at least 100 frames"),
    (["--batch", "0", "--dry-run"], "expected batch of at least 1 but got 0"),
])  # fmt: skip
def test_mistakes_are_one_line_and_exit_2(
    more: list[str], message: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, *more]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_without_clips(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train-head-motion", "--dry-run"]) == 2
    assert "expected --clips DIR" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "message"), [
    ("[losses]\nsmoothing = 1\n", "unknown|did you mean 'smooth'"),
    ("[losses]\nsmooth = -1\n", "weight smooth to be a number of at least 0"),
    ("[critic]\nwidth = 1\n", "did you mean 'critics'"),
    ("[critics]\njoin = 'beside'\n", "join to be 'pooled' or 'frames'"),
    ("[schedule]\nclip_frames = 7\n", "windows of at least 8 frames"),
    ("without = ['smooth']\n", "a loss is left out by its weight"),
])  # fmt: skip
def test_settings_that_make_no_sense(
    text: str, message: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.toml").write_text(text)
    assert main([*command, "--config", str(tmp_path / "bad.toml"), "--dry-run"]) == 2
    error = capsys.readouterr().err
    assert any(part in error for part in message.split("|")) and error.count("\n") == 1
