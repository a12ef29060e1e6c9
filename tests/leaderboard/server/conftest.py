"""A server of each database, spoken to without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason='the extra "server" is not installed')

from fastapi.testclient import TestClient  # noqa: E402

from benchmark.results.schema import Results  # noqa: E402
from leaderboard.bundle.pack import pack  # noqa: E402
from leaderboard.server.app import create_app  # noqa: E402
from leaderboard.server.context import Context  # noqa: E402
from leaderboard.server.settings import Settings  # noqa: E402
from leaderboard.store import Store  # noqa: E402
from leaderboard.store.tokens import create_token  # noqa: E402
from tests.leaderboard.honest import honest  # noqa: E402

JSON = "application/json"
CLIP = b"\0\0\0\x18ftypisom" + bytes(range(256))


@dataclass
class Service:
    """A server that runs, and who may write there."""

    client: TestClient
    context: Context
    secret: str

    @property
    def store(self) -> Store:
        return self.context.store

    def token(self, name: str = "other", *scopes: str, days: float | None = None) -> str:
        return create_token(self.store.database, name, scopes or ("submit",), days=days)[1]

    def submit(
        self, body: Any, *, secret: str | None = None, key: str | None = None, kind: str = JSON, **headers: str
    ) -> Any:
        content = body.to_json().encode() if isinstance(body, Results) else body
        sent = {"Authorization": f"Bearer {secret or self.secret}", "Content-Type": kind, **headers}
        if key is not None:
            sent["Idempotency-Key"] = key
        return self.client.post("/api/v1/submissions", content=content, headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=headers)


@pytest.fixture
def serve(place: str, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Start a server with settings of one's own."""
    running = []

    def _serve(**settings: Any) -> Service:
        limits = {"requests_per_minute": 1e6, "submissions_per_hour": 1e6, **settings}
        app = create_app(Settings(place=place, files=tmp_path / "files", **limits))
        client = TestClient(app).__enter__()
        running.append(client)
        context: Context = app.state.leaderboard
        return Service(client, context, create_token(context.store.database, "lab", ["submit"])[1])

    yield _serve
    for client in running:
        client.__exit__(None, None, None)


@pytest.fixture
def service(serve: Callable[..., Service]) -> Service:
    return serve()


@pytest.fixture(scope="session")
def few() -> Results:
    """Honest results of two methods and two cases."""
    return honest(limit=2)


@pytest.fixture(scope="session")
def alone() -> Results:
    """Honest results without a bound, whose true numbers are known."""
    return honest(("mine",), limit=2)


@pytest.fixture(scope="session")
def bundle(alone: Results, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A bundle without features, with one clip."""
    run = tmp_path_factory.mktemp("run")
    alone.save(run / "results.json")
    name = f"clips/mine/{alone.protocol.case_ids[0]}.mp4"
    return pack(run, tmp_path_factory.mktemp("out"), clips=lambda *_: {name: [CLIP]}).path.read_bytes()
