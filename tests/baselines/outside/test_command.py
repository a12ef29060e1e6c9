"""A command that makes a batch: what it gets, what counts as its output, and how its failures are told."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from baselines.interface.capabilities import Capabilities
from baselines.interface.errors import BatchError, MethodUnavailable
from baselines.outside.batch import Batch, BatchCase, write_index
from baselines.outside.command import CommandMethod
from tests.processes import HEARS_CTRL_C, is_alive, wait_for
from tests.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[3]

TOOL = """\
import csv, os, pathlib, sys
cases, inputs, out = map(pathlib.Path, sys.argv[1:4])
for row in csv.DictReader(cases.open()):
    (out / f"{row['id']}.mp4").write_bytes((inputs / row["source"]).read_bytes())
    (out / f"{row['id']}.z.npy").touch()
"""


class Tool(CommandMethod):
    name = "tool"
    capabilities = Capabilities(drives={"image"}, licence="MIT")

    def __init__(self, command: str | Sequence[str], timeout_s: float | None = None) -> None:
        self.command, self.timeout_s = command, timeout_s


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    folder = tmp_path / "staged inputs"  # a space: nothing may pass through a shell
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "s.png").write_bytes(b"pixels")
    return write_index(folder, [BatchCase(one, "sources/s.png", None, None, 5, Fraction(25)) for one in ("a", "b")])


def script(tmp_path: Path, text: str) -> tuple[str, ...]:
    path = tmp_path / "the tool.py"
    path.write_text(text)
    return (sys.executable, str(path), "{cases}", "{inputs}", "{out}")


def test_every_case_comes_back(tmp_path: Path, batch: Batch) -> None:
    out = tmp_path / "made here"
    made = Tool(script(tmp_path, TOOL)).generate(batch, out)
    assert [(one.case_id, one.frames, one.latents, one.reason) for one in made] == [
        (one, out / f"{one}.mp4", out / f"{one}.z.npy", None) for one in ("a", "b")
    ]
    assert (out / "a.mp4").read_bytes() == b"pixels"
    assert made[0].seconds == made[1].seconds > 0  # of one process, shared
    speed = made[0].speed
    assert speed is not None and speed == made[1].speed
    assert (speed.seconds, speed.frames) == (pytest.approx(2 * made[0].seconds), 10)
    assert (speed.first_frame_s, speed.frame_s, speed.unseen) == (None, (), "a command is seen from outside alone")


def test_the_first_image_that_lies_there_tells_how_long_the_start_takes(tmp_path: Path, batch: Batch) -> None:
    """Made after half a second, and copied with a time from before the command began."""
    code = "import os, pathlib, sys, time\nout = pathlib.Path(sys.argv[3])\ntime.sleep(0.5)\n"
    code += "for one in 'ab':\n    (out / one).mkdir(); (out / one / '1.png').write_bytes(b'pixels')\n"
    (made, _) = Tool(script(tmp_path, code)).generate(batch, tmp_path / "o")
    assert made.speed is not None and made.speed.first_frame_s is not None
    assert 0.5 <= made.speed.first_frame_s <= made.speed.seconds + 0.1
    (copied, _) = Tool(script(tmp_path, code + "os.utime(out / 'a' / '1.png', (1, 1))\n")).generate(
        batch, tmp_path / "p"
    )
    assert copied.speed is not None and copied.speed.first_frame_s is None


def test_memory_is_that_of_the_largest_process_and_not_of_who_starts_it(tmp_path: Path, batch: Batch) -> None:
    ours = np.ones(256 << 20, np.uint8)  # a child would be said to need it, too, if this process started it itself
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = b\"1\" * (96 << 20)'])\n"
    made = Tool(script(tmp_path, TOOL + child)).generate(batch, tmp_path / "o")
    assert made[0].speed is not None and made[0].speed.peak_memory_bytes is not None
    assert 96 << 20 < made[0].speed.peak_memory_bytes < ours.nbytes


def test_a_command_ends_when_whoever_watches_it_is_killed(tmp_path: Path, batch: Batch) -> None:
    text = "import os, signal, sys, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)\n"
    began = time.monotonic()
    (first, _) = Tool(script(tmp_path, text)).generate(batch, tmp_path / "o")
    assert "it was killed by signal 9" in str(first.reason)
    assert time.monotonic() - began < 30


def test_a_text_is_split_before_its_paths_are_filled_in(tmp_path: Path, batch: Batch) -> None:
    argv = Tool("run --list={cases} --json '{\"a b\": 1}' {out}").argv(batch, tmp_path / "o")
    assert argv == ["run", f"--list={batch.index}", "--json", '{"a b": 1}', str(tmp_path / "o")]
    assert Tool("run {cases} {out} {seed}").argv(batch, tmp_path / "o", 7)[-1] == "7"


@pytest.mark.parametrize("command", ["", "run {cases}", "run {out}", "run {cases} {out} {video}"])
def test_a_template_that_cannot_work_is_refused(tmp_path: Path, batch: Batch, command: str) -> None:
    with pytest.raises(MethodUnavailable, match=r"expected a command of tool with \{out\}"):
        Tool(command).argv(batch, tmp_path)


def test_a_case_without_output_has_the_exit_code_and_the_last_lines(tmp_path: Path, batch: Batch) -> None:
    text = TOOL + "(out / 'b.mp4').unlink(); print('no face', file=sys.stderr); sys.exit(3)\n"
    first, second = Tool(script(tmp_path, text)).generate(batch, tmp_path / "o")
    assert first.frames is not None
    assert second.frames is None
    assert second.reason == "the command wrote no b.mp4, .mkv or folder; it ended with exit code 3: no face"


def test_exit_code_0_without_output_is_a_failure(tmp_path: Path, batch: Batch) -> None:
    made = Tool(script(tmp_path, "")).generate(batch, tmp_path / "o")
    assert [one.reason for one in made] == [
        f"the command wrote no {one}.mp4, .mkv or folder; it ended with exit code 0" for one in ("a", "b")
    ]


def test_two_outputs_of_one_case_fail_it_alone(tmp_path: Path, batch: Batch) -> None:
    text = TOOL + "(out / 'a.mkv').touch()\n"
    first, second = Tool(script(tmp_path, text)).generate(batch, tmp_path / "o")
    assert "expected one video or folder for a" in str(first.reason)
    assert second.reason is None


def test_the_marks_of_a_traceback_take_no_room_in_a_reason(tmp_path: Path, batch: Batch) -> None:
    (made, _) = Tool(script(tmp_path, "what = None\nwhat.frames + 1\n")).generate(batch, tmp_path / "o")
    assert str(made.reason).endswith("what.frames + 1 | AttributeError: 'NoneType' object has no attribute 'frames'")


def test_a_signal_and_a_long_message_are_told_shortly(tmp_path: Path, batch: Batch) -> None:
    text = "import os, sys\nsys.stderr.write('x' * 100000); sys.stderr.flush(); os.kill(os.getpid(), 9)\n"
    made = Tool(script(tmp_path, text)).generate(batch, tmp_path / "o")
    assert "it was killed by signal 9: xxx" in str(made[0].reason)
    assert len(str(made[0].reason)) < 600


def test_nothing_is_left_running_after_the_time_is_over(tmp_path: Path, batch: Batch) -> None:
    child = "import subprocess, sys, pathlib, time\n"
    child += "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    child += "pathlib.Path(sys.argv[3], 'pid.part').write_text(str(p.pid))\n"
    child += "pathlib.Path(sys.argv[3], 'pid.part').rename(pathlib.Path(sys.argv[3], 'pid'))\ntime.sleep(60)\n"
    started = time.monotonic()
    made = Tool(script(tmp_path, child), timeout_s=5.0).generate(batch, tmp_path / "o")
    assert time.monotonic() - started < 30
    assert "it ran out of time and was ended" in str(made[0].reason)
    child = int((tmp_path / "o" / "pid").read_text())
    wait_for(lambda: not is_alive(child), "the end of its child")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_nothing_is_left_running_when_the_run_is_stopped(how: signal.Signals, tmp_path: Path, batch: Batch) -> None:
    text = "import os, pathlib, sys, time\nother = os.fork()\n"
    text += "if other: (pathlib.Path(sys.argv[3]) / 'pids').write_text(f'{os.getpid()} {other}')\ntime.sleep(60)\n"
    code = (
        f"{HEARS_CTRL_C}import sys, pathlib; from baselines.outside.batch import read_batch;"
        " from tests.baselines.outside.test_command import Tool;"
        " Tool(tuple(sys.argv[3:])).generate(read_batch(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]))"
    )
    words = [str(batch.folder), str(tmp_path / "o"), *script(tmp_path, text)]
    run = subprocess.Popen([sys.executable, "-c", code, *words], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        pids = tmp_path / "o" / "pids"
        wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2, "the command")
        run.send_signal(how)
        assert run.wait(60) != 0
        for pid in pids.read_text().split():
            wait_for(lambda pid=pid: not is_alive(int(pid)), "the end of the command")  # type: ignore[misc]
    finally:
        run.kill()


def test_a_full_disk_is_the_reason_of_the_cases_that_it_cost(tmp_path: Path, batch: Batch) -> None:
    text = TOOL + "(out / 'b.mp4').unlink(); (out / 'b.part').write_bytes(bytes(10 ** 6))\n"
    with small_disk(tmp_path / "disk", 256) as disk:
        first, second = Tool(script(tmp_path, text)).generate(batch, disk / "o")
        assert first.reason is None
        assert "it ended with exit code 1; no space is left on the disk of its outputs" in str(second.reason)
        again = Tool(script(tmp_path, TOOL)).generate(batch, tmp_path / "elsewhere")
        assert [one.reason for one in again] == [None, None]


def test_outputs_of_an_earlier_run_do_not_count(tmp_path: Path, batch: Batch) -> None:
    tool = Tool(script(tmp_path, TOOL))
    tool.generate(batch, tmp_path / "o")
    with pytest.raises(BatchError, match="expected an empty folder for the outputs of tool"):
        tool.generate(batch, tmp_path / "o")


def test_a_program_that_is_not_there_is_one_line(tmp_path: Path, batch: Batch) -> None:
    with pytest.raises(MethodUnavailable, match=r"tool: expected to start '/no/such' but got: No such file"):
        Tool("/no/such {cases} {out}").generate(batch, tmp_path / "o")
