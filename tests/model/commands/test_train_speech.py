"""`train-speech` as a person would type it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from model.cli import main
from model.speech.expression.encoder import SpeechEncoder
from tests.model.speech.expression.conftest import make_clips, mouth, mouth_file

assert make_clips and mouth and mouth_file  # fixtures
PICTURES = "l1 face bce lips".split()


@pytest.fixture
def command(make_clips: Callable[..., Path], mouth_file: Path, tmp_path: Path) -> list[str]:
    config = tmp_path / "mine.toml"
    config.write_text(
        "[model]\nwidth = 8\nlayers = 2\n[rules]\ncomponents = 3\n"
        "[schedule]\nsteps = 2\nbatch = 2\nshortest = 3\nlongest = 5\n"
    )
    return ["train-speech", "--config", str(config), "--clips", str(make_clips()), "--mouth", str(mouth_file)]


def test_training_leaves_an_encoder_whose_card_says_what_was_left_out(command: list[str], tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert main([*command, "--held-out", command[4], "--out", str(out), "--without", *PICTURES]) == 0
    provenance = SpeechEncoder.from_pretrained(out / "export").provenance
    assert provenance["without"] == PICTURES and provenance["step"] == 2
    assert "trained without these losses of the paper: l1, face, bce, lips" in (out / "export/README.md").read_text()
    assert (out / "validation.jsonl").read_text().count('"still_mouth"') == 1


def test_dry_run_writes_nothing(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = sorted(tmp_path.rglob("*"))
    assert main([*command, "--without", *PICTURES, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "steps: 2" in shown and "s a step" in shown and "mlp_a" in shown and "without: l1, face, bce, lips" in shown
    assert sorted(tmp_path.rglob("*")) == written


def test_verify_resume_says_equal(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--without", *PICTURES, "--verify-resume", "2"]) == 0
    assert capsys.readouterr().out == "stopped after step 1 of 2: equal\n"


@pytest.mark.parametrize(("more", "message"), [
    (["--dry-run"], "expected a face parsing network for bce lips"),
    (["--without", "bce", "lips", "--dry-run"], "expected --model for l1 face but got none; or --without l1 face"),
    (["--without", *PICTURES, "--model", "m", "--dry-run"], "expected no --model: every loss on pictures is left out"),
    (["--without", *PICTURES], "expected --out DIR for checkpoints"),
    (["--without", *PICTURES, "--clips", "nowhere", "--dry-run"], "expected clips (*.clip.safetensors) in nowhere"),
    (["--without", *PICTURES, "--mouth", "nowhere", "--dry-run"], "expected mouth components in nowhere"),
    (["--without", "pcs", "--dry-run"], "term of the loss"),
    (["--config", "speach", "--dry-run"], "did you mean 'speech'"),
    (["--without", *PICTURES, "--batch", "0", "--dry-run"], "expected batch of at least 1 but got 0"),
])  # fmt: skip
def test_mistakes_are_one_line_and_exit_2(
    more: list[str], message: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, *more]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
