"""The command lines of all rooms behave alike: errors, Ctrl-C, broken pipes, encodings, other people's folders."""

from __future__ import annotations

import errno
import importlib
import os
import resource
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NoReturn

import pytest

import feed_command
from feed_dataset.core.console import feed, handler
from feed_dataset.core.jobs.errors import FeedError, WeightsUnavailable
from leaderboard.errors import SubmissionError
from model.networks.errors import ModelError

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, TOOLS = SETTINGS["project"], SETTINGS["tool"]
ROOMS: dict[str, str] = PROJECT["entry-points"][feed.GROUP]
ERRORS = {
    "input": (FeedError("expected a\nb  but got c"), 2, "error: expected a b but got c"),
    "model": (ModelError("expected a preset"), 2, "error: expected a preset"),
    "leaderboard": (SubmissionError("no such submission"), 2, "error: no such submission"),
    "network": (WeightsUnavailable("net", "pip install x", "offline"), 2, "error: needs the weights 'net' (offline)"),
    "full disk": (
        OSError(errno.ENOSPC, "No space", "/a/b.npz"),
        2,
        "error: cannot write /a/b.npz: No space; make space",
    ),
    "full disk, no name": (OSError(errno.ENOSPC, "No space"), 2, "error: cannot write the output: No space"),
    "no permission": (PermissionError(errno.EACCES, "Permission denied", "/a"), 2, "error: cannot use /a: Permission"),
    "Ctrl-C": (KeyboardInterrupt(), 130, "interrupted; run the same command again: it continues where it can"),
}


def fail_with(monkeypatch: pytest.MonkeyPatch, room: str, error: BaseException) -> None:
    """Let every command of a room end in an error."""
    module, _, _ = ROOMS[room].partition(":")

    def parser(prog: str) -> NoReturn:
        raise error

    cli = importlib.import_module(module)
    monkeypatch.setattr(cli, "build_parser" if hasattr(cli, "build_parser") else "_parser", parser)


