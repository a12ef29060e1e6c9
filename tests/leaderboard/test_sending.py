"""The client, with a server of few lines that answers what it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from leaderboard.cli import main
from leaderboard.errors import SubmissionError
from leaderboard.sending import Parcel, Server, read_token
from tests.leaderboard.honest import honest

HOLDER = (200, {"name": "lab", "scopes": ["submit"], "max_upload_bytes": 10**7}, {})
STORED = (201, {"submission": 7, "verdict": "self-reported"}, {})
Answer = tuple[int, dict[str, Any], dict[str, str]]


class Told:
    """A server; None as an answer closes the connection without one."""

    def __init__(self) -> None:
        self.answers: list[Answer | None] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(HOLDER if self.path.endswith("/token") else (404, {}, {}))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                told.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self._answer(told.answers.pop(0))

            def _answer(self, answer: Answer | None) -> None:
                if answer is None:
                    self.connection.close()
                    return
                content = json.dumps(answer[1]).encode()
                self.send_response(answer[0])
                for name, value in {**answer[2], "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def told() -> Iterator[Told]:
    server = Told()
    yield server
    server.stop()


@pytest.fixture
def parcel(tmp_path: Path) -> Parcel:
    (tmp_path / "results.json").write_bytes(b'{"a": 1}')
    return Parcel.of(tmp_path)


class Pauses(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def test_what_is_sent(told: Told, parcel: Parcel) -> None:
    told.answers = [STORED]
    receipt = Server(told.url + "/", "feed_secret").send(parcel)
    assert (receipt.submission, receipt.is_new) == (7, True)
    assert receipt.address == f"{told.url}/api/v1/submissions/7"
    ((_, path, headers, body),) = told.seen
    assert path == "/api/v1/submissions" and body == b'{"a": 1}'
    assert headers["authorization"] == "Bearer feed_secret" and headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == f"sha256-{parcel.sha256}"


def test_sent_again_with_the_same_key_until_there_is_an_answer(told: Told, parcel: Parcel) -> None:
    told.answers = [None, (503, {"detail": "busy"}, {"Retry-After": "9"}), None, (200, STORED[1], {})]
    pauses = Pauses()
    receipt = Server(told.url, "feed_secret", pause=pauses).send(parcel)
    assert receipt.submission == 7 and not receipt.is_new
    assert pauses == [1.0, 9.0, 18.0]
    assert len({headers["idempotency-key"] for _, _, headers, _ in told.seen}) == 1
    assert [body for *_, body in told.seen] == [b'{"a": 1}'] * 4


def test_a_server_that_stays_away(told: Told, parcel: Parcel) -> None:
    told.answers = [None] * 6
    pauses = Pauses()
    with pytest.raises(SubmissionError, match="send it again later"):
        Server(told.url, "feed_secret", pause=pauses).send(parcel)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0] and len(told.seen) == 6


def test_nobody_waits_for_an_hour(told: Told, parcel: Parcel) -> None:
    told.answers = [(429, {"detail": "again in 3000 s"}, {"Retry-After": "3000"})]
    with pytest.raises(SubmissionError, match="again in 3000 s"):
        Server(told.url, "feed_secret", pause=Pauses()).send(parcel)
    assert len(told.seen) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((401, {"detail": "expected a valid token"}, {}), "refuses it: expected a valid token"),
        ((409, {"detail": "already here: submission 3"}, {}), "already here: submission 3"),
        ((413, {}, {}), "Entity Too Large|Content Too Large"),
        (
            (422, {"problems": [{"place": f"p{i}", "message": "wrong"} for i in range(9)]}, {}),
            "p0: wrong; p1: wrong; p2: wrong; and 6 more",
        ),
        ((201, {}, {}), "something else answers there"),
        ((302, {}, {"Location": "https://elsewhere.example/"}), "Found"),
    ],
)
def test_refusals_are_one_line_and_final(told: Told, parcel: Parcel, answer: Answer, expected: str) -> None:
    told.answers = [answer]
    with pytest.raises(SubmissionError, match=expected) as refused:
        Server(told.url, "feed_secret", pause=Pauses()).send(parcel)
    assert "\n" not in str(refused.value) and len(told.seen) == 1


def test_what_is_too_long_is_not_sent(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(bytes(10**7 + 1))
    with pytest.raises(SubmissionError, match="at most 10000000 bytes"):
        Server(told.url, "feed_secret").send(Parcel.of(path))
    assert told.seen == []


@pytest.mark.parametrize(
    "url", ["http://board.example", "ftp://a", "board.example", "https://", "http://127.0.0.1:x", "https://u:p@h/", ""]
)
def test_addresses_to_which_no_token_is_sent(url: str) -> None:
    with pytest.raises(SubmissionError, match="expected"):
        Server(url, "feed_secret")


@pytest.mark.parametrize("content", [b"", b"two words", b"a\nb", b"\xff", b"a" * 201])
def test_files_without_a_token(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(SubmissionError, match="token"):
        read_token(tmp_path / "token")
    with pytest.raises(SubmissionError, match="No such file"):
        read_token(tmp_path / "no")


class TestTheCommand:
    @pytest.fixture
    def arguments(self, told: Told, tmp_path: Path) -> list[str]:
        (tmp_path / "token").write_text("feed_secret\n")
        honest(limit=2).save(tmp_path / "results.json")
        return ["submit", str(tmp_path), "--server", told.url, "--token-file", str(tmp_path / "token")]

    def test_sends(self, told: Told, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        told.answers = [STORED]
        assert main(arguments) == 0
        assert "submission 7 stored: feed-mini-cross v" in capsys.readouterr().out

    def test_only_says_what_it_would_send(
        self, told: Told, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([*arguments, "--dry-run"]) == 0
        out = capsys.readouterr().out
        assert "would send" in out and "as lab" in out and "key sha256-" in out
        assert told.seen == []

    def test_what_is_wrong_is_not_sent(
        self, told: Told, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "results.json").write_text("{}")
        assert main(arguments) == 2
        assert told.seen == [] and capsys.readouterr().err.count("\n") == 1

    def test_needs_a_token(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert main(arguments[:-2]) == 2
        assert "--token-file" in capsys.readouterr().err


def test_with_a_real_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fastapi", reason='the extra "server" is not installed')
    from leaderboard.store import Store
    from leaderboard.store.tokens import create_token
    from tests.leaderboard.server.killing import Running

    place = str(tmp_path / "board.sqlite3")
    (tmp_path / "token").write_text(create_token(Store(place).database, "lab", ["submit"])[1])
    honest(limit=2).save(tmp_path / "results.json")
    running = Running(place, tmp_path / "files")
    running.start()
    try:
        arguments = ["submit", str(tmp_path), "--server", running.url, "--token-file", str(tmp_path / "token")]
        assert main([*arguments, "--dry-run"]) == 0 and "as lab" in capsys.readouterr().out
        assert main(arguments) == 0 and "submission 1 stored" in capsys.readouterr().out
        assert main(arguments) == 0 and "was there already, from an earlier try" in capsys.readouterr().out
        assert [one.submitter for one in Store(place).submissions()] == ["lab"]
    finally:
        assert running.stop() == 0
