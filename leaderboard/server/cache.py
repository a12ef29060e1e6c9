"""Answers that are the same for everybody: made once for each state of the leaderboard, compressed, with an ETag.

An endpoint says so itself: `Cache-Control: public, no-cache`. Its answer depends on the address and on what is stored,
and on nothing else. A short answer is never older than what is stored. A long one is made again in the background when
something was stored, and the former one is sent meanwhile: a table of a thousand rows takes longer to make than people
like to wait, and is made once, however many ask. It is made a twenty-fifth of the time, or every ten seconds, so
that nearly nobody asks while it is made: it may be ten seconds old while many submit.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leaderboard.errors import SubmissionError
from leaderboard.server.answers import PUBLIC, ApiError

_LONG_BYTES = 150_000
_LARGEST_BYTES = 32 * 2**20  # of one answer that is kept
_MOST_BYTES = 128 * 2**20  # of all of them
_COMPRESSED_FROM_BYTES = 1000
_RESTS, _LONGEST_REST_S = 24.0, 10.0  # between two makings of a long answer, as a multiple of what the first one took
_KNOWN_FOR_S = 0.1  # how long another process's write may go unnoticed


@dataclass(frozen=True)
class _Kept:
    """An answer, and the revision that was current before it was made."""

    revision: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    compressed: bytes | None
    etag: str

    @property
    def size_bytes(self) -> int:
        return len(self.body) + len(self.compressed or b"")


class Revision:
    """The store's revision, asked for at most ten times a second.

    Args:
        ask: reads it.
    """

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask = ask
        self._value = -1
        self._until_s = 0.0

    def expire(self) -> None:
        """Something was written here."""
        self._until_s = 0.0

    async def current(self) -> int:
        """The revision."""
        if time.monotonic() >= self._until_s:
            before = self._until_s
            value = await to_thread.run_sync(self._ask)
            if self._until_s == before:  # else it expired meanwhile, or somebody has a newer one
                self._until_s = time.monotonic() + _KNOWN_FOR_S
            self._value = max(self._value, value)
            return value
        return self._value


class PublicCache:
    """Keep public answers.

    Args:
        app: what answers.
        revision: of the store.
    """

    def __init__(self, app: ASGIApp, revision: Revision) -> None:
        self._app = app
        self._revision = revision
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._making: dict[str, asyncio.Task[_Kept | None]] = {}
        self._rests_until_s: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        key = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        try:
            revision = await self._revision.current()
        except SubmissionError as error:
            await ApiError.of(error).response()(scope, receive, send)
            return
        kept = self._kept.get(key)
        while kept is not None and kept.revision < revision:
            is_long = len(kept.body) >= _LONG_BYTES
            if is_long and time.monotonic() < self._rests_until_s.get(key, 0.0):
                break
            making = self._make_again(key, scope, revision)
            if is_long:
                break
            kept = await asyncio.shield(making)  # of an older revision where others asked for it before
        if kept is not None:
            if key in self._kept:
                self._kept.move_to_end(key)
            await _answer(kept, scope, send)
            return
        first = _Collected(send)
        await self._app({**scope, "method": "GET"} if scope["method"] == "HEAD" else scope, receive, first)
        if first.is_public:
            kept = await to_thread.run_sync(first.kept, revision)
            self._keep(key, kept)
            await _answer(kept, scope, send)

    def _make_again(self, key: str, scope: Scope, revision: int) -> asyncio.Task[_Kept | None]:
        if key not in self._making:
            task = asyncio.create_task(self._make(key, scope, revision))
            self._making[key] = task
            task.add_done_callback(lambda _: self._making.pop(key, None))
        return self._making[key]

    async def _make(self, key: str, scope: Scope, revision: int) -> _Kept | None:
        collected, began_s = _Collected(None), time.monotonic()
        try:
            await self._app({**scope, "method": "GET", "headers": []}, _empty_request(), collected)
        except Exception:
            self._kept.pop(key, None)  # the next request shows the error to whoever asks
            raise
        if not collected.is_public:
            self._kept.pop(key, None)
            return None
        kept = await to_thread.run_sync(collected.kept, revision)
        self._keep(key, kept)
        took_s = time.monotonic() - began_s
        self._rests_until_s[key] = time.monotonic() + min(_RESTS * took_s, _LONGEST_REST_S)
        return kept

    def _keep(self, key: str, kept: _Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while sum(one.size_bytes for one in self._kept.values()) > _MOST_BYTES:
            oldest, _ = self._kept.popitem(last=False)
            self._rests_until_s.pop(oldest, None)


class _Collected:
    """Holds back a public answer; any other one goes through as it comes.

    Args:
        send: where others go; None drops them.
    """

    def __init__(self, send: Send | None) -> None:
        self._send = send
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self.is_public = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            length = int(headers.get("content-length", _LARGEST_BYTES + 1))
            self.is_public = (
                message["status"] == 200 and headers.get("cache-control") == PUBLIC and length <= _LARGEST_BYTES
            )
            self._start = message
        elif self.is_public:
            self._parts.append(message.get("body", b""))
        if not self.is_public and self._send is not None:
            await self._send(message)

    def kept(self, revision: int) -> _Kept:
        """The answer with its hash and its compressed form; takes a while."""
        assert self._start is not None
        body = b"".join(self._parts)
        headers = MutableHeaders(raw=list(self._start["headers"]))
        for name in ("content-length", "etag"):
            del headers[name]
        headers["vary"] = "Accept-Encoding"
        is_text = headers.get("content-type", "").startswith(("text/", "application/json", "image/svg"))
        small = is_text and len(body) >= _COMPRESSED_FROM_BYTES
        return _Kept(
            revision,
            tuple(headers.raw),
            body,
            gzip.compress(body, 5, mtime=0) if small else None,
            hashlib.sha256(body).hexdigest()[:32],
        )


async def _answer(kept: _Kept, scope: Scope, send: Send) -> None:
    asked = Headers(scope=scope)
    squeezed = kept.compressed is not None and "gzip" in asked.get("accept-encoding", "")
    etag = f'"{kept.etag}-gzip"' if squeezed else f'"{kept.etag}"'
    headers = MutableHeaders(raw=[*kept.headers])
    headers["etag"] = etag
    known = {one.strip().removeprefix("W/") for one in asked.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        await send({"type": "http.response.start", "status": 304, "headers": headers.raw})
        await send({"type": "http.response.body", "body": b""})
        return
    body = kept.compressed if squeezed and kept.compressed is not None else kept.body
    if squeezed:
        headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(body))
    await send({"type": "http.response.start", "status": 200, "headers": headers.raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _empty_request() -> Receive:
    """A request without a body, whose sender never goes away."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive
