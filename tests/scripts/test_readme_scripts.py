from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import readme_command, update_readme
from tests.leaderboard.conftest import make_results

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


def test_the_short_table_has_value_and_interval_only() -> None:
    results = make_results(limit=4)
    lines = update_readme.short_table(results).splitlines()
    assert lines[0] == "| metric | emoportraits | copy-source |"
    assert [line.split(" | ")[0] for line in lines[2:-2]] == ["| csim\\[dlib\\] ↑", "| fd\\[dlib\\] ↓"]
    csim = results.aggregate("emoportraits", "csim[dlib]")
    assert csim is not None and csim.ci_low is not None and csim.ci_high is not None
    assert lines[2].split(" | ")[1] == f"{csim.value:.3f} \\[{csim.ci_low:.3f}, {csim.ci_high:.3f}\\]"
    assert lines[-1].startswith("bench v") and "the first 4 only" in lines[-1]


def test_the_full_table_says_what_was_measured_and_what_was_not() -> None:
    text = update_readme.full_table(make_results(limit=4))
    assert [line.split(" | ")[0] for line in text.splitlines()[2:5]] == [
        "| csim\\[dlib\\] ↑",
        "| pose\\_error\\_deg\\[mesh468\\] (deg) ↓",
        "| fd\\[dlib\\] ↓",
    ]
    assert "the first 4 only" in text
    assert "Not computed: fid\\[inception\\]; needs inception." in text


def test_only_the_full_table_counts_cases_without_a_value() -> None:
    results = make_results()
    first, *others = results.aggregates
    lossy = first.model_copy(update={"cases_scored": first.cases_scored - 1, "cases_failed": 1})
    results = results.model_copy(update={"aggregates": [lossy, *others]})
    assert " (3 of 4 scored)" in update_readme.full_table(results)
    assert "scored" not in update_readme.short_table(results)


def test_results_without_a_telling_metric_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = make_results()
    kept = [a for a in results.aggregates if a.metric not in update_readme.TELLING]
    results.model_copy(update={"aggregates": kept}).save(tmp_path / "results.json")
    page = f"{update_readme.BEGIN}\nold\n{update_readme.END}\n"
    for name in ("README", "PAGE"):
        (tmp_path / name).write_text(page)
        monkeypatch.setattr(update_readme, name, tmp_path / name)
    monkeypatch.setattr(sys, "argv", ["update_readme", str(tmp_path / "results.json")])
    assert update_readme.main() == 2
    assert [(tmp_path / name).read_text() for name in ("README", "PAGE")] == [page, page]


def test_one_results_file_fills_both_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_results().save(tmp_path / "results.json")
    ceilings = f"{update_readme.CEILINGS_BEGIN}\nold\n{update_readme.CEILINGS_END}\n"
    for name, more in (("README", ""), ("PAGE", ceilings)):
        (tmp_path / name).write_text(f"{update_readme.BEGIN}\nold\n{update_readme.END}\n{more}")
        monkeypatch.setattr(update_readme, name, tmp_path / name)
    monkeypatch.setattr(sys, "argv", ["update_readme", str(tmp_path / "results.json")])
    assert update_readme.main() == 0
    short, full = ((tmp_path / name).read_text() for name in ("README", "PAGE"))
    assert "pose" in full and "pose" not in short and "old" not in full + short


def test_the_telling_metrics_exist() -> None:
    from benchmark.metrics.catalog import CARDS

    assert set(update_readme.TELLING) <= set(CARDS)
