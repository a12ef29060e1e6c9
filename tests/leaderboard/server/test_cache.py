"""What is kept of answers, with an application that counts how often it is asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("fastapi", reason='the extra "server" is not installed')

from leaderboard.server import cache  # noqa: E402
from leaderboard.server.answers import PUBLIC  # noqa: E402
from leaderboard.server.cache import PublicCache, Revision  # noqa: E402

LONG = 200_000


class Pages:
    """An application whose answers say at which revision they were made."""

    def __init__(self, size: int = 0, control: str = PUBLIC, status: int = 200) -> None:
        self.revision = 1
        self.made = 0
        self.size, self.control, self.status = size, control, status
        self.gate: asyncio.Event | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.made += 1
        body = f"{scope['path']} at {self.revision}".encode()
        if self.gate is not None:
            await self.gate.wait()
        body = body.ljust(self.size)
        headers = [(b"cache-control", self.control.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Asked:
    """A cache before these pages."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.revision = Revision(lambda: pages.revision)
        self._cache = PublicCache(pages, self.revision)

    async def get(self, path: str = "/a", **headers: str) -> tuple[int, str, dict[str, str]]:
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
        messages: list[Any] = []

        async def send(message: Any) -> None:
            messages.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        await self._cache(scope, receive, send)
        found = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        return messages[0]["status"], messages[1]["body"].decode().strip(), found

    def write(self) -> None:
        self.pages.revision += 1
        self.revision.expire()


def run(scenario: Any) -> None:
    asyncio.run(scenario())


def test_made_once_for_a_revision() -> None:
    async def scenario() -> None:
        asked = Asked(Pages())
        assert [(await asked.get())[1] for _ in range(5)] == ["/a at 1"] * 5
        assert asked.pages.made == 1
        assert (await asked.get("/b"))[1] == "/b at 1"

    run(scenario)


def test_a_short_answer_is_never_older_than_what_is_stored() -> None:
    async def scenario() -> None:
        asked = Asked(Pages())
        await asked.get()
        for revision in range(2, 6):
            asked.write()
            assert (await asked.get())[1] == f"/a at {revision}"

    run(scenario)


def test_who_asks_after_a_write_does_not_get_what_is_being_made_from_before() -> None:
    async def scenario() -> None:
        asked = Asked(Pages())
        await asked.get()
        asked.write()
        asked.pages.gate = asyncio.Event()
        early = asyncio.create_task(asked.get())
        await asyncio.sleep(0.02)  # it is being made from revision 2
        asked.write()
        late = asyncio.create_task(asked.get())
        await asyncio.sleep(0.02)
        asked.pages.gate.set()
        assert (await late)[1] == "/a at 3"
        assert (await early)[1] in ("/a at 2", "/a at 3")

    run(scenario)


def test_a_long_answer_is_made_again_behind_the_scenes_once() -> None:
    async def scenario() -> None:
        asked = Asked(Pages(LONG))
        await asked.get()
        asked.write()
        asked.pages.gate = asyncio.Event()
        assert [(await asked.get())[1] for _ in range(20)] == ["/a at 1"] * 20  # nobody waits
        await asyncio.sleep(0.01)
        assert asked.pages.made == 2
        asked.pages.gate.set()
        await asyncio.sleep(0.1)
        assert (await asked.get())[1] == "/a at 2"

    run(scenario)


@pytest.mark.parametrize(("control", "status"), [("no-store", 200), ("private", 200), (PUBLIC, 404), ("", 200)])
def test_other_answers_are_not_kept(control: str, status: int) -> None:
    async def scenario() -> None:
        asked = Asked(Pages(control=control, status=status))
        for _ in range(3):
            assert (await asked.get())[0] == status
        assert asked.pages.made == 3

    run(scenario)


def test_what_the_asker_has_is_not_sent() -> None:
    async def scenario() -> None:
        asked = Asked(Pages())
        _, _, headers = await asked.get()
        for tag in (headers["etag"], f"W/{headers['etag']}", f'"x", {headers["etag"]}', "*"):
            assert (await asked.get(if_none_match=tag))[:2] == (304, "")
        assert (await asked.get(if_none_match='"x"'))[0] == 200

    run(scenario)


def test_an_answer_that_fails_to_be_made_again_is_asked_for_anew() -> None:
    async def scenario() -> None:
        asked = Asked(Pages())
        await asked.get()
        asked.write()
        asked.pages.status = 500
        assert (await asked.get())[0] == 500
        asked.pages.status = 200
        assert (await asked.get())[1] == "/a at 2"

    run(scenario)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        monkeypatch.setattr(cache, "_MOST_BYTES", 1000)
        asked = Asked(Pages(400))
        for path in ("/a", "/b", "/a", "/c"):
            await asked.get(path)
        made = asked.pages.made
        await asked.get("/a")
        assert asked.pages.made == made
        await asked.get("/b")  # nobody asked for it for longest
        assert asked.pages.made == made + 1

    run(scenario)
