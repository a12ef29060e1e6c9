from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from benchmark.results.schema import Results
from leaderboard.errors import StoreUnavailable, SubmissionError
from leaderboard.server.app import create_app
from leaderboard.server.settings import Settings
from tests.leaderboard.honest import honest
from tests.leaderboard.server.conftest import CLIP, Service

TABLE = "tables/feed-mini-cross"


@pytest.fixture
def filled(service: Service, few: Results) -> Service:
    assert service.submit(few).status_code == 201
    assert service.submit(honest(("another",), limit=2, seed=1)).status_code == 201
    return service


class TestTables:
    def test_rows_and_columns(self, filled: Service, few: Results) -> None:
        (table,) = filled.get(TABLE).json()["tables"]
        assert table["group"]["protocol"] == "feed-mini-cross" and table["group"]["case_limit"] == 2
        names = {column["metric"] for column in table["columns"]}
        assert names == {one.metric for one in few.aggregates}
        mine = next(row for row in table["rows"] if row["method"] == "mine")
        due = {one.metric: one.value for one in few.aggregates if one.method == "mine"}
        assert {metric: one["value"] for metric, one in mine["values"].items()} == due
        assert mine["verdict"] == "self-reported" and mine["submission"] == 1

    def test_sorted(self, filled: Service) -> None:
        (table,) = filled.get(f"{TABLE}?sort=csim[dlib]").json()["tables"]
        values = [row["values"]["csim[dlib]"]["value"] for row in table["rows"]]
        there = [one for one in values if one is not None]
        assert there == sorted(there, reverse=True)

    def test_unknown_names(self, filled: Service) -> None:
        assert filled.get("tables/feed-mini-cros").status_code == 404
        assert "did you mean 'feed-mini-cross'" in filled.get("tables/feed-mini-cros").json()["detail"]
        assert filled.get(f"{TABLE}?sort=csim").status_code == 422

    def test_a_protocol_without_submissions(self, filled: Service) -> None:
        assert filled.get("tables/feed-self").json() == {"protocol": "feed-self", "tables": []}


