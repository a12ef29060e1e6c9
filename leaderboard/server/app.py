"""The application: endpoints, pages, and what every request goes through."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from feed_dataset.core.jobs.atomic import WORKROOMS
from feed_dataset.core.jobs.errors import words_of
from leaderboard.errors import SubmissionError
from leaderboard.server import api, studies, submitting
from leaderboard.server.answers import ApiError
from leaderboard.server.bodies import ShortBodies
from leaderboard.server.cache import PublicCache
from leaderboard.server.checking import Checker
from leaderboard.server.context import Context
from leaderboard.server.headers import SecurityHeaders
from leaderboard.server.limits import RateLimit, network_of
from leaderboard.server.settings import Settings
from leaderboard.store import Store
from leaderboard.study.store import StudyStore
from leaderboard.study.web.routes import router as rater_pages
from leaderboard.validate import protocols_with
from leaderboard.web.routes import router as pages

API = "/api/v1"
_LEFT_AFTER_S = 24 * 3600.0  # what a killed server was receiving
_BURST_S = 6.0  # of an address: a page brings its scripts and clips at once


def create_app(settings: Settings) -> FastAPI:
    """A server of one leaderboard; brings its database up to date.

    Args:
        settings: where it is, and limits.

    Raises:
        SubmissionError: the database or the folder of files cannot be used, or the protocol file is no protocol.
    """
    protocols_with(None, settings.protocol_file)  # now, and not when the first submission comes
    store = Store(settings.place, files=settings.files)
    store.database.serve()
    context = Context(settings, store, _incoming(store), Checker(settings))
    _make(context.incoming)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await to_thread.run_sync(_remove_left, context.incoming)
        await to_thread.run_sync(context.checker.start)
        yield
        store.close()

    app = FastAPI(
        title="Leaderboard of one-shot head avatars",
        version="1",
        lifespan=lifespan,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    app.state.leaderboard = context
    app.include_router(api.router, prefix=API)
    app.include_router(submitting.router, prefix=API)
    app.include_router(studies.router, prefix=API)
    app.include_router(rater_pages(StudyStore(store)))
    app.include_router(pages(store))
    _answer_errors(app)
    # The last one added is the first that a request meets.
    app.add_middleware(PublicCache, revision=context.revision)
    app.add_middleware(ShortBodies, besides=f"{API}/submissions")
    app.add_middleware(AddressLimit, per_minute=settings.requests_per_minute)
    app.add_middleware(SecurityHeaders)
    return app


class AddressLimit:
    """Refuse requests of an address that sends too many.

    Args:
        app: what answers the others.
        per_minute: how many it may send.
    """

    def __init__(self, app: ASGIApp, per_minute: float) -> None:
        self._app = app
        self._limit = RateLimit(per_minute / 60, per_minute / 60 * _BURST_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            client = scope.get("client")
            wait_s = self._limit.wait_s(network_of(client[0]) if client else "")
            if wait_s:
                error = ApiError(429, f"too many requests; again in {wait_s} s", headers={"Retry-After": str(wait_s)})
                await error.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(ApiError)
    async def _of_api(_: Request, error: ApiError) -> Response:
        return error.response()

    @app.exception_handler(SubmissionError)
    async def _of_product(_: Request, error: SubmissionError) -> Response:
        return ApiError.of(error).response()

    @app.exception_handler(RequestValidationError)
    async def _of_parameters(_: Request, error: RequestValidationError) -> Response:
        problems = [{"place": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors()]
        return ApiError(422, "a parameter is not as expected", more={"problems": problems}).response()


def _incoming(store: Store) -> Path:
    """Where uploads are received: beside the files that they become."""
    if store.files is not None:
        return store.files / "incoming"
    return Path(tempfile.gettempdir()) / "feed-leaderboard-incoming"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SubmissionError(f"cannot keep files in {folder.parent}: {words_of(error)}; see --files") from error


def _remove_left(incoming: Path) -> None:
    if not incoming.is_dir():
        return
    for folder in incoming.glob(WORKROOMS):
        if time.time() - folder.stat().st_mtime > _LEFT_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)
