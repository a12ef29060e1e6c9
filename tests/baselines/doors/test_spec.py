"""The plain value of a method: names, kinds, loading in another process."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from baselines.doors.spec import spec_of_class, spec_of_frames
from baselines.interface.errors import BatchError, MethodUnavailable
from baselines.interface.method import Method
from baselines.outside.command import CommandMethod
from baselines.outside.existing import ExistingFrames

ROOT = Path(__file__).resolve().parents[3]
HEAD = (
    "from baselines import Capabilities, CommandMethod, Method\nCAN = Capabilities(drives={'image'}, licence='MIT')\n"
)
CLASS = """\
class Mine(Method):
    capabilities = CAN
    def prepare(self, source):
        return source
    def drive(self, prepared, driver):
        return driver.frames
"""


def write(folder: Path, text: str) -> str:
    (folder / "mine.py").write_text(HEAD + text)
    return f"{folder / 'mine.py'}:Mine"


def test_a_class_is_named_by_its_name_or_itself(tmp_path: Path) -> None:
    spec = spec_of_class(write(tmp_path, CLASS))
    assert (spec.name, spec.kind) == ("Mine", "class")
    method = spec.load()
    assert isinstance(method, Method)
    assert method.name == "Mine"
    (tmp_path / "named").mkdir()
    named = spec_of_class(write(tmp_path / "named", CLASS + "    name = 'my-avatar_2'\n"))
    assert named.name == "my-avatar_2"
    assert named.code_sha256 != spec.code_sha256


def test_a_command_is_another_kind(tmp_path: Path) -> None:
    text = "class Mine(CommandMethod):\n    capabilities = CAN\n    command = 'run {cases} {out}'\n"
    spec = spec_of_class(write(tmp_path, text))
    assert spec.kind == "command"
    assert isinstance(spec.load(), CommandMethod)


def test_another_process_loads_the_same_method(tmp_path: Path) -> None:
    spec = spec_of_class(write(tmp_path, CLASS))
    code = f"import pickle; print(type(pickle.loads({pickle.dumps(spec)!r}).load()).__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "Mine"
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert hash(spec) == hash(pickle.loads(pickle.dumps(spec)))


def test_an_edit_during_a_run_is_not_run_as_what_it_was(tmp_path: Path) -> None:
    spec = spec_of_class(write(tmp_path, CLASS))
    write(tmp_path, CLASS + "    name = 'other'\n")
    with pytest.raises(MethodUnavailable, match=r"mine\.py to stay but it was edited since the run began; run again"):
        spec.load()


@pytest.mark.parametrize("name", ["a/b", "", "..", ".hidden", "a b", "x" * 65, "ä"])
def test_a_name_that_no_folder_can_have_is_refused(tmp_path: Path, name: str) -> None:
    target = write(tmp_path, CLASS + f"    name = {name!r}\n")
    if not name:
        assert spec_of_class(target).name == "Mine"
        return
    with pytest.raises(MethodUnavailable, match=r"expected a name of letters, digits .* but got"):
        spec_of_class(target)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("class Mine:\n    pass\n", r"subclass of baselines\.Method or baselines\.CommandMethod"),
        (CLASS.replace("    capabilities = CAN\n", ""), r"to have capabilities = Capabilities\(drives=\.\.\., licence"),
        (CLASS.replace("drive", "driven"), "expected to construct .*mine.py:Mine but got TypeError: Can't instantiate"),
        (CLASS + "    def __init__(self, path):\n        pass\n", "TypeError: .*missing 1 required positional"),
        (CLASS + "    def __init__(self):\n        {}['w']\n", r"KeyError in mine\.py:10: 'w'"),
        ("class Mine(CommandMethod):\n    capabilities = CAN\n", "to have a command but it has none"),
    ],
)
def test_a_class_that_is_no_method_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    target = write(tmp_path, text)
    with pytest.raises(MethodUnavailable, match=reason):
        spec_of_class(target).load()


def test_finished_frames_are_named_by_their_folder_or_by_hand(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "lr=1e-4").mkdir()
    folder = tmp_path / "made"
    assert (spec_of_frames(str(folder)).name, spec_of_frames(f"{folder}=mine").name) == ("made", "mine")
    assert spec_of_frames(f"{folder}=mine").target == str(folder)
    existing = spec_of_frames(str(folder)).load()
    assert isinstance(existing, ExistingFrames)
    assert existing.folder == folder
    with pytest.raises(MethodUnavailable, match="frames:DIR=NAME"):
        spec_of_frames(str(tmp_path / "lr=1e-4"))
    assert spec_of_frames(f"{tmp_path / 'lr=1e-4'}=slow").target == str(tmp_path / "lr=1e-4")
    with pytest.raises(BatchError, match="expected a folder with finished frames"):
        spec_of_frames(str(tmp_path / "none"))


@pytest.mark.parametrize("text", ["", "=mine"])
def test_no_folder_is_not_the_working_directory(text: str) -> None:
    with pytest.raises(MethodUnavailable, match="expected a folder after frames: but got none"):
        spec_of_frames(text)
