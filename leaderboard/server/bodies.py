"""Bodies of requests other than submissions: short ones, whatever an endpoint reads them with."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leaderboard.server.answers import ApiError

MAX_BYTES = 2**20


class ShortBodies:
    """Refuse long bodies before, or while, they are read.

    Args:
        app: what answers.
        besides: path whose endpoint counts for itself.
    """

    def __init__(self, app: ASGIApp, besides: str) -> None:
        self._app = app
        self._besides = besides

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == self._besides:
            await self._app(scope, receive, send)
            return
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        if not stated.isdigit() or int(stated) > MAX_BYTES:
            error = ApiError(413, f"expected at most {MAX_BYTES} bytes but got more", headers={"Connection": "close"})
            await error.response()(scope, receive, send)
            return
        length = 0

        async def counted() -> Message:
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            if length > MAX_BYTES:
                raise HTTPException(413, f"expected at most {MAX_BYTES} bytes but got more", {"Connection": "close"})
            return message

        await self._app(scope, counted, send)