def run_room(room: str) -> int:
    module, _, function = ROOMS[room].partition(":")
    return int(getattr(importlib.import_module(module), function)(["anything"], f"feed {room}"))


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_is_one_line_in_every_room(
    room: str, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error, code, start = ERRORS[kind]
    fail_with(monkeypatch, room, error)
    assert run_room(room) == code
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(start) and err.count("\n") == 1


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("error", [RuntimeError("x"), ValueError("x"), OSError("x"), BrokenPipeError(errno.EPIPE, "x")])
def test_our_own_mistakes_are_raised_after_a_line_that_says_so(
    room: str, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, room, error)
    with pytest.raises(type(error)) as caught:
        run_room(room)
    assert caught.value is error
    assert "please report it" in capsys.readouterr().err


@pytest.mark.parametrize("room", ROOMS)
def test_a_reader_that_went_away_is_no_error(
    room: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(handler, "reader_is_gone", lambda: True)
    fail_with(monkeypatch, room, BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert run_room(room) == 0
    assert capsys.readouterr() == ("", "")


def test_a_place_in_the_cache_names_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FEED_CACHE", str(tmp_path))
    error = NotADirectoryError(errno.ENOTDIR, "Not a directory", str(tmp_path / "weights" / "a"))
    assert handler.describe(error).endswith("Not a directory; name another folder with FEED_CACHE")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the path with this project's entry points, whether or not it is installed."""
    folder = tmp_path / "site"
    record = folder / "feed_benchmark-0.dist-info"
    record.mkdir(parents=True)
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PROJECT['name']}\nVersion: 0\n")
    lines = [f"[{feed.GROUP}]", *(f"{name} = {target}" for name, target in ROOMS.items())]
    (record / "entry_points.txt").write_text("\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    return folder


def test_feed_runs_the_commands_of_a_room(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert feed.main(["dataset", "corpora", "mead"]) == 0
    assert "mead: " in capsys.readouterr().out
    assert sys.argv[1:] == ["corpora", "mead"]
    assert feed.main(["dataset", "corpora", "maed"]) == 2
    assert "did you mean 'mead'?" in capsys.readouterr().err


@pytest.mark.parametrize("room", ROOMS)
def test_help_names_commands_as_they_were_started(
    installed: Path, room: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        feed.main([room, "--help"])
    shown = capsys.readouterr().out
    assert stop.value.code == 0
    assert shown.startswith(f"usage: feed {room}") and "examples:" in shown
    assert "python -m" not in shown


def test_feed_lists_its_rooms(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        feed.main(["--help"])
    shown = capsys.readouterr().out
    for room in ROOMS:
        (line,) = (line for line in shown.splitlines() if line.startswith(f"  {room} "))
        assert len(line.split()) > 4
    assert feed.main(["modl"]) == 2
    assert "did you mean 'model'?" in capsys.readouterr().err


def test_the_script_is_the_one_that_is_installed() -> None:
    assert PROJECT["scripts"] == {"feed": f"{feed_command.__name__}:main"}
    assert "feed_command.py" in TOOLS["hatch"]["build"]["targets"]["wheel"]["packages"]


INTERRUPTED = """
import runpy, sys

class Interrupts:
    def find_spec(name, path=None, target=None):
        if name == {at!r}:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupts)
sys.argv = ["feed", "--help"]
{start}
"""
STARTS = {
    "feed, at once": ("feed_dataset", "import feed_command; sys.exit(feed_command.main())"),
    "feed, later": ("feed_dataset.core.console.handler", "import feed_command; sys.exit(feed_command.main())"),
    **{
        name: (f"{name}.cli", f"runpy.run_module({name!r}, run_name='__main__')")
        for name in ("baselines", "benchmark", "feed_dataset", "leaderboard", "model")
    },
}


@pytest.mark.parametrize("way", STARTS)
def test_ctrl_c_while_a_command_is_imported_is_one_line(way: str) -> None:
    at, start = STARTS[way]
    done = run(["-c", INTERRUPTED.format(at=at, start=start)], ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def run(command: list[str], cwd: Path, *path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*path, ROOT))), **environment}
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        encoding="latin-1",
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A researcher's own folder, with modules that are named like ours."""
    folder = tmp_path / "project"
    (folder / "baselines").mkdir(parents=True)
    (folder / "baselines" / "__init__.py").write_text("")
    (folder / "model.py").write_text("layers = 3\n")
    return folder


def test_modules_in_the_working_directory_do_not_hide_ours(project: Path) -> None:
    done = run(["-m", "benchmark", "list", "methods"], project)
    assert done.returncode == 0, done.stderr
    assert "copy-source" in done.stdout


def test_workers_look_where_their_parent_does(project: Path) -> None:
    code = (
        "import multiprocessing\n"
        "from feed_dataset.core.console.shadows import foreign_module, own_packages_first\n"
        "before = foreign_module('model')\n"
        "own_packages_first()\n"
        "pool = multiprocessing.get_context('spawn').Pool(1)\n"
        "print(before.name, pool.apply(foreign_module, ('model',)))\n"
        "pool.terminate()\n"
    )
    done = run(["-c", code], project)
    assert done.stdout.split() == ["model.py", "None"], done.stderr


def test_a_module_in_the_way_is_named(project: Path, tmp_path: Path) -> None:
    done = run(["-m", "benchmark", "list", "methods"], tmp_path, project)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {project / 'baselines' / '__init__.py'} hides our package 'baselines'")
    assert done.stderr.count("\n") == 1


def test_a_terminal_without_utf8(tmp_path: Path) -> None:
    environment = {"PYTHONIOENCODING": "latin-1", "FEED_LEADERBOARD": str(tmp_path / "none")}
    done = run(["-m", "leaderboard", "show"], tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert "FID v" in done.stdout and "CSIM ^" in done.stdout
    table = [line for line in done.stdout.split("Table 3, FEED")[0].splitlines() if line.startswith(("|", "+"))]
    assert len(table) > 4 and len({len(line) for line in table}) == 1
    page = run(["-m", "leaderboard", "show", "--format", "html"], tmp_path, **environment)
    assert page.returncode == 0 and "↑" in page.stdout.encode("latin-1").decode("utf-8")


def test_a_table_whose_reader_went_away() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmark", "list", "methods"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0


def test_output_that_cannot_be_written_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "leaderboard", "show"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: cannot write the output: ") and done.stderr.count(b"\n") == 1


FEED = "from feed_dataset.core.console.feed import main; main()"


@pytest.mark.parametrize(
    "command",
    [
        ["-c", FEED, "--help"],
        ["-c", FEED, "benchmark", "--help"],
        ["-c", FEED, "weights", "--help"],
        ["-m", "benchmark", "run", "--help"],
        ["-m", "feed_dataset", "--help"],
        ["-m", "model", "animate", "--help"],
        ["-m", "leaderboard", "--help"],
    ],
)
def test_help_is_quick(installed: Path, command: list[str]) -> None:
    """Measured in CPU time: the machine may be busy."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run(["-Ximporttime", *command], ROOT, installed)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0 and "usage: " in done.stdout and "examples:" in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5
    imported = {line.rsplit("|")[-1].strip() for line in done.stderr.splitlines()}
    assert "feed_dataset.core.console.room" in imported
    assert imported.isdisjoint({"numpy", "torch", "datasets", "av", "PIL", "numba", "rich", "pydantic", "yaml"})
