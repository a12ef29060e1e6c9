from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.errors import SubmissionError
from leaderboard.store import Store, default_place
from leaderboard.store.place import Place


def test_default_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FEED_LEADERBOARD", str(tmp_path / "mine.sqlite3"))
    assert default_place() == str(tmp_path / "mine.sqlite3")
    monkeypatch.delenv("FEED_LEADERBOARD")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_place() == str(tmp_path / ".local/share/feed/leaderboard.sqlite3")


@pytest.mark.parametrize("text", ["board.sqlite3", "sqlite:///board.sqlite3"])
def test_files(text: str) -> None:
    place = Place.of(text)
    assert place.file == Path("board.sqlite3") and place.name == "board.sqlite3"
    assert place.files == Path("board.files")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_servers_are_reached_through_psycopg_and_named_without_their_password(scheme: str) -> None:
    place = Place.of(f"{scheme}://me:secret@host/board")
    assert place.url.drivername == "postgresql+psycopg" and place.url.password == "secret"
    assert "secret" not in place.name and "host/board" in place.name
    assert place.file is None and place.files is None


@pytest.mark.parametrize("text", ["mysql://host/board", "sqlite://", "sqlite:///:memory:", "://", "http://host:x/"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SubmissionError, match="expected a file"):
        Store(text)
