from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import readme_command, update_readme

ROOT = Path(__file__).resolve().parent.parent.parent


def test_commands_are_found_by_their_mark() -> None:
    marked = "<!-- command: tests -->\n```sh\npytest \\\n  -q\n```\n"
    text = f"a\n{marked}```sh\nother\n```\n<!-- command: x -->\n\n```sh\nno\n```\n"
    assert readme_command.commands(text) == {"tests": "pytest \\\n  -q\n"}


@pytest.mark.parametrize(("name", "part"), [("main job", "benchmark run"), ("tests", "pytest")])
def test_script_prints_a_command(name: str, part: str) -> None:
    script = [sys.executable, str(ROOT / "scripts" / "readme_command.py"), *name.split()]
    assert part in subprocess.run(script, check=True, capture_output=True, text=True).stdout


def test_unknown_command_exits_2() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "readme_command.py"), "deploy"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "expected a command of README.md among main job, tests but got 'deploy'\n"


def test_only_what_is_between_the_markers_changes() -> None:
    before = f"# T\n{update_readme.BEGIN}\nold\n{update_readme.END}\nend\n"
    after = update_readme.filled(before, "new | table")
    assert after == f"# T\n{update_readme.BEGIN}\nnew | table\n{update_readme.END}\nend\n"
    assert update_readme.filled(after, "new | table") == after


@pytest.mark.parametrize("text", ["", update_readme.BEGIN, f"{update_readme.END}{update_readme.BEGIN}"])
def test_missing_markers(text: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        update_readme.filled(text, "x")


def test_table_says_what_was_measured() -> None:
    from tests.leaderboard.conftest import make_results

    results = make_results(limit=4)
    text = update_readme.table(results)
    assert text.splitlines()[0] == "| metric | emoportraits | copy-source |"
    assert [line.split(" | ")[0] for line in text.splitlines()[2:5]] == [
        "| csim\\[dlib\\] ↑",
        "| pose\\_error\\_deg\\[mesh468\\] (deg) ↓",
        "| fd\\[dlib\\] ↓",
    ]
    assert "the first 4 only" in text
    assert "Not computed: fid\\[inception\\]; needs inception." in text
