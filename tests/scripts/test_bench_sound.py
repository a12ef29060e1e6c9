"""What `bench_model --sound` prints, with a small Whisper of random weights."""

from __future__ import annotations

import sys

import pytest

from model.speech.whisper import WhisperEncoder, WhisperSize
from model.speech.windows import Windows
from scripts import bench_model
from scripts.bench_model_parts import sound
from scripts.bench_speech import rendered


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers", reason="needs the extra speech (transformers)")

    def load(name: str = "small", windows: Windows | None = None) -> WhisperEncoder:
        return WhisperEncoder(WhisperSize(8, 1, 2), windows)

    monkeypatch.setattr("model.speech.whisper.load_whisper", load)
    monkeypatch.setattr(sound, "rendered", lambda seconds, seed: rendered(10.0, seed))


def test_both_ways_are_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["bench_model", "--sound", "--repeat", "1"])
    code = bench_model.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[1:3]] == [
        "windows of 3 s every 0.6 s", "transformers, 30 s side by side"
    ]  # fmt: skip
    rate = float(lines[1].split()[-1])
    assert code == (0 if rate >= 10 else 1) and ("met" if rate >= 10 else "MISSED") in lines[3]


def test_features_and_motion_add_up() -> None:
    assert sound.Branch(0.03, 0.01).times_real_time == pytest.approx(25.0)
