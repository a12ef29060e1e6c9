"""syncnet-python as a program beside ours: asked once for all numbers, the surest track of each file, its errors."""

from __future__ import annotations

import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmark.crosscheck import lip_sync
from benchmark.crosscheck.material import Material
from benchmark.crosscheck.unavailable import NotHere
from benchmark.pairing.names import pair_by_stem
from feed_dataset.core.media.video import write_video
from tests.benchmark import harness


@pytest.fixture
def on(tmp_path: Path) -> Material:
    for side in ("g", "r"):
        for name in ("a", "b"):
            (tmp_path / side).mkdir(exist_ok=True)
            write_video(tmp_path / side / f"{name}.mp4", harness.picture(60, 64)[None], Fraction(25))
    return Material(pair_by_stem(tmp_path / "g", tmp_path / "r"), tmp_path / "made")


class Program:
    """In place of the process: writes what it is given, or fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tracks: list[list[list[float]]], error: str = "") -> None:
        self.commands: list[list[str]] = []
        self._tracks, self._error = tracks, error
        monkeypatch.setattr(subprocess, "run", self)
        monkeypatch.setattr(lip_sync, "resolve", lambda name, **_: Path(f"/weights/{name}"))
        monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")

    def __call__(self, command: list[str], **_: object) -> SimpleNamespace:
        self.commands.append(command)
        if not self._error:
            Path(command[3]).write_text(json.dumps(self._tracks))
        return SimpleNamespace(returncode=bool(self._error), stderr=self._error)


def test_one_run_gives_three_numbers_of_the_surest_tracks(on: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(monkeypatch, [[[1, 2.0, 9.0], [3, 6.0, 8.0]], [[-2, 1.0, 10.0]]])
    assert lip_sync.confidence_of(on) == pytest.approx(3.5)
    assert lip_sync.distance_of(on) == pytest.approx(9.0)
    assert lip_sync.offset_frames_of(on) == pytest.approx(0.5)
    (command,) = program.commands
    assert command[4:7] == ["/weights/s3fd", "/weights/syncnet-v2", "100"]
    assert [Path(one).name for one in command[7:]] == ["a.mp4", "b.mp4"]


def test_a_file_without_a_track_is_named(on: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    Program(monkeypatch, [[[1, 2.0, 9.0]], []])
    with pytest.raises(NotHere, match="no face for more than 100 frames in a row in b"):
        lip_sync.confidence_of(on)


def test_what_the_program_says_last_is_the_reason(on: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    Program(monkeypatch, [], "Traceback\n  somewhere\nRuntimeError: no audio stream\n")
    with pytest.raises(RuntimeError, match=r"^RuntimeError: no audio stream$"):
        lip_sync.confidence_of(on)


def test_without_ffmpeg_it_is_not_asked(on: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(monkeypatch, [])
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(NotHere, match="the program ffmpeg"):
        lip_sync.confidence_of(on)
    assert program.commands == []
