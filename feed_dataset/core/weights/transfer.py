"""HTTP download: resumable, time-limited, verified, atomic."""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.own_files import open_growing_bytes, open_new, own_size_bytes
from feed_dataset.core.jobs.writable import PlaceError
from feed_dataset.core.weights.hashing import hash_problem

Progress = Callable[[int, int | None], None]
"""Called with (bytes so far, bytes in all or None)."""

CONNECT_TIMEOUT_S = 5.0
ATTEMPTS = 4
_CHUNK_BYTES = 1 << 18
_RETRYABLE_STATUS = (429, 500, 502, 503, 504)


class DownloadError(Exception):
    """A file could not be had from one address."""


class Unreachable(DownloadError):
    """The host did not answer at all."""


class _Interrupted(Exception):
    """The transfer stopped part way and may be resumed."""


def fetch(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    size_bytes: int | None = None,
    timeout_s: float = CONNECT_TIMEOUT_S,
    progress: Progress | None = None,
) -> None:
    """Download `url` to `target`; `target` appears only when it is complete and verified.

    An interrupted transfer leaves `target` + ".part", which the next attempt (also of another process, later)
    continues with a Range request. A server that ignores Range is read from the start.

    Args:
        sha256: hex digest, or None where none is known.
        timeout_s: limit for connecting and for every wait on the network.

    Raises:
        DownloadError: unreachable, refused, cut off `ATTEMPTS` times, or not the expected file.
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"expected an http(s) address but got {url}")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    reason = ""
    for _ in range(ATTEMPTS):
        try:
            _transfer(url, part, timeout_s, progress)
            break
        except _Interrupted as interruption:
            reason = str(interruption)
    else:
        raise DownloadError(f"{url}: cut off {ATTEMPTS} times ({reason}); the part is kept for resuming")
    problem = hash_problem(part, sha256, size_bytes)
    if problem is not None:
        _discard(part)
        raise DownloadError(f"{url}: {problem}; the file was removed")
    _etag_path(part).unlink(missing_ok=True)
    os.replace(part, target)


def _transfer(url: str, part: Path, timeout_s: float, progress: Progress | None) -> None:
    """One request that appends to `part`. Raises _Interrupted when a further one may continue."""
    start = own_size_bytes(part) or 0
    validator = _read_etag(part, url)
    if start and validator is None:
        # Without a validator the file behind the address may have changed: never splice two versions.
        _discard(part)
        start = 0
    headers = {"User-Agent": "feed-dataset", "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, headers=headers)
    if start and validator is not None:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", validator)
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            _receive(response, url, part, start, progress)
    except urllib.error.HTTPError as error:
        if error.code == 416:
            _discard(part)
            raise _Interrupted("the kept part did not fit the file") from error
        if error.code in _RETRYABLE_STATUS:
            raise _Interrupted(f"HTTP {error.code}") from error
        raise DownloadError(f"{url}: HTTP {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise Unreachable(f"{url}: cannot be reached ({words_of(error)})") from error
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(f"{type(error).__name__}: {words_of(error)}") from error


def _receive(response: Any, url: str, part: Path, start: int, progress: Progress | None) -> None:
    length = response.headers.get("Content-Length")
    resumed = response.status == 206
    if resumed and not (response.headers.get("Content-Range") or "").startswith(f"bytes {start}-"):
        _discard(part)
        raise _Interrupted("the server answered with another range than asked")
    done = start if resumed else 0
    total = None if length is None else done + int(length)
    _write_etag(part, url, response.headers.get("ETag") or response.headers.get("Last-Modified"))
    with open_growing_bytes(part) if resumed else open_new(part) as stream:
        while chunk := response.read(_CHUNK_BYTES):
            _write(stream, chunk, part)
            done += len(chunk)
            if progress is not None:
                progress(done, total)
    if total is not None and done < total:
        raise _Interrupted(f"got {done} of {total} bytes")


def _write(stream: IO[bytes], chunk: bytes, part: Path) -> None:
    try:
        stream.write(chunk)
        stream.flush()
    except OSError as error:  # the disk's fault, which asking again does not mend
        raise PlaceError(f"cannot write {part}: {error.strerror}; make space, the same command continues") from error


def _etag_path(part: Path) -> Path:
    return part.with_name(part.name + ".etag")


def _read_etag(part: Path, url: str) -> str | None:
    """The validator of the kept part, if that part came from `url`; weak ones cannot be used for ranges."""
    try:
        record = json.loads(_etag_path(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    etag = record.get("etag") if record.get("url") == url else None
    return etag if isinstance(etag, str) and not etag.startswith("W/") else None


def _write_etag(part: Path, url: str, etag: str | None) -> None:
    with replacing(_etag_path(part)) as temporary:
        temporary.write_text(json.dumps({"url": url, "etag": etag}), encoding="utf-8")


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _etag_path(part).unlink(missing_ok=True)
