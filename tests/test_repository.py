"""What must be true of the repository as a whole."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from scripts.check_oldest import CONSTRAINTS as OLDEST
from scripts.check_oldest import LEFT_OUT, TESTS, oldest
from scripts.readme_command import commands

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("feed_dataset", "benchmark", "baselines", "model", "leaderboard")
VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm")
# Put together here so that this file does not contain what it forbids.
MACHINE = re.compile(
    "|".join(["/" + name + "/" for name in ("work", "farm", "root")] + [r"\.\./" + "shared", "bash_" + "jobs"])
)
REGISTRIES = re.compile(r"(pypi|pythonhosted|npmjs|debian)[.](org|com)")


def _files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout: cannot tell the repository's files from others", allow_module_level=True)
    names = [name for name in listing.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


FILES = _files()


def _texts() -> list[tuple[str, str]]:
    found = []
    for path in FILES:
        try:
            found.append((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # binary
    return found


def test_no_path_of_a_machine() -> None:
    found = [name for name, text in _texts() if not name.startswith(".ci/") and MACHINE.search(text)]
    assert found == []


def test_no_registry_host() -> None:
    assert [name for name, text in _texts() if REGISTRIES.search(text)] == []


def test_sizes() -> None:
    large = {str(path): path.stat().st_size for path in FILES if path.stat().st_size > 40_000_000}
    videos = {str(p): p.stat().st_size for p in FILES if p.suffix in VIDEOS and p.stat().st_size > 2_000_000}
    assert (large, videos) == ({}, {})


def test_python_files_are_short() -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in FILES if p.suffix == ".py"}
    assert {name: length for name, length in lengths.items() if length >= 500} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_are_typed_packages(room: str) -> None:
    assert (ROOT / room / "__init__.py").is_file()
    assert (ROOT / room / "py.typed").is_file()


def test_readme_has_exactly_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert list(commands(readme)) == ["main job", "tests"]
    assert len(re.findall(r"^```(?:sh|bash|shell|console)\b", readme, re.MULTILINE)) == 2
    for command in commands(readme).values():
        assert len(command.strip().replace("\\\n", "").splitlines()) == 1
        assert "-c constraints.txt" in command
        subprocess.run(["bash", "-n", "-c", command], check=True)


def test_readme_links_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", readme)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_constraints_are_versions_only_and_cover_the_project() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9A-Za-z.]*", line)] == []
    pinned = {line.split("==")[0] for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(d for extra in project["optional-dependencies"].values() for d in extra),
    ]
    names = {re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", d)[0]).lower() for d in wanted}
    assert names - pinned == set()


def test_the_oldest_constraints_are_the_lower_bounds() -> None:
    pinned = dict(line.split("==") for line in (ROOT / OLDEST).read_text().splitlines() if not line.startswith("#"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r">=", dependency)[0] for dependency in project["dependencies"]]
    assert {name: pinned[name] for name in names if name != "torch"} == {
        name: oldest(name) for name in names if name != "torch"
    }


def test_what_is_run_with_the_oldest_versions_exists() -> None:
    assert [name for name in (*TESTS, *LEFT_OUT) if not (ROOT / name.partition("::")[0]).is_file()] == []


def test_extras_are_the_agreed_ones() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {
        "decord", "demo", "dev", "insightface", "jod", "onnx", "oracles", "pandas", "quality", "ray", "server",
        "speech", "syncnet", "tensorboard", "trackio", "voices", "wandb",
    }  # fmt: skip
    assert set(project["optional-dependencies"]) == names


def test_ci_runs_what_the_readme_says() -> None:
    ci = (ROOT / ".ci" / "run").read_text()
    assert "readme_command.py" in ci
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
