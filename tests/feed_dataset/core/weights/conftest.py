"""A file server that can misbehave and that hub clients understand, and a cache folder of its own for every test."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from feed_dataset.core.weights import store


@dataclass
class FileServer:
    """Content by path, and how to misbehave."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    cut_after_bytes: list[int] = field(default_factory=list)  # one entry is used up per answer
    ignore_range: bool = False
    statuses: list[int] = field(default_factory=list)  # errors to answer first
    requests: list[tuple[str, str | None]] = field(default_factory=list)  # (path, Range header)
    tokens: list[str | None] = field(default_factory=list)  # Authorization headers

    def url(self, path: str) -> str:
        return f"{self.address}/{path}"


def _handler(server: FileServer) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:  # noqa: N802
            """What a hub client asks first: which version of the file there is."""
            path = self.path.lstrip("/")
            self.send_response(200 if path in server.files else 404)
            if path in server.files:
                self.send_header("ETag", server.etags[path])
                self.send_header("X-Repo-Commit", "0" * 40)
            else:
                self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", str(len(server.files.get(path, b""))))
            self.end_headers()

        def do_GET(self) -> None:  # noqa: N802
            path = self.path.lstrip("/")
            wanted = self.headers.get("Range")
            server.requests.append((path, wanted))
            server.tokens.append(self.headers.get("Authorization"))
            status = server.statuses.pop(0) if server.statuses else 200 if path in server.files else 404
            if status != 200:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body, etag, start = server.files[path], server.etags.get(path), 0
            fresh = self.headers.get("If-Range") in (None, etag)
            if wanted is not None and not server.ignore_range and fresh:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            if etag:
                self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            rest = body[start:]
            if server.cut_after_bytes:
                self.wfile.write(rest[: server.cut_after_bytes.pop(0)])
                self.close_connection = True
                return
            self.wfile.write(rest)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


@pytest.fixture
def file_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    state = FileServer()
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.address = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield state
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no user folder, nothing remembered from other tests."""
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "cache"))
    for name in ("FEED_WEIGHTS", "FEED_OFFLINE", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    store.forget_failures()
    return tmp_path / "cache"
