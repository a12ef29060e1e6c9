"""A server that listens."""

from __future__ import annotations

import gc
import logging
import socket
import sys

import uvicorn

from feed_dataset.core.jobs.errors import words_of
from leaderboard.errors import SubmissionError
from leaderboard.server.app import create_app
from leaderboard.server.settings import Settings

_BACKLOG = 1024  # connections that wait to be taken
_KEPT_OPEN_S = 20
_MOST_CONNECTIONS = 1000
_GARBAGE_FROM = 50_000  # new objects; a table of a thousand rows makes some hundred thousand, and no circles of them
_SWITCH_S = 0.001  # a page that is being made lets short requests through


def serve(settings: Settings, *, host: str, port: int, proxy: str | None) -> None:
    """Serve until interrupted; says where when it is ready.

    Args:
        settings: of the leaderboard.
        host: address to listen at.
        port: 0 for any free one.
        proxy: address of the one web server whose word about addresses is taken.

    Raises:
        SubmissionError: the database cannot be used, or nothing can listen there.
    """
    app = create_app(settings)
    listening = _listen(host, port)
    place = app.state.leaderboard.store.name
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()  # libraries stay as they are: to look through them takes as long as a page may take
    gc.set_threshold(_GARBAGE_FROM)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy,
        timeout_keep_alive=_KEPT_OPEN_S,
        limit_concurrency=_MOST_CONNECTIONS,
    )
    shown = f"[{host}]" if ":" in host else host
    server = _Announced(config, f"{place} at http://{shown}:{listening.getsockname()[1]}/")
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass  # how people end it


class _Announced(uvicorn.Server):
    """Says that it is ready once it is."""

    def __init__(self, config: uvicorn.Config, message: str) -> None:
        super().__init__(config)
        self._message = message

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            print(self._message, flush=True)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SubmissionError(f"cannot listen at {host}, port {port}: {words_of(error)}") from error
