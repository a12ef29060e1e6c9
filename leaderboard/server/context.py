"""What endpoints share, and who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from leaderboard.errors import SubmissionError
from leaderboard.server.answers import ApiError
from leaderboard.server.cache import Revision
from leaderboard.server.checking import Checker
from leaderboard.server.limits import RateLimit
from leaderboard.server.settings import Settings
from leaderboard.store import Store
from leaderboard.store.tokens import Token, find_token


@dataclass
class Context:
    """Of one server.

    Args:
        settings: as it was started with.
        store: where submissions are.
        incoming: folder for what is being sent.
        checker: runs checks.
        revision: of the store; expires with every write here.
        per_token: how often a token may submit.
    """

    settings: Settings
    store: Store
    incoming: Path
    checker: Checker
    revision: Revision = field(init=False)
    per_token: RateLimit = field(init=False)

    def __post_init__(self) -> None:
        per_hour = self.settings.submissions_per_hour
        self.revision = Revision(self.store.revision)
        self.per_token = RateLimit(per_hour / 3600, per_hour / 6)


def context_of(request: Request) -> Context:
    """The context of the server that a request came to."""
    found: Context = request.app.state.leaderboard
    return found


Here = Annotated[Context, Depends(context_of)]


def token_of(request: Request, here: Here) -> Token:
    """The token of a request.

    Raises:
        ApiError: there is none, or it is refused.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise ApiError(
            401, "expected the header Authorization: Bearer TOKEN but got none", headers={"WWW-Authenticate": "Bearer"}
        )
    try:
        return find_token(here.store.database, secret.strip())
    except SubmissionError as error:
        raise ApiError.of(error) from error


class Needs:
    """A dependency: a valid token with a scope.

    Args:
        scope: of `SCOPES`.
    """

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def __call__(self, request: Request, here: Here) -> Token:
        token = token_of(request, here)
        if self._scope not in token.scopes:
            raise ApiError(
                403, f"expected a token with the scope {self._scope!r} but got one for {', '.join(token.scopes)}"
            )
        return token
