"""A stranger's method and protocol, from a directory of their own: a row in a report, and a submission."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from benchmark.results.schema import Results
from tests.benchmark.commands.test_cli import ROOT, needs_networks

METRICS = ["csim[dlib]", "pose_transfer[mesh468]"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of docs/own-method.md, and a short protocol of one's own."""
    folder = tmp_path_factory.mktemp("stranger")
    page = (ROOT / "docs" / "own-method.md").read_text(encoding="utf-8")
    for text in re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        (folder / text.split(maxsplit=2)[1]).write_text(text)
    protocol = yaml.safe_load((ROOT / "benchmark" / "protocols" / "feed-mini-cross.yaml").read_text(encoding="utf-8"))
    protocol |= {"name": "mine", "data": "feed-mini", "frames_per_case": 3, "metrics": METRICS}
    protocol["drivers"] |= {"subjects": ["S05", "S06"], "stems": ["rotations"], "cases": 2}
    del protocol["sources"]
    (folder / "mine.yaml").write_text(yaml.safe_dump(protocol))
    return folder


def feed(folder: Path, *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("feed")), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_file_and_a_folder_of_frames_give_the_same_row_and_can_be_submitted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_networks()
    monkeypatch.setenv("FEED_LEADERBOARD", str(folder / "board.sqlite3"))
    feed(folder, "benchmark", "run", "--method", "mine.py:Mine,copy-source", "--protocol", "mine.yaml", "--out", "file")
    feed(folder, "benchmark", "stage", "mine.yaml", "--out", "staged")
    subprocess.run([sys.executable, "animate.py", "staged/cases.csv", "staged", "made"], cwd=folder, check=True)
    frames = "frames:made=mine,copy-source"
    feed(folder, "benchmark", "run", "--method", frames, "--protocol", "mine.yaml", "--out", "frames")

    by_file, by_frames = (Results.load(folder / name / "results.json") for name in ("file", "frames"))
    assert by_file.protocol == by_frames.protocol
    for metric in METRICS:
        of_file, of_frames = (results.case_rows("mine", metric) for results in (by_file, by_frames))
        assert len(of_file) == 2
        for one, other in zip(of_file, of_frames, strict=True):
            # Pillow cuts a half off where the class rounds to even.
            assert one.value == pytest.approx(other.value, abs=0.01), metric
    assert "mine" in (folder / "frames" / "report.html").read_text(encoding="utf-8")
    assert "stored" in feed(folder, "leaderboard", "submit", "frames", "--protocol", "mine.yaml")
    assert "mine (#1)" in feed(folder, "leaderboard", "show")


def test_from_nothing_to_a_row_beside_emoportraits_with_one_command(tmp_path: Path) -> None:
    needs_networks()
    feed(tmp_path, "baselines", "new", "stranger")
    assert len((tmp_path / "stranger.py").read_text().splitlines()) <= 40
    feed(tmp_path, "benchmark", "run", "--method", "stranger.py,emoportraits", "--limit", "1", "--workers", "1")
    (run,) = (tmp_path / "runs").iterdir()
    results = Results.load(run / "results.json")
    assert [method.name for method in results.methods] == ["stranger", "emoportraits"]
    for method in results.methods:
        aggregate = results.aggregate(method.name, "csim[dlib]")
        assert aggregate is not None and aggregate.cases_scored == 1
        assert method.card is not None and method.speed is not None
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "stranger" in page and "What their authors say of them" in page
