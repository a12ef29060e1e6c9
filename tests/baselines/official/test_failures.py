"""Everything that goes wrong in a repository: its cases are counted with a reason, and nothing is left running."""

from __future__ import annotations

import errno
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from baselines.official import method as module
from baselines.official.method import OfficialMethod
from baselines.outside.batch import read_batch
from baselines.outside.command import CommandOutput
from feed_dataset.core.media.lossless import read_lossless
from tests.baselines.official.batches import make_batch
from tests.baselines.official.stand_in import ROOT, stand_in, starts
from tests.processes import HEARS_CTRL_C, is_alive, wait_for
from tests.small_disk import leave_kb, small_disk


def only(method: OfficialMethod, tmp_path: Path, frames: int = 6) -> CommandOutput:
    """The output of one case."""
    (made,) = method.generate(make_batch(tmp_path / "in", cases=1, frames=frames), tmp_path / "out")
    return made


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("crash", r"it ended with exit code 1: .*CUDA error: no kernel image"),
        ("killed", "it was killed by signal 9"),
        ("nothing", r"expected one file o0\.mp4 but got 0; it ended with exit code 0"),
        ("zero-bytes", r"o0\.mp4 is empty \(0 bytes\)"),
        ("cut", r"expected a readable video but o0\.mp4 is not"),
        ("one-fewer", "expected 6 frames, one for each driver frame, but got 5"),
        ("half-size", "expected frames of 256x256 px but got 128x128"),
        ("panel", "expected frames of 256x256 px but got 512x256: a panel of 2 pictures"),
        ("still", "expected motion but the frames stand still"),
        ("black", "expected the brightness|expected the contrast"),
        ("grey", "were the weights loaded"),
        ("noise", "the frames are noise"),
        ("spoils-inputs", r"it changed its inputs: s0\.png"),
        ("full-disk", "No space left on device"),
    ],
)
def test_what_is_no_result_is_a_counted_failure_with_its_reason(
    fault: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = only(stand_in(tmp_path, monkeypatch, "fomm", fault=fault), tmp_path)
    assert made.frames is None
    assert re.search(reason, str(made.reason)), made.reason
    assert not list((tmp_path / "out").glob("*.mkv"))
    assert (tmp_path / "out" / ".jobs" / "job-0001" / "stderr.txt").exists()  # the log is kept


def test_a_still_driver_may_give_still_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = stand_in(tmp_path, monkeypatch, "fomm", fault="still")
    (made,) = method.generate(make_batch(tmp_path / "in", cases=1, still=True), tmp_path / "out")
    assert made.reason is None


@pytest.mark.parametrize(
    ("method", "broken", "reason"),
    [
        ("fomm-absolute", "driver.0.mp4", "its inputs: .*driver.0.mp4 .*invalid data"),
        ("hyperreenact", "driver.0/0003.png", "its inputs: .*0003.png"),
    ],
)
def test_the_other_cases_go_on(
    method: str, broken: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = make_batch(tmp_path / "in")
    (tmp_path / "in" / "drivers" / broken).write_bytes(b"no picture")
    first, second = stand_in(tmp_path, monkeypatch, method).generate(batch, tmp_path / "out")
    assert re.search(reason, str(first.reason)), first.reason
    assert second.reason is None


def test_a_method_that_hangs_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = stand_in(tmp_path, monkeypatch, "fomm", fault="hang", time_factor=0.007)
    made = only(method, tmp_path)
    assert "it ran out of time and was ended" in str(made.reason)
    for pid in pids(tmp_path):
        wait_for(lambda pid=pid: not is_alive(pid), "its end")  # type: ignore[misc]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_running_when_the_run_is_stopped(
    how: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "fomm", fault="hang")
    make_batch(tmp_path / "in", cases=1)
    code = (
        f"{HEARS_CTRL_C}import sys, pathlib; from baselines.official.method import OfficialMethod;"
        " from baselines.outside.batch import read_batch;"
        " OfficialMethod('fomm').generate(read_batch(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]))"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "in"), str(tmp_path / "out")], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: has_started(tmp_path), "the repository")
        run.send_signal(how)
        assert run.wait(60) != 0
        for pid in pids(tmp_path):
            wait_for(lambda pid=pid: not is_alive(pid), "its end")  # type: ignore[misc]
    finally:
        run.kill()
    again = stand_in(tmp_path, monkeypatch, "fomm")  # and it can be continued
    (made,) = again.generate(read_batch(tmp_path / "in"), tmp_path / "out")
    assert made.reason is None


def test_a_full_disk_of_ours_stops_the_run_and_keeps_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = stand_in(tmp_path, monkeypatch, "fomm")
    batch = make_batch(tmp_path / "in")
    collect, calls = module.collect, []

    def full(*arguments: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise OSError(28, "No space left on device", "out.mkv")
        return collect(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "collect", full)
    with pytest.raises(OSError, match="No space left"):
        method.generate(batch, tmp_path / "out")
    made = method.generate(batch, tmp_path / "out")
    assert [one.reason for one in made] == [None, None]
    assert starts(tmp_path) == 3  # the first case was not made again


@pytest.mark.parametrize("free_kb", [0, 12, 24, 40])
def test_a_disk_that_is_full_at_any_moment_stops_the_run_or_fails_its_case_and_then_it_continues(
    free_kb: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file system: whoever hits its end first, nothing counts as made, and with more room all is made."""
    method = stand_in(tmp_path, monkeypatch, "fomm")
    batch = make_batch(tmp_path / "in", cases=1)
    with small_disk(tmp_path / "disk", 4096) as disk:
        filler = leave_kb(disk, free_kb)
        try:
            (made,) = method.generate(batch, disk / "out")
        except OSError as error:
            assert error.errno == errno.ENOSPC
        else:
            assert made.frames is None
            assert re.search(r"No space left on device|exit code|expected", str(made.reason)), made.reason
        assert not list((disk / "out").glob(".records/*"))
        filler.unlink()
        (again,) = method.generate(batch, disk / "out")
        assert again.reason is None and again.frames is not None
        assert len(read_lossless(again.frames)) == 6


def test_a_repository_that_loads_no_weights_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = stand_in(tmp_path, monkeypatch, "fomm")
    batch = make_batch(tmp_path / "in", cases=1)
    (first,) = method.generate(batch, tmp_path / "out")
    assert first.reason is None
    (tmp_path / "checkpoints" / "vox-cpk.pth.tar").write_bytes(b"\x80 other weights")
    (second,) = OfficialMethod("fomm").generate(batch, tmp_path / "again")
    assert "its frames are those of other weights" in str(second.reason)


def test_a_stretched_clip_is_told_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = only(stand_in(tmp_path, monkeypatch, "fomm", fault="bright"), tmp_path)
    assert made.frames is not None and read_lossless(made.frames).dtype == np.uint8
    record = (tmp_path / "out" / ".records" / "case-0.json").read_text()
    assert "against the source" in record


def pids(tmp_path: Path) -> list[int]:
    """Of the process and of the child that it started."""
    wait_for(lambda: has_started(tmp_path), "the repository")
    return [int((tmp_path / name).read_text().split()[0]) for name in ("starts", "starts.child")]


def has_started(tmp_path: Path) -> bool:
    child = tmp_path / "starts.child"
    return child.exists() and bool(child.read_text())
