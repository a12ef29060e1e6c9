"""`setup` remembers what it was told, checks it, and names what is wrong."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from baselines.cli import main
from baselines.interface.errors import MethodUnavailable
from baselines.official import installing
from baselines.official.adapter import Adapter
from baselines.official.installing import set_up
from baselines.official.interpreter import ask
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
    assert any("its authors ask for Python >=3.8,<3.11" in line for line in lines)


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


def wheel(folder: Path) -> Path:
    """A package with nothing but a name."""
    file, info = folder / "feed_nothing-1.0-py3-none-any.whl", "feed_nothing-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("feed_nothing.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: feed-nothing\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return file


def asking_for(python: str, *requirements: str) -> Adapter:
    """FOMM, as if these requirements had been tried."""
    found = adapter("fomm")
    assert found.environment is not None
    changes = {"tried_python": python, "requirements": requirements, "shims": ("yaml-loader",)}
    return found.model_copy(update={"environment": found.environment.model_copy(update=changes)})


HAVE = f"{sys.version_info[0]}.{sys.version_info[1]}"


def test_an_environment_is_made_with_requirements_that_were_tried(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    wanted, lines = asking_for(HAVE, str(wheel(tmp_path))), list[str]()
    made = set_up(wanted, checkout, device="cpu", announce=lines.append)
    place = tmp_path / "cache" / "environments" / "fomm"
    assert made.python == place / "bin" / "python"
    assert ask(made.python, ["feed_nothing", "feed_other"]).missing == ("feed_other",)
    assert made.shims == ("yaml-loader",)  # the set was tried with it

    (place / "mine").touch()
    assert set_up(wanted, checkout, device="cpu", announce=lines.append) == made
    assert (place / "mine").exists()  # a second setup keeps it
    assert [line.partition(" ")[0] for line in lines if str(place) in line] == ["making", "the"]

    with pytest.raises(MethodUnavailable, match="expected an environment for fomm in .* but got: ERROR: "):
        set_up(asking_for(HAVE, "feed-nowhere==1"), checkout, device="cpu")
    assert not (place / "mine").exists()

    def stopped(step: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(step, 1, "", f"stopped at {step[2]}")

    assert (place / "bin" / "python").exists()
    monkeypatch.setattr(installing.subprocess, "run", stopped)
    with pytest.raises(MethodUnavailable, match="stopped at venv"):  # what is half made is not taken for an environment
        set_up(asking_for(HAVE, "feed-nowhere==1"), checkout, device="cpu")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (asking_for("3.6", "torch"), "were tried with Python 3.6 but this is"),
        (adapter("wav2lip"), "no requirements of wav2lip were tried here; .* name its interpreter with --python"),
    ],
)
def test_an_environment_that_cannot_be_made_is_one_line(
    found: Adapter, reason: str, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "cache"))
    (checkout / "inference.py").touch()
    with pytest.raises(MethodUnavailable, match=reason):
        set_up(found, checkout, device="cpu")


def test_a_repository_for_gpus_alone_is_not_set_up_for_a_cpu(tmp_path: Path, checkout: Path) -> None:
    (checkout / "run_demo.py").touch()
    with pytest.raises(MethodUnavailable, match="expected a GPU for lia"):
        set_up(adapter("lia"), checkout, python=PYTHON, device="cpu")
