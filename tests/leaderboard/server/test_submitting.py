from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.results.schema import Results
from leaderboard.server import checking
from leaderboard.store import Store
from leaderboard.store.audit import entries as audit_entries
from leaderboard.store.tokens import create_token, revoke_token
from leaderboard.validate import Submission
from tests.leaderboard.honest import honest
from tests.leaderboard.server.conftest import CLIP, Service

ZIP = "application/zip"


def numbers(service: Service) -> list[int]:
    return [one.number for one in service.store.submissions()]


def actions(service: Service) -> list[tuple[str, str]]:
    with service.store.database.reading() as connection:
        found = [(one.actor, one.action) for one in audit_entries(connection)]
    return [one for one in found if not one[1].startswith("token.")]


class TestAccepted:
    def test_results(self, service: Service, few: Results) -> None:
        answer = service.submit(few)
        assert answer.status_code == 201 and answer.headers["location"] == "/api/v1/submissions/1"
        assert answer.json()["submission"] == 1 and answer.json()["verdict"] == "self-reported"
        assert Results.model_validate_json(service.store.document(1)) == few
        assert service.store.submission(1).submitter == "lab"
        assert actions(service) == [("lab", "submission.accepted")]

    def test_a_bundle_with_its_clips(self, service: Service, alone: Results, bundle: bytes) -> None:
        answer = service.submit(bundle, kind=ZIP)
        assert answer.status_code == 201, answer.text
        stored = service.store.submission(1)
        assert stored.bundle_sha256 == hashlib.sha256(bundle).hexdigest()
        path = service.store.bundle_path(1)
        assert path is not None and path.read_bytes() == bundle
        (clip,) = service.store.clips(1)
        found = service.store.clip_path(1, clip.name)
        assert found is not None and found.read_bytes() == CLIP
        assert Results.model_validate_json(service.store.document(1)) == alone

    def test_nothing_is_left_of_what_was_received(self, service: Service, few: Results, bundle: bytes) -> None:
        service.submit(few)
        service.submit(bundle, kind=ZIP)
        service.submit(b"{}")
        assert [*service.context.incoming.iterdir()] == []


