"""Each planted fault is found, by its own rule and in one line; a method without any breaks none."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from baselines.mock.examine import MockRun, mock_run
from baselines.registry import resolve
from baselines.templates import write_method
from tests.baselines.mock.methods import FAULTS, source_of

LINES = {
    "count": "gave 11 frames for a driver of 12",
    "size": "gave frames of 64x64 px for a driver of 128 px",
    "frame rate": "gave 6 frames for 12 at 50 fps",
    "channel order": "red light comes out blue: channels are BGR",
    "order": "frames come in reverse",
    "motion": "stands still for a driver that moves",
    "person": "gives the driver's own frames",
    "own size": "frames of 512 px hold no more detail than 64 px do",
    "inputs": "altered its inputs (source)",
    "seed": "gave other frames for the same seed the second time",
    "two at once": "two jobs write one file (",
    "missing face": "stands still for a driver without a face and says nothing",
    "processes": "left 1 running (",
    "files": "left tmp/",
}


def examined(folder: Path, text: str) -> MockRun:
    file = folder / "mine.py"
    file.write_text(text)
    return mock_run(resolve(f"{file}:Mine"), timeout_s=120)


def test_every_fault_has_its_line() -> None:
    assert LINES.keys() == FAULTS.keys()


@pytest.mark.parametrize("rule", FAULTS)
def test_a_planted_fault_is_found_by_its_rule_alone(rule: str, tmp_path: Path) -> None:
    found = examined(tmp_path, source_of(rule))
    broken = {one.rule: one.line for one in found.findings if one.state == "fault"}
    assert list(broken) == [rule]
    assert broken[rule].startswith(LINES[rule]) and "\n" not in broken[rule]
    assert not found.passed


def test_a_method_without_a_fault_keeps_every_rule_and_is_timed(tmp_path: Path) -> None:
    begin = time.monotonic()
    found = examined(tmp_path, source_of(None))
    assert {one.rule: one.line for one in found.findings if one.state != "ok"} == {}
    assert {one.rule for one in found.findings} == {"runs", *FAULTS}
    assert found.speed is not None
    assert found.speed.frames == 2 * 11
    assert 0 < found.speed.load_s < time.monotonic() - begin


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("    def load(self, device='cpu'):\n        raise OSError('weights.pth')\n", "OSError in mine.py:"),
        ("    def drive(self, prepared, driver):\n        import os; os._exit(3)\n", "ended with exit code 3"),
        ("    def drive(self, prepared, driver):\n        return driver.frames / 2\n", "float64"),
        ("    def drive(self, prepared, driver):\n        yield from ()\n", "it gave no frames"),
    ],
)
def test_a_method_that_does_not_run_says_why(text: str, line: str, tmp_path: Path) -> None:
    good = source_of("count").partition("class Mine")[0]
    found = examined(tmp_path, f"{good}class Mine(Good):\n{text}")
    (one,) = found.findings
    assert (one.rule, one.state) == ("runs", "fault")
    assert line in one.line


OUTSIDE = """\
    def load(self, device="cpu"):
        import subprocess, sys
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True, env={})

    def prepare(self, source):
        from pathlib import Path
        Path("PLACE").write_bytes(b"")
        return super().prepare(source)
"""


def test_what_is_left_is_found_wherever_it_is(tmp_path: Path) -> None:
    good = source_of("count").partition("class Mine")[0]
    file = tmp_path / "elsewhere" / "crop.png"
    file.parent.mkdir()
    (tmp_path / "method").mkdir()
    found = examined(tmp_path / "method", f"{good}class Mine(Good):\n{OUTSIDE.replace('PLACE', str(file))}")
    broken = {one.rule: one.line for one in found.findings if one.state == "fault"}
    assert broken.keys() == {"two at once", "processes", "files"}
    assert broken["two at once"].startswith(f"two jobs write one file ({file})")
    assert broken["processes"].startswith("left 1 running (") and "time.sleep(60)" in broken["processes"]
    assert broken["files"].startswith(f"left {file};")


ENDLESS = """\
    def load(self, device="cpu"):
        import threading, time
        threading.Thread(target=time.sleep, args=(600,)).start()
