"""Answers in JSON: what went wrong, and what everybody may keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from leaderboard.errors import AlreadyStored, KeyReused, StoreUnavailable, SubmissionError, TokenRefused

PUBLIC = "public, no-cache"
"""Anybody may keep it, and asks whether it has changed before using it again."""


class ApiError(Exception):
    """An answer that is not what was asked for.

    Args:
        status: of HTTP.
        detail: one line.
        headers: besides the usual ones.
        more: fields besides `detail`.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    @classmethod
    def of(cls, error: SubmissionError) -> ApiError:
        """What an error of the product is over HTTP."""
        text = str(error)
        if isinstance(error, StoreUnavailable):
            return cls(503, "the leaderboard cannot be reached now; try again", headers={"Retry-After": "5"})
        if isinstance(error, TokenRefused):
            return cls(401, text, headers={"WWW-Authenticate": "Bearer"})
        if isinstance(error, AlreadyStored):
            return cls(
                409,
                f"the same results are already here: submission {error.submission}",
                more={"submission": error.submission},
            )
        if isinstance(error, KeyReused):
            return cls(422, text, more={"problems": [{"place": "Idempotency-Key", "message": text}]})
        return cls(404, text)

    def response(self) -> Response:
        """As an answer."""
        return as_json({"detail": self.detail, **self.more}, status=self.status, headers=self.headers)


def as_json(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON of finite numbers."""
    body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Response(body, status_code=status, media_type="application/json", headers=dict(headers or {}))


def public_json(content: Any) -> Response:
    """JSON that everybody may keep, see `PUBLIC`."""
    return as_json(content, headers={"Cache-Control": PUBLIC})
