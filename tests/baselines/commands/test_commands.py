"""The commands of `feed baselines`, as a user types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from baselines.cli import main
from tests.baselines.mock.methods import source_of


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments), "feed baselines")
    out, err = capsys.readouterr()
    return code, out, err


def test_list_names_every_method_and_what_drives_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "list")
    assert code == 0
    for word in ("copy-source", "emoportraits", "keypoint-warp", "fomm-absolute", "nothing", "image"):
        assert word in out
    assert "…" not in out, "expected every word whole in a file"


def test_show_prints_the_card(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "show", "keypoint-warp")
    assert code == 0
    lines = dict(line.split(maxsplit=1) for line in out.splitlines()[1:])
    assert (lines["motion"], lines["trained_on"], lines["commit"]) == ("relative", "nothing", "unknown")
    assert lines["reads_with"] == "face-detector, face-mesh"
    code, _, err = run(capsys, "show", "keypoint-wrap")
    assert code == 2 and "did you mean 'keypoint-warp'?" in err


CARD_OF_ANOTHER_TIME = """\
from baselines import Capabilities, Method
class Old(Method):
    capabilities = Capabilities(drives={"image"}, licence="MIT", python="<3", torch=">=1", needs_gpu=True)
    def prepare(self, source): return source
    def drive(self, prepared, driver): return driver.frames
"""


@pytest.mark.parametrize("name", ["torch", "json", "sys"])
def test_a_new_method_hides_no_module(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "new", name)
    assert (code, len(err.splitlines())) == (2, 1)
    assert f"no Python module has but {name} is one" in err
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "folder_of_mine").mkdir()  # is no module
    assert run(capsys, "new", "folder_of_mine")[0] == 0


def test_doctor_names_everything_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "doctor", "copy-source")[0] == 0
    (tmp_path / "old.py").write_text(CARD_OF_ANOTHER_TIME)
    code, out, _ = run(capsys, "doctor", str(tmp_path / "old.py"))
    assert code == 1
    assert [line.split()[1] for line in out.splitlines() if line.startswith("missing")] == ["python:", "device:"]
    assert "wants <3" in out and "give --device cuda" in out and "unknown: crop, motion" in out
    code, out, _ = run(capsys, "doctor", "emoportraits", "--model", str(tmp_path))
    assert code == 1 and "config.json is missing" in out


def test_new_writes_one_file_and_never_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "new", "my-avatar")
    assert code == 0 and "mock-run my-avatar.py" in out
    assert [one.name for one in tmp_path.iterdir()] == ["my-avatar.py"]
    text = (tmp_path / "my-avatar.py").read_text()
    assert "class MyAvatar(Method)" in text and 'name = "my-avatar"' in text
    for name, reason in (("my-avatar", "it is there"), ("fomm", "of this package"), ("7up", "begins with a letter"),
                         ("../x", "expected a name of letters")):  # fmt: skip
        code, _, err = run(capsys, "new", name)
        assert code == 2 and reason in err
    assert (tmp_path / "my-avatar.py").read_text() == text


def test_mock_run_prints_a_line_for_each_rule_and_ends_with_1_for_a_broken_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(source_of("count"))
    code, out, _ = run(capsys, "mock-run", f"{tmp_path / 'mine.py'}:Mine")
    lines = out.splitlines()
    assert code == 1
    assert [line for line in lines if line.startswith("FAULT")] == [
        "FAULT           count: gave 11 frames for a driver of 12; give one for each"
    ]
    assert lines[-1] == "mine: 13 rules kept, 1 broken, 1 cannot be told"
    code, _, err = run(capsys, "mock-run", f"frames:{tmp_path}=x")
    assert code == 2 and "is a folder of finished frames" in err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("mock-run", "copy-source", "--timeout", "-1"), "expected seconds above 0 but got '-1'"),
        (("mock-run", "copy-source", "--timeout", "nan"), "expected seconds above 0 but got 'nan'"),
        (("mock-run", "copy-source", "--timeout", "soon"), "expected seconds above 0 but got 'soon'"),
        (("mock-run", "copy-source", "--device", "quantum"), "expected cpu, cuda or cuda:N but got 'quantum'"),
        (("doctor", "copy-source", "--device", "cuda:x"), "expected cpu, cuda or cuda:N but got 'cuda:x'"),
        (("setup", "nope", "--checkout", "."), "expected an official repository among"),
    ],
)
def test_wrong_options_are_one_line(arguments: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code, _, err = run(capsys, *arguments)
    except SystemExit as ended:
        code, err = int(str(ended.code)), capsys.readouterr().err
    assert (code, len(err.splitlines())) == (2, 1)
    assert line in err