"""


def test_a_process_that_does_not_end_is_left_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baselines.mock.process._END_S", 0.5)
    good = source_of("count").partition("class Mine")[0]
    found = examined(tmp_path, f"{good}class Mine(Good):\n{ENDLESS}")
    broken = {one.rule: one.line for one in found.findings if one.state == "fault"}
    assert broken == {"processes": "left 1 running (the method's own, which does not end); end them"}


MAPPED = """\
    def load(self, device="cpu"):
        import pathlib
        self.weights = np.memmap(pathlib.Path(__file__).with_name("weights.bin"), np.uint8, "r+")
"""


def test_weights_that_are_mapped_and_not_changed_are_shared_without_harm(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"1234")
    os.utime(tmp_path / "weights.bin", (0, 0))
    good = source_of("count").partition("class Mine")[0]
    found = examined(tmp_path, f"{good}class Mine(Good):\n{MAPPED}")
    assert [one for one in found.findings if one.state == "fault"] == []


VIDEOS = """\
import csv
import sys
from pathlib import Path

if __name__ == "__main__":
    from fractions import Fraction
    from feed_dataset.core.media.video import write_video
    from feed_dataset.core.media.whole_video import read_video

    cases, inputs, out = map(Path, sys.argv[1:])
    for case in csv.DictReader(cases.open(newline="")):
        frames = read_video(inputs / case["driver"]).frames
        write_video(out / f"{case['id']}.mp4", frames[:, 32:96, 32:96], Fraction(30))
    (inputs / "crop.png").touch()
else:
    from baselines import Capabilities, CommandMethod

    class Mine(CommandMethod):
        name = "mine"
        capabilities = Capabilities(drives={"image"}, licence="MIT")
        command = (sys.executable, __file__, "{cases}", "{inputs}", "{out}")
"""


def test_a_command_that_writes_videos_is_asked_for_their_rate_and_size_and_for_its_inputs(tmp_path: Path) -> None:
    found = examined(tmp_path, VIDEOS)
    assert {one.rule: one.line for one in found.findings if one.state == "fault"} == {
        "size": "gave frames of 64x64 px for a driver of 128 px; give driver.size_px",
        "frame rate": "wrote a video of 30 fps where 25 fps are due",
        "inputs": "altered its inputs (crop.png); work on a copy",
    }
    assert found.speed is None


def test_a_command_that_cannot_be_started_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_CONFIG", str(tmp_path))
    (one,) = mock_run(resolve("fomm")).findings
    assert (one.rule, one.state) == ("runs", "fault")
    assert one.line.startswith("fomm is not set up: get https://")


@pytest.mark.parametrize(
    ("name", "rule", "line"),
    [
        ("copy-source", "motion", "stands still, as its card says"),
        ("copy-driver", "person", "gives the driver's own frames, as its card says"),
    ],
)
def test_a_bound_is_what_its_card_declares(name: str, rule: str, line: str) -> None:
    found = mock_run(resolve(name))
    assert [one for one in found.findings if one.state == "fault"] == []
    assert {one.rule: one.line for one in found.findings}[rule] == line


@pytest.mark.parametrize("kind", ["class", "command"])
def test_a_starting_file_passes_as_it_is(kind: str, tmp_path: Path) -> None:
    path = write_method(f"my-own-{kind}", kind, tmp_path)  # type: ignore[arg-type]
    found = mock_run(resolve(str(path)))
    assert found.name == f"my-own-{kind}"
    assert [one for one in found.findings if one.state == "fault"] == []
    assert {one.rule for one in found.findings if one.state == "cannot be told"} == {"missing face"}