class TestRefused:
    def test_with_a_line_for_each_problem(self, service: Service, few: Results) -> None:
        document = json.loads(few.to_json())
        for one in document["aggregates"]:
            if one["level"] == "case" and one["value"] is not None:
                one["value"] = one["value"] * 100 + 1
        answer = service.submit(json.dumps(document).encode())
        assert answer.status_code == 422
        problems = answer.json()["problems"]
        assert len(problems) > 3 and all(one["place"] == "results.json" and one["message"] for one in problems)
        assert numbers(service) == [] and actions(service) == [("lab", "submission.refused")]

    @pytest.mark.parametrize(
        "body", [b"{}", b"[" * 100_000, b"\xff\xfe", b'{"rows": NaN}', b"null", b'"' + b"a" * 10**6]
    )
    @pytest.mark.parametrize("kind", ["application/json", ZIP])
    def test_what_is_no_submission(self, service: Service, body: bytes, kind: str) -> None:
        answer = service.submit(body, kind=kind)
        assert answer.status_code == 422 and answer.json()["problems"]
        assert str(service.context.incoming) not in answer.text
        assert service.client.get("/api/v1/health").status_code == 200

    def test_empty(self, service: Service) -> None:
        assert service.submit(b"").status_code == 422

    def test_the_same_results_again(self, service: Service, few: Results) -> None:
        service.submit(few)
        answer = service.submit(few)
        assert answer.status_code == 409 and answer.json()["submission"] == 1
        assert numbers(service) == [1] and "/" not in answer.json()["detail"]

    def test_another_type(self, service: Service, few: Results) -> None:
        assert service.submit(few, kind="text/html").status_code == 415
        assert service.submit(few, kind="multipart/form-data; boundary=x").status_code == 415
        assert service.submit(few, **{"Content-Encoding": "gzip"}).status_code == 415

    def test_more_memory_than_a_check_may_have(self, serve: Callable[..., Service]) -> None:
        service = serve(check_bytes=2**20)
        answer = service.submit(b'"' + b"a" * 2**23)
        assert answer.status_code == 422 and "checked with 1 MiB" in answer.json()["problems"][0]["message"]
        assert numbers(service) == []

    def test_more_time_than_a_check_may_have(
        self, serve: Callable[..., Service], few: Results, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(checking, "_MORE_S", 0.0)
        service = serve(check_s=1e-6)
        answer = service.submit(few)
        assert answer.status_code == 422 and "the check was ended" in answer.json()["problems"][0]["message"]
        assert numbers(service) == []


class TestSentAgain:
    def test_with_its_key(self, service: Service, few: Results) -> None:
        first, again = service.submit(few, key="one"), service.submit(few, key="one")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json() and first.headers["location"] == again.headers["location"]
        assert numbers(service) == [1]

    def test_another_body_under_the_key(self, service: Service, few: Results) -> None:
        service.submit(few, key="one")
        answer = service.submit(honest(limit=2, seed=1), key="one")
        assert answer.status_code == 422 and "'one' was used for submission 1" in answer.json()["detail"]
        assert numbers(service) == [1]

    def test_the_key_of_somebody_else(self, service: Service, few: Results) -> None:
        service.submit(few, key="one")
        answer = service.submit(few, key="one", secret=service.token())
        assert answer.status_code == 409

    def test_after_it_was_refused(self, service: Service, few: Results) -> None:
        assert service.submit(b"{}", key="one").status_code == 422
        assert service.submit(few, key="one").status_code == 201

    @pytest.mark.parametrize("key", ["", "a b", "a" * 201])
    def test_what_is_no_key(self, service: Service, few: Results, key: str) -> None:
        assert service.submit(few, key=key).status_code == 400


class TestTokens:
    """Each refusal comes before a byte of the body is read, see `test_uploads`."""

    def test_none(self, service: Service, few: Results) -> None:
        for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "}):
            answer = service.client.post("/api/v1/submissions", content=few.to_json(), headers=headers)
            assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"

    def test_unknown(self, service: Service, few: Results) -> None:
        for secret in (service.secret[:-1], service.secret + "a", "feed_", "' OR 1=1 --", "\\x00"):
            assert service.submit(few, secret=secret).status_code == 401
        assert numbers(service) == []

    def test_of_another_leaderboard(self, service: Service, few: Results, tmp_path: Path) -> None:
        _, foreign = create_token(Store(tmp_path / "another.sqlite3").database, "lab", ["submit", "admin"])
        assert service.submit(few, secret=foreign).status_code == 401

    def test_revoked(self, service: Service, few: Results) -> None:
        token, secret = create_token(service.store.database, "gone", ["submit"])
        assert service.submit(few, secret=secret).status_code == 201
        revoke_token(service.store.database, token.number)
        answer = service.submit(honest(limit=2, seed=1), secret=secret)
        assert answer.status_code == 401 and "revoked" in answer.json()["detail"]

    def test_expired(self, service: Service, few: Results) -> None:
        assert service.submit(few, secret=service.token("old", days=-1)).status_code == 401

    def test_for_something_else(self, service: Service, few: Results) -> None:
        answer = service.submit(few, secret=service.token("reader", "admin", "study"))
        assert answer.status_code == 403 and "'submit'" in answer.json()["detail"]
        assert service.get("audit", Authorization=f"Bearer {service.secret}").status_code == 403

    def test_the_secret_is_not_kept(self, service: Service) -> None:
        from sqlalchemy import select

        from leaderboard.store.schema import AUDIT, TOKENS

        with service.store.database.reading() as connection:
            kept = repr([tuple(row) for table in (TOKENS, AUDIT) for row in connection.execute(select(table))])
        assert service.secret.removeprefix("feed_") not in kept
        assert hashlib.sha256(service.secret.encode()).hexdigest() in kept


class TestLimits:
    def test_of_a_token(self, serve: Callable[..., Service], few: Results) -> None:
        service = serve(submissions_per_hour=6)  # a burst of one
        assert service.submit(few).status_code == 201
        answer = service.submit(few)
        assert answer.status_code == 429 and 590 <= int(answer.headers["retry-after"]) <= 600
        assert service.submit(few, secret=service.token()).status_code == 409  # of another token

    def test_of_an_address(self, serve: Callable[..., Service]) -> None:
        service = serve(requests_per_minute=20)  # a burst of two
        assert [service.get("health").status_code for _ in range(3)] == [200, 200, 429]
        answer = service.get("health")
        assert 1 <= int(answer.headers["retry-after"]) <= 3 and answer.headers["x-content-type-options"] == "nosniff"


SCRIPT = "<script>alert(1)</script>'); DROP TABLE submissions;--"


def test_script_is_refused_as_a_name_and_comes_back_as_data(service: Service) -> None:
    answer = service.submit(honest((SCRIPT,), limit=2))
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/json"
    assert "<script>" in answer.json()["problems"][0]["message"]


def test_script_that_is_stored_is_data(service: Service) -> None:
    results = honest((SCRIPT,), limit=2)
    service.store.add(Submission(results, tuple(results.aggregates)))
    for path in ("tables/feed-mini-cross", "submissions/1", "export.json", "submissions/1/results.json"):
        answer = service.get(path)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
    rows: Any = service.get("tables/feed-mini-cross").json()["tables"][0]["rows"]
    assert rows[0]["method"] == SCRIPT
