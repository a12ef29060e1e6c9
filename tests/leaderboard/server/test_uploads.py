"""What of a body is read, counted where the server takes it from the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import anyio
import pytest

from tests.leaderboard.server.conftest import Service

BLOCK = bytes(1024)


def post(service: Service, parts: Iterable[bytes], *, secret: str | None, **headers: str) -> tuple[int, int]:
    """Send a body in parts; the status of the answer, and how many parts were taken."""
    sent = {"content-type": "application/json", **headers}
    if secret is not None:
        sent["authorization"] = f"Bearer {secret}"
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/api/v1/submissions",
        "raw_path": b"/api/v1/submissions",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "root_path": "",
    }
    waiting, taken, status = iter(parts), 0, 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        try:
            part = next(waiting)
        except StopIteration:
            return {"type": "http.request", "body": b"", "more_body": False}
        if part is GONE:
            return {"type": "http.disconnect"}
        taken += 1
        return {"type": "http.request", "body": part, "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    async def call() -> None:
        await service.client.app(scope, receive, send)

    anyio.run(call)
    return status, taken


GONE = b"gone"


def forever() -> Iterator[bytes]:
    while True:
        yield BLOCK


def test_no_more_than_the_limit_is_read(serve: Callable[..., Service]) -> None:
    service = serve(max_upload_bytes=100 * 1024)
    assert post(service, forever(), secret=service.secret) == (413, 101)
    assert [*service.context.incoming.iterdir()] == []


def test_nothing_is_read_of_what_says_that_it_is_longer(serve: Callable[..., Service]) -> None:
    service = serve(max_upload_bytes=100 * 1024)
    assert post(service, forever(), secret=service.secret, **{"content-length": "102401"}) == (413, 0)


@pytest.mark.parametrize("secret", [None, "feed_unknown"])
def test_nothing_is_read_without_a_valid_token(service: Service, secret: str | None) -> None:
    assert post(service, forever(), secret=secret) == (401, 0)
    assert post(service, forever(), secret=service.token("reader", "admin")) == (403, 0)


def test_nothing_is_read_of_another_type(service: Service) -> None:
    assert post(service, forever(), secret=service.secret, **{"content-type": "text/html"}) == (415, 0)


def test_a_sender_that_goes_away(service: Service) -> None:
    assert post(service, [BLOCK, BLOCK, GONE], secret=service.secret) == (400, 2)
    assert [*service.context.incoming.iterdir()] == [] and service.store.submissions() == []


def test_a_sender_that_falls_silent(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from leaderboard.server import uploads

    monkeypatch.setattr(uploads, "_SILENT_S", 0.0)
    assert post(service, forever(), secret=service.secret)[0] == 408
