"""`setup` remembers what it was told, checks it, and names what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from baselines.cli import main
from baselines.interface.errors import MethodUnavailable
from baselines.official.installing import set_up
from baselines.official.loading import adapter
from baselines.official.settings import CONFIG_VARIABLE, load_settings
from tests.baselines.official.stand_in import make_checkout

PYTHON = Path(sys.executable)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "config"))
    return make_checkout(tmp_path / "code", "fomm")


def test_what_was_told_is_remembered(checkout: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    made = set_up(adapter("fomm"), checkout, checkpoints=tmp_path, python=PYTHON, device="cpu", announce=lines.append)
    assert load_settings(adapter("fomm")) == made
    assert made.checkout == checkout and made.checkpoints == tmp_path
    assert "is no git checkout" in lines[0]
    assert any("its authors ask for Python >=3.7,<3.11" in line for line in lines)


def test_another_commit_and_changed_files_are_told(checkout: Path) -> None:
    git = ["git", "-C", str(checkout), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    (checkout / "demo.py").write_text((checkout / "demo.py").read_text() + "# mine\n")
    lines: list[str] = []
    set_up(adapter("fomm"), checkout, python=PYTHON, device="cpu", announce=lines.append)
    assert "the adapter was tried with c027484" in lines[0]
    assert "its rows are not those of the official code" in lines[1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"checkout": "empty"}, "expected a checkout of https://github.com/Aliaksandr.* has no demo.py"),
        ({"checkpoints": "nowhere"}, "expected a folder with weights but .*nowhere is none"),
        ({"python": "/no/python"}, "expected an interpreter in /no/python"),
        ({"shims": ("torchvision-emty",)}, "did you mean 'torchvision-empty'"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], reason: str, checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    folders = {name: tmp_path / str(changes[name]) for name in ("checkout", "checkpoints") if name in changes}
    given = {"python": PYTHON, "checkout": checkout, **changes, **folders}
    place = Path(str(given.pop("checkout")))
    given["python"] = Path(str(given["python"]))
    with pytest.raises(MethodUnavailable, match=reason):
        set_up(adapter("fomm"), place, device="cpu", **given)  # type: ignore[arg-type]


def test_the_command_tells_what_is_missing(checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["setup", "fomm", "--checkout", str(checkout), "--checkpoints", str(tmp_path), "--python", str(PYTHON)])
    said = capsys.readouterr().out
    assert code == 1
    assert "code MIT, weights unknown" in said
    assert "missing: vox-cpk.pth.tar" in said and "drive.google.com" in said
    assert "missing: skimage" in said or "missing: ffmpeg" in said or "missing: imageio" in said
