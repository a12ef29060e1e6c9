"""A body that somebody sends becomes a file, block by block, up to a size."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from feed_dataset.core.jobs.atomic import workroom
from feed_dataset.core.jobs.words import counted
from leaderboard.server.answers import ApiError

RESULTS_TYPE, BUNDLE_TYPES = "application/json", ("application/zip", "application/octet-stream")
_BLOCK_BYTES = 2**20
_SILENT_S = 30.0  # between two parts of a body
_ALL_S = 1800.0


@dataclass(frozen=True)
class Upload:
    """What was sent.

    Args:
        folder: private to this request, gone with it.
        path: the body.
        sha256: of it.
        is_bundle: an archive; else a results file.
    """

    folder: Path
    path: Path
    sha256: str
    is_bundle: bool


@asynccontextmanager
async def received(request: Request, incoming: Path, max_bytes: int) -> AsyncIterator[Upload]:
    """Receive a request's body.

    Args:
        request: whose body nobody has read.
        incoming: folder for it.
        max_bytes: its longest length; no more is ever read.

    Raises:
        ApiError: it is of another type (415), too long (413), empty (422), too slow (408), or the sender went away.
    """
    is_bundle = _is_bundle(request)
    try:
        stated = int(request.headers.get("content-length", "0"))
    except ValueError as error:
        raise ApiError(400, "expected a number as Content-Length") from error
    if stated > max_bytes:
        raise _too_long(max_bytes)
    incoming.mkdir(parents=True, exist_ok=True)
    with workroom(incoming / "submission") as folder:
        path = folder / "body"
        with path.open("xb") as file:
            try:
                async with asyncio.timeout(_ALL_S):
                    sha256, size_bytes = await _write(request, file, max_bytes)
            except TimeoutError as error:
                raise ApiError(408, f"expected more of the body within {_SILENT_S:.0f} s; send it again") from error
            except ClientDisconnect as error:
                raise ApiError(400, "the sender went away") from error
        if size_bytes == 0:
            raise ApiError(422, "expected a results file or a bundle but got an empty body")
        yield Upload(folder, path, sha256, is_bundle)


async def _write(request: Request, file: BinaryIO, max_bytes: int) -> tuple[str, int]:
    digest, length, waiting = hashlib.sha256(), 0, bytearray()
    parts = request.stream().__aiter__()
    while True:
        try:
            part = await asyncio.wait_for(anext(parts), _SILENT_S)
        except StopAsyncIteration:
            break
        length += len(part)
        if length > max_bytes:
            raise _too_long(max_bytes)
        digest.update(part)
        waiting += part
        if len(waiting) >= _BLOCK_BYTES:
            await to_thread.run_sync(file.write, bytes(waiting))
            waiting.clear()
    await to_thread.run_sync(file.write, bytes(waiting))
    return digest.hexdigest(), length


def _is_bundle(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != RESULTS_TYPE and kind not in BUNDLE_TYPES:
        raise ApiError(
            415,
            f"expected Content-Type {RESULTS_TYPE} (a results file) or {BUNDLE_TYPES[0]} (a bundle) but got {kind!r}",
        )
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise ApiError(415, f"expected a body as it is but got Content-Encoding {encoding!r}")
    return kind in BUNDLE_TYPES


def _too_long(max_bytes: int) -> ApiError:
    # The rest of the body is not read, so the connection cannot be used again.
    return ApiError(413, f"expected at most {counted(max_bytes, 'byte')} but got more", headers={"Connection": "close"})
