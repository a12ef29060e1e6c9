"""Sends a results file or a bundle to a server; sent again as often as needed, it is there once."""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import json
import ssl
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from feed_dataset.core.jobs.cells import one_line
from feed_dataset.core.jobs.errors import words_and_place, words_of
from leaderboard.errors import SubmissionError

_ATTEMPTS = 6
_FIRST_PAUSE_S = 1.0  # then twice as long each time
_LONGEST_PAUSE_S = 120.0
_CONNECT_S = 30.0
_ANSWER_S = 900.0  # a check waits for others before it starts
_MOST_ANSWER_BYTES = 4 * 2**20
_AGAIN = (408, 425, 429, 500, 502, 503, 504)  # what may be different next time
_ZIP = b"PK\x03\x04"
_SHOWN = 3  # problems in one line


def is_bundle(path: Path) -> bool:
    """Whether a file is a bundle, by its name or, because files are renamed, by its first bytes."""
    if path.suffix == ".zip":
        return True
    try:
        with path.open("rb") as stream:
            return stream.read(len(_ZIP)) == _ZIP
    except OSError:
        return False  # a folder, or what the reader of it has words for


@dataclass(frozen=True)
class Parcel:
    """What is sent.

    Args:
        path: the file.
        kind: Content-Type.
        size_bytes: length.
        sha256: of its bytes.
    """

    path: Path
    kind: str
    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Parcel:
        """A results file, the folder of a run (whose results file is sent), or a bundle.

        Raises:
            SubmissionError: it cannot be read.
        """
        file = path / "results.json" if path.is_dir() else path
        kind = "application/zip" if is_bundle(file) else "application/json"
        try:
            with file.open("rb") as stream:
                return cls(file, kind, file.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())
        except OSError as error:
            raise SubmissionError(f"cannot read {words_and_place(error)}") from error

    @property
    def key(self) -> str:
        """The Idempotency-Key: the same file is the same request, from whatever machine and whenever."""
        return f"sha256-{self.sha256}"


@dataclass(frozen=True)
class Receipt:
    """What the server answered.

    Args:
        submission: its number.
        verdict: what its check found.
        is_new: it was not there before.
        address: of its data.
    """

    submission: int
    verdict: str
    is_new: bool
    address: str


@dataclass(frozen=True)
class Holder:
    """Whom a token belongs to.

    Args:
        name: as it is shown beside submissions.
        scopes: what it allows.
        max_upload_bytes: the longest submission that this server takes.
    """

    name: str
    scopes: tuple[str, ...]
    max_upload_bytes: int


@dataclass(frozen=True)
class _Answer:
    status: int
    content: Mapping[str, Any]
    headers: Mapping[str, str]


