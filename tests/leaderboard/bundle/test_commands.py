"""The commands on bundles: what they print, what they write, and how they end."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.bundle import check
from leaderboard.cli import main
from tests.leaderboard.bundle.forge import members_of, written
from tests.leaderboard.forging import put
from tests.leaderboard.honest import honest


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Results of a shipped protocol, without features."""
    folder = tmp_path / "run"
    folder.mkdir()
    honest(limit=3).save(folder / "results.json")
    return folder


@pytest.fixture
def bundle(run: Path, tmp_path: Path) -> Path:
    assert main(["pack", str(run), "--out", str(tmp_path / "out")]) == 0
    return next((tmp_path / "out").glob("*.bundle.zip"))


def test_pack_and_validate(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pack", str(run), "--out", str(tmp_path / "out")]) == 0
    bundle = next((tmp_path / "out").iterdir())
    assert str(bundle) in capsys.readouterr().out
    assert main(["validate", str(bundle)]) == 0
    assert "self-reported: Its rows lead to its means" in capsys.readouterr().out


def test_a_rejected_bundle_ends_with_1_and_every_problem(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = members_of(bundle)
    document = json.loads(members["results.json"])
    put(document["aggregates"][0], value=0.5)
    members["results.json"] = (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
    assert main(["validate", str(written(tmp_path, members))]) == 1
    out = capsys.readouterr().out
    assert "problem: results.json: mine/csim[dlib]: expected value" in out and "\nrejected: " in out


def test_something_else_is_no_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.zip"
    other.write_bytes(b"hello")
    assert main(["validate", str(other)]) == 1
    assert "problem: archive: expected a bundle, a ZIP file" in capsys.readouterr().out
    assert main(["validate", str(tmp_path / "gone.zip")]) == 2, "nothing was rejected"
    assert "there is no" in capsys.readouterr().err
    assert main(["validate", str(tmp_path)]) == 2, "a folder without bundles"


def test_a_bundle_is_stored_with_its_verdict(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = ["--db", str(tmp_path / "board.sqlite3")]
    assert main(["submit", str(bundle), *database, "--dry-run"]) == 0
    assert "would be stored: feed-mini-cross" in (due := capsys.readouterr().out)
    renamed = tmp_path / "renamed"
    renamed.write_bytes(bundle.read_bytes())
    assert main(["submit", str(renamed), *database, "--dry-run"]) == 0
    assert capsys.readouterr().out == due, "known by its content"
    assert main(["submit", str(bundle), *database]) == 0
    assert "submission 1 stored" in capsys.readouterr().out
    assert main(["submit", str(bundle), *database]) == 2, "it is there already"


def test_a_bundle_of_results_that_are_there_raises_their_verdict(
    run: Path, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = ["--db", str(tmp_path / "board.sqlite3")]
    assert main(["submit", str(run), *database]) == 0
    assert main(["submit", str(bundle), *database]) == 2, "nothing more follows from it"
    honest_check = check.check_bundle
    monkeypatch.setattr(check, "check_bundle", lambda *a, **k: replace(honest_check(*a, **k), verdict="recomputed"))
    assert main(["submit", str(bundle), *database]) == 0
    assert "submission 1 in" in (out := capsys.readouterr().out) and "is now recomputed" in out


class TestResultsRepository:
    """Files of a pull request, on a Git host or as a Hugging Face dataset."""

    def test_a_run_becomes_files(self, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        target = tmp_path / "repository"
        assert main(["submit", str(run), "--to-folder", str(target), "--dry-run"]) == 0
        assert not target.exists() and capsys.readouterr().out.count("would write") == 4
        assert main(["submit", str(run), "--to-folder", str(target)]) == 0
        names = {path.name for path in target.rglob("*") if path.is_file()}
        (bundle,) = names - {"README.md", "manifest.json", "results.json", "rows.parquet"}
        assert len(names) == 5 and bundle.endswith(".bundle.zip")
        assert "path: submissions/*/*/rows.parquet" in (target / "README.md").read_text()
        assert main(["validate", str(target)]) == 0
        assert main(["submit", str(run), "--to-folder", str(target)]) == 2, "the same bundle is there"

    def test_files_beside_a_bundle_are_its_own(
        self, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        target = tmp_path / "repository"
        assert main(["submit", str(run), "--to-folder", str(target)]) == 0
        results = next(target.rglob("results.json"))
        results.write_bytes(results.read_bytes().replace(b"0.9", b"0.8", 1))
        assert main(["validate", str(target)]) == 1
        assert "results.json: expected the bundle's own file beside it" in capsys.readouterr().out

    def test_a_table_of_rows_opens_as_a_dataset(self, run: Path, tmp_path: Path) -> None:
        datasets = pytest.importorskip("datasets")
        target = tmp_path / "repository"
        assert main(["submit", str(run), "--to-folder", str(target)]) == 0
        rows = datasets.load_dataset(str(target), "rows", split="test", cache_dir=str(tmp_path / "cache"))
        expected = json.loads((run / "results.json").read_text())["rows"]
        assert len(rows) == len(expected) and rows[0]["metric"] == expected[0]["metric"]
