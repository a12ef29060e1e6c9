"""Addresses of the pages on a server: what they answer, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra 'server' is not installed")

from fastapi.testclient import TestClient  # noqa: E402

from leaderboard.server.app import create_app  # noqa: E402
from leaderboard.server.settings import Settings  # noqa: E402
from leaderboard.store import Store  # noqa: E402
from leaderboard.store.submissions import Attachments  # noqa: E402
from leaderboard.validate import read_submission  # noqa: E402
from tests.leaderboard.honest import honest  # noqa: E402
from tests.leaderboard.web.test_mp4 import write_clip  # noqa: E402

BOARD = "/boards/feed-mini-cross-v4"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("store")
    results = honest(("mine", "copy-source"), limit=None)
    results.save(folder / "results.json")
    write_clip(folder / "clip.mp4", 6, 25)
    found = Store(folder / "board.sqlite3")
    clips = {
        f"clips/{name}/{results.protocol.case_ids[0]}.mp4": folder / "clip.mp4" for name in ("mine", "input-driver")
    }
    found.add(read_submission(folder / "results.json"), attachments=Attachments(clips=clips))
    return found


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(place=store.database.place.name))) as found:
        yield found


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/index.html", "/paper.html", "/submit.html", f"{BOARD}.html", "/submissions/1.html"),
        *("/compare/feed-mini-cross-v4.html", f"{BOARD}.html?x=auc_z&y=fd%5Bdlib%5D", f"{BOARD}.html?sort=nothing"),
    ],
)
def test_pages(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["etag"]
    assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        *("/boards/none.html", f"{BOARD}.exe", "/boards/..%2f..%2fsecret.html", "/compare/none.html"),
        *("/submissions/2.html", "/submissions/0.json", "/submissions/x.html", "/submissions/1.exe"),
        *("/submissions/99999999999.json", "/clips/1/none.mp4", "/clips/7/none.mp4", "/static/none.js"),
        "/static/..%2froutes.py",
    ],
)
def test_what_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_chosen_columns_of_a_form_without_a_script(client: TestClient) -> None:
    text = client.get(f"{BOARD}.html?metrics=auc_z&metrics=csim%5Bdlib%5D").text
    assert text.count('scope="col" data-id=') == 2


def test_files_of_a_table_and_of_a_submission(client: TestClient, store: Store) -> None:
    csv = client.get(f"{BOARD}.csv?metrics=csim%5Bdlib%5D")
    assert csv.text.startswith("kind,method,submission,csim[dlib],")
    assert csv.headers["content-disposition"] == 'attachment; filename="feed-mini-cross-v4.csv"'
    assert client.get(f"{BOARD}.tex").text.startswith("% feed-mini-cross v4")
    assert client.get("/submissions/1.json").text == store.document(1)


def test_clips_come_in_parts_and_only_those_of_their_submission(client: TestClient, store: Store) -> None:
    (sha256,) = {clip.sha256 for clip in store.clips(1)}
    path = f"/clips/1/{sha256[:32]}.mp4"
    assert path.removeprefix("/") in client.get("/compare/feed-mini-cross-v4.html").text
    whole, part = client.get(path), client.get(path, headers={"Range": "bytes=4-7"})
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert client.get(path.replace("/1/", "/2/")).status_code == 404


def test_a_page_is_never_older_than_a_short_while(client: TestClient, store: Store, tmp_path: Path) -> None:
    assert "later" not in client.get(f"{BOARD}.html").text
    honest(("later", "copy-source"), limit=None, seed=5).save(tmp_path / "results.json")
    store.add(read_submission(tmp_path / "results.json"))  # by another process
    for _ in range(100):
        if "later" in client.get(f"{BOARD}.html").text:
            return
    raise AssertionError("expected the new submission in the table within a hundred requests")