class Server:
    """A leaderboard's server.

    Args:
        url: such as "https://board.example"; without TLS only on this machine, because the token would be readable.
        secret: the token.
        pause: waits for some seconds.

    Raises:
        SubmissionError: the URL is none.
    """

    def __init__(self, url: str, secret: str, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._url = _checked_url(url)
        self._base = f"{self._url.path.rstrip('/')}/api/v1"
        self._secret = secret
        self._pause = pause

    @property
    def name(self) -> str:
        """Its address."""
        return one_line(f"{self._url.scheme}://{self._url.netloc}{self._url.path.rstrip('/')}")

    def holder(self) -> Holder:
        """Whom the token belongs to.

        Raises:
            SubmissionError: the server cannot be reached, or refuses the token.
        """
        content = self._ask("GET", "/token", None).content
        try:
            return Holder(str(content["name"]), tuple(content["scopes"]), int(content["max_upload_bytes"]))
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error

    def check(self, parcel: Parcel) -> Holder:
        """Whether this could be sent.

        Raises:
            SubmissionError: not with this token, or it is too long.
        """
        holder = self.holder()
        if "submit" not in holder.scopes:
            raise SubmissionError(
                f"expected a token with the scope 'submit' but got one for {', '.join(holder.scopes)}"
            )
        if parcel.size_bytes > holder.max_upload_bytes:
            raise SubmissionError(
                f"expected at most {holder.max_upload_bytes} bytes but {parcel.path} has {parcel.size_bytes};"
                " leave out previews"
            )
        return holder

    def send(self, parcel: Parcel) -> Receipt:
        """Send it; again where the connection broke or the server was not ready.

        Raises:
            SubmissionError: it is refused, or the server stays away.
        """
        self.check(parcel)
        answer = self._ask("POST", "/submissions", parcel)
        try:
            number, verdict = int(answer.content["submission"]), str(answer.content["verdict"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error
        return Receipt(number, verdict, answer.status == 201, f"{self.name}/api/v1/submissions/{number}")

    def _ask(self, method: str, path: str, parcel: Parcel | None) -> _Answer:
        pause_s, said = _FIRST_PAUSE_S, ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._pause(pause_s)
                pause_s *= 2
            try:
                answer = self._once(method, path, parcel)
            except (OSError, http.client.HTTPException) as error:
                said = words_of(error)
                continue
            if answer.status in (200, 201):
                return answer
            if answer.status not in _AGAIN:
                raise SubmissionError(one_line(f"{self.name} refuses it: {_reason(answer)}"))
            said = _reason(answer)
            asked_s = answer.headers.get("retry-after", "")
            if asked_s.isdecimal() and int(asked_s) > _LONGEST_PAUSE_S:
                break
            pause_s = max(pause_s, float(asked_s) if asked_s.isdecimal() else 0.0)
        raise SubmissionError(one_line(f"{self.name} does not answer as it should: {said}; send it again later"))

    def _once(self, method: str, path: str, parcel: Parcel | None) -> _Answer:
        connection = _connection(self._url)
        headers = {"Authorization": f"Bearer {self._secret}", "Accept": "application/json", "Connection": "close"}
        try:
            if parcel is None:
                connection.request(method, self._base + path, headers=headers)
            else:
                headers |= {"Content-Type": parcel.kind, "Content-Length": str(parcel.size_bytes)}
                headers |= {"Idempotency-Key": parcel.key}
                with parcel.path.open("rb") as body:
                    connection.request(method, self._base + path, body=body, headers=headers)
            if connection.sock is not None:
                connection.sock.settimeout(_ANSWER_S)
            response = connection.getresponse()
            body_read = response.read(_MOST_ANSWER_BYTES)
            found = {name.lower(): value for name, value in response.getheaders()}
            return _Answer(response.status, _object(body_read), found)
        finally:
            connection.close()

    def _strange(self) -> SubmissionError:
        return SubmissionError(f"expected a leaderboard at {self.name} but something else answers there")


def read_token(path: Path) -> str:
    """The token in a file.

    Raises:
        SubmissionError: it cannot be read, or holds something else.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SubmissionError(f"cannot read {words_and_place(error)}") from error
    except UnicodeDecodeError as error:
        raise SubmissionError(f"expected a token in {path} but it is no text") from error
    if not text.isprintable() or not text or " " in text or len(text) > 200:
        raise SubmissionError(f"expected one token in {path}, as `token create` printed it, and nothing else")
    return text


def _checked_url(url: str) -> SplitResult:
    try:
        found = urlsplit(url)
        has_port = found.port is None or found.port > 0
    except ValueError:
        found, has_port = urlsplit(""), False
    if found.scheme not in ("http", "https") or not found.hostname or not has_port or found.query or found.username:
        raise SubmissionError(one_line(f"expected the address of a server, https://HOST, but got {url!r}"))
    if found.scheme == "http" and not _is_here(found.hostname):
        raise SubmissionError(
            one_line(f"expected https://, so that nobody on the way reads the token, but got {url!r}")
        )
    return found


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _connection(url: SplitResult) -> http.client.HTTPConnection:
    """To the server, through the proxy that the environment names."""
    assert url.hostname is not None
    proxy = urllib.request.getproxies().get(url.scheme)
    by_proxy = urlsplit(proxy) if proxy and not urllib.request.proxy_bypass(url.hostname) else None
    host, port = url.hostname, url.port
    if url.scheme == "http":  # on this machine
        return http.client.HTTPConnection(host, port, timeout=_CONNECT_S)
    context = ssl.create_default_context()
    if by_proxy is None or by_proxy.hostname is None:
        return http.client.HTTPSConnection(host, port, timeout=_CONNECT_S, context=context)
    connection = http.client.HTTPSConnection(by_proxy.hostname, by_proxy.port, timeout=_CONNECT_S, context=context)
    connection.set_tunnel(host, port)
    return connection


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _reason(answer: _Answer) -> str:
    problems = answer.content.get("problems")
    if isinstance(problems, list) and problems and all(isinstance(one, dict) for one in problems):
        lines = [f"{one.get('place')}: {one.get('message')}" for one in problems[:_SHOWN]]
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        return "; ".join(lines) + more
    return str(answer.content.get("detail") or http.client.responses.get(answer.status, answer.status))
