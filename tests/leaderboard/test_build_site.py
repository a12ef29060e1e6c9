from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.cli import main
from tests.leaderboard.honest import honest


@pytest.fixture(autouse=True)
def _default(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_LEADERBOARD", str(database))


def test_pages_of_what_is_stored(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "results.json"
    honest(("mine", "copy-source"), limit=None).save(results)
    assert main(["submit", str(results), "--db", str(database)]) == 0
    out = tmp_path / "site"
    assert main(["build-site", str(out), "--db", str(database)]) == 0
    assert f"open {out / 'index.html'}" in capsys.readouterr().out
    assert 'href="boards/feed-mini-cross-v4.html"' in (out / "index.html").read_text()
    assert "mine" in (out / "boards" / "feed-mini-cross-v4.html").read_text()
    assert (out / "submissions" / "1.json").read_text() == results.read_text()


def test_an_empty_store_gives_pages_that_say_so(database: Path, tmp_path: Path) -> None:
    assert main(["build-site", str(tmp_path / "site")]) == 0 and not database.exists()
    assert "No submission yet" in (tmp_path / "site" / "index.html").read_text()


def test_a_place_that_cannot_be_written_is_one_line(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["build-site", str(tmp_path / "file")]) == 2 and not database.exists()
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "cannot write the pages into" in error


def test_the_first_page_of_another_site_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("mine")
    arguments = ["build-site", str(site)]
    assert main(arguments) == 2
    assert "has an index.html" in capsys.readouterr().err and [one.name for one in site.iterdir()] == ["index.html"]
    (site / "index.html").unlink()
    assert main(arguments) == 0 and main(arguments) == 0, "its own site is written again"