class TestWhatHasNotChanged:
    def test_is_not_sent_again(self, filled: Service) -> None:
        first = filled.get(TABLE)
        again = filled.get(TABLE, **{"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == first.headers["etag"]

    def test_another_state_has_another_tag(self, filled: Service) -> None:
        first = filled.get(TABLE)
        other = filled.get("tables/feed-self").headers["etag"]
        filled.submit(honest(("third",), limit=2, seed=3))
        again = filled.get(TABLE, **{"If-None-Match": first.headers["etag"]})
        assert again.status_code == 200 and "third" in again.text
        assert filled.get("tables/feed-self", **{"If-None-Match": other}).status_code == 304

    def test_what_another_program_stores_is_seen(self, filled: Service, few: Results) -> None:
        import time

        from leaderboard.store import Store
        from leaderboard.validate import Submission

        assert "local" not in filled.get(TABLE).text
        url = filled.store.database.place.url
        place = filled.store.database.place.file or url.render_as_string(hide_password=False)
        results = honest(("local",), limit=2, seed=4)
        Store(place).add(Submission(results, tuple(results.aggregates)))
        time.sleep(0.11)  # as the docs say
        assert "local" in filled.get(TABLE).text

    def test_compressed_and_plain(self, filled: Service) -> None:
        squeezed, plain = filled.get(TABLE), filled.get(TABLE, **{"Accept-Encoding": "identity"})
        assert squeezed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
        assert squeezed.content == plain.content and squeezed.headers["etag"] != plain.headers["etag"]
        assert squeezed.headers["vary"] == "Accept-Encoding"

    def test_head(self, filled: Service) -> None:
        answer = filled.client.head(f"/api/v1/{TABLE}")
        assert answer.status_code == 200 and answer.content == b"" and int(answer.headers["content-length"]) > 100


class TestSubmissions:
    def test_in_parts(self, filled: Service) -> None:
        first = filled.get("submissions?limit=1").json()
        assert [one["submission"] for one in first["submissions"]] == [1] and first["next"] == 1
        second = filled.get("submissions?limit=1&after=1").json()
        assert [one["submission"] for one in second["submissions"]] == [2] and second["next"] is None
        assert filled.get("submissions?protocol=feed-self").json() == {"submissions": [], "next": None}

    def test_one(self, filled: Service, few: Results) -> None:
        found = filled.get("submissions/1").json()
        assert found["methods"] == [one.name for one in few.methods] and found["files"]["bundle"] is None
        assert Results.model_validate(filled.client.get(found["files"]["results"]).json()) == few

    @pytest.mark.parametrize("path", ["submissions/9", "submissions/9/results.json", "submissions/1/bundle"])
    def test_none(self, filled: Service, path: str) -> None:
        answer = filled.get(path)
        assert answer.status_code == 404 and answer.json()["detail"]


class TestFiles:
    @pytest.fixture
    def clip(self, service: Service, bundle: bytes) -> str:
        service.submit(bundle, kind="application/zip")
        found: Any = service.get("submissions/1").json()
        return str(found["clips"][0]["address"])

    def test_clips_come_in_parts(self, service: Service, clip: str) -> None:
        whole = service.client.get(clip)
        assert whole.content == CLIP and whole.headers["accept-ranges"] == "bytes"
        part = service.client.get(clip, headers={"Range": "bytes=4-7"})
        assert part.status_code == 206 and part.content == b"ftyp"
        assert part.headers["content-range"] == f"bytes 4-7/{len(CLIP)}"
        assert service.client.get(clip, headers={"Range": "bytes=9999-"}).status_code == 416

    def test_they_can_do_nothing(self, service: Service, clip: str) -> None:
        for address, kind in ((clip, "video/mp4"), ("/api/v1/submissions/1/bundle", "application/zip")):
            headers = service.client.get(address).headers
            assert headers["content-type"] == kind and headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in headers["content-security-policy"]

    def test_bundles(self, service: Service, clip: str, bundle: bytes) -> None:
        answer = service.get("submissions/1/bundle")
        assert answer.content == bundle and "attachment" in answer.headers["content-disposition"]

    @pytest.mark.parametrize("name", ["no.mp4", "..%2fresults.json", "%2e%2e/%2e%2e/etc/passwd", "mine/"])
    def test_nothing_else(self, service: Service, clip: str, name: str) -> None:
        assert service.get(f"submissions/1/clips/{name}").status_code == 404


class TestExports:
    def test_json(self, filled: Service, few: Results) -> None:
        content = filled.get("export.json").json()
        assert [one["number"] for one in content["submissions"]] == [1, 2]
        assert {one["metric"] for one in content["entries"]} == {one.metric for one in few.aggregates}

    def test_parquet_has_the_same_numbers(self, filled: Service) -> None:
        import pyarrow.parquet as pq

        answer = filled.get("export.parquet")
        rows = pq.read_table(io.BytesIO(answer.content)).to_pylist()
        due = filled.get("export.json").json()["entries"]
        assert [{name: row[name] for name in due[0]} for row in rows] == due
        assert {row["submitter"] for row in rows} == {"lab"} and {row["synthetic"] for row in rows} == {True}

    def test_of_nothing(self, service: Service) -> None:
        import pyarrow.parquet as pq

        assert service.get("export.json").json() == {"submissions": [], "entries": []}
        assert pq.read_table(io.BytesIO(service.get("export.parquet").content)).num_rows == 0


@pytest.mark.parametrize("number", [0, -1, 2**31, 10**30])
def test_a_number_that_no_submission_has(filled: Service, number: int) -> None:
    for file in ("", "/results.json", "/bundle", "/clips/a/b.mp4"):
        assert filled.get(f"submissions/{number}{file}").status_code == 404, file
    admin = filled.token("ops", "admin")
    assert filled.get(f"audit?after={10**30}", Authorization=f"Bearer {admin}").status_code == 422


def test_protocols(filled: Service) -> None:
    found = {one["name"]: one for one in filled.get("protocols").json()["protocols"]}
    assert found["feed-mini-cross"]["submissions"] == 2 and found["feed-mini-cross"]["ships"]
    assert found["feed-self"]["submissions"] == 0


def test_the_audit_log_is_for_admins(filled: Service) -> None:
    assert filled.get("audit").status_code == 401
    secret = filled.token("ops", "admin")
    answer = filled.get("audit?after=1&limit=2", Authorization=f"Bearer {secret}")
    assert [(one["actor"], one["action"]) for one in answer.json()["entries"]] == [("lab", "submission.accepted")] * 2
    assert answer.headers["cache-control"] == "no-store"


def test_every_answer_has_the_headers(filled: Service) -> None:
    for path in ("health", TABLE, "nothing", "submissions/9", "openapi.json"):
        headers = filled.get(path).headers
        policy = headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy and "default-src 'none'" in policy


def test_a_database_that_is_gone(filled: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> int:
        raise StoreUnavailable("the leaderboard postgresql://host/board cannot be used: connection refused")

    monkeypatch.setattr(filled.store, "revision", gone)
    for path in ("health", TABLE):
        answer = filled.get(path)
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
        assert "postgresql" not in answer.text
        monkeypatch.setattr(filled.context.revision, "_ask", gone)
        filled.context.revision.expire()


def test_old_uploads_of_a_killed_server_are_removed(tmp_path: Path) -> None:
    import os

    from leaderboard.server.app import _remove_left

    for name, age_s in ((".submission.old.tmp", 2 * 24 * 3600), (".submission.new.tmp", 0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "body").write_bytes(b"a")
        os.utime(tmp_path / name, (os.stat(tmp_path).st_mtime - age_s,) * 2)
    _remove_left(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == [".submission.new.tmp"]
    _remove_left(tmp_path / "not there")


def test_a_server_that_could_take_no_submission_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a")
    database = tmp_path / "board.sqlite3"
    with pytest.raises(SubmissionError, match=r"cannot keep files in .*file.folder: Not a directory; see --files"):
        create_app(Settings(place=database, files=tmp_path / "file" / "folder"))
    with pytest.raises(SubmissionError, match="nowhere.yaml"):
        create_app(Settings(place=database, protocol_file=tmp_path / "nowhere.yaml"))


def test_the_description_of_the_api(service: Service) -> None:
    paths = json.loads(service.get("openapi.json").text)["paths"]
    assert {"/api/v1/tables/{protocol}", "/api/v1/submissions", "/api/v1/export.parquet"} <= set(paths)
