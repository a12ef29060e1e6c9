"""`speech-clips` as a person would type it, on a shipped video, with a stand-in for Whisper."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.layout.mini import MINI_ROOT
from model.avatar.faces import FaceFinder
from model.cli import main
from model.networks.emoportraits import EMOPortraits
from model.speech.clips import ClipFolder, Origin

SPEECH = sorted(MINI_ROOT.glob("S*/speech_C.mp4"))[:1]


@pytest.fixture
def teacher(tiny_model: EMOPortraits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny one, beside which each frame's features are its time."""
    monkeypatch.setattr("model.speech.whisper.load_whisper", lambda name: SimpleNamespace(identity="tiny ears"))

    def features_of(sound: object, times_s: np.ndarray, encoder: object) -> torch.Tensor:
        return torch.from_numpy(times_s).float()[:, None]

    monkeypatch.setattr("model.speech.features.features_of", features_of)
    tiny_model.save_pretrained(tmp_path / "teacher")
    return tmp_path / "teacher"


def test_a_video_becomes_clips_once(teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        assert FaceFinder().networks
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    out = tmp_path / "clips"
    command = ["speech-clips", *map(str, SPEECH), "--out", str(out), "--model", str(teacher), "--fps", "5"]
    command += ["--least", "3", "--pictures", "--pose-in-z", "yes"]
    assert main(command) == 0
    assert "1 clips made" in capsys.readouterr().out
    clips = ClipFolder(out, ("z", "pose", "frames"))
    sha256 = EMOPortraits.from_pretrained(teacher).weights_sha256
    assert clips.origin == Origin("tiny ears", sha256, False) and clips.fps == 5
    header = clips.clips[0]
    assert header.person == SPEECH[0].parent.name and header.shapes["frames"] == (header.frames, 32, 32, 3)
    torch.testing.assert_close(clips.read(0).features[:3, 0], torch.tensor([0.0, 0.2, 0.4]))
    assert main(command) == 0
    assert "0 clips made" in capsys.readouterr().out


def test_a_video_that_cannot_be_read_is_named_and_the_others_are_made(
    teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.mp4").write_bytes(b"nothing")
    command = ["speech-clips", str(tmp_path / "a" / "b.mp4"), "--out", str(tmp_path / "clips"), "--model", str(teacher)]
    assert main([*command, "--pose-in-z", "no"]) == 1
    shown = capsys.readouterr().out
    assert "a/b: " in shown and "0 clips made, 0 frames, 1 not readable" in shown


@pytest.mark.parametrize(("arguments", "message"), [
    ([], "expected videos or --rendered DIR but got neither"),
    (["a/b.mp4", "--rendered", "c"], "expected videos or --rendered DIR but got both"),
    (["--rendered", "c", "--pictures"], "expected no --pictures with --rendered"),
    (["a/b.mp4", "--fps", "0"], "expected --fps above 0 and --least of 2 or more but got 0 and 50"),
    (["a/b.mp4", "c/a/b.mov"], "expected each video under a name of its own (folder and file) but got a/b twice"),
    (["a/b.mp4"], "the teacher's card is silent"),
])  # fmt: skip
def test_mistakes_are_one_line_and_exit_2(
    arguments: list[str], message: str, teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["speech-clips", *arguments, "--out", str(tmp_path / "clips"), "--model", str(teacher)]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
