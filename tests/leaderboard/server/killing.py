"""A server as a process that is killed while it is sent submissions, and started again. Can be started as a program.

    python -m tests.leaderboard.server.killing FOLDER KILLS SEED [PLACE]

The client is the product's own: it sends again with the same key until it has an answer.
"""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.bundle.pack import pack
from leaderboard.errors import SubmissionError
from leaderboard.sending import Parcel, Receipt, Server
from leaderboard.store import Store
from leaderboard.store.tokens import create_token
from tests.leaderboard.honest import honest

_READY_S = 60.0
_LATEST_S = 0.12  # after a request has begun; about how long one takes


@dataclass
class Client:
    """Sends one after the other, and notes what was acknowledged."""

    server: Server
    parcels: Sequence[Parcel]
    receipts: dict[str, Receipt] = field(default_factory=dict)  # by file
    errors: list[BaseException] = field(default_factory=list)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def run(self) -> None:
        try:
            for parcel in self.parcels:
                self.begun.release()
                self.receipts[parcel.path.stem] = self._sent(parcel)
        except BaseException as error:
            self.errors.append(error)

    def _sent(self, parcel: Parcel) -> Receipt:
        """As somebody who calls the command again when it says so."""
        deadline_s = time.monotonic() + _READY_S
        while True:
            try:
                return self.server.send(parcel)
            except SubmissionError as error:
                if "send it again later" not in str(error) or time.monotonic() > deadline_s:
                    raise


class Running:
    """`python -m leaderboard serve` on a port of its own.

    Args:
        place: of the database.
        files: folder of bundles.
        more: further arguments.
    """

    def __init__(self, place: str, files: Path, *more: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        address = ["--port", str(self.port), "--submissions-per-hour", "1000000", "--requests-per-minute", "1000000"]
        self._command = [sys.executable, "-m", "leaderboard", "serve", "--db", place, "--files", str(files)]
        self._command += [*address, *more]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; returns when it says that it is ready."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert self.url in line, line

    def kill(self) -> None:
        """As `kill -9` does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def stop(self) -> int:
        """As Ctrl-C does; the exit code."""
        assert self._process is not None and self._process.stdout is not None
        self._process.send_signal(2)
        code = self._process.wait(60)
        self._process.stdout.close()
        return code


def parcels_in(folder: Path, n: int) -> list[Parcel]:
    """Results files and bundles by turns, each of a method of its own."""
    found = []
    for index in range(n):
        run = folder / f"run-{index}"
        run.mkdir(parents=True)
        honest((f"method-{index}",), limit=2, seed=index).save(run / "results.json")
        if index % 2:
            written = pack(run, run).path
        else:
            written = run / "results.json"
        path = folder / f"method-{index}{written.suffix}"
        written.rename(path)
        found.append(Parcel.of(path))
    return found


def killed(place: str, folder: Path, *, kills: int, seed: int) -> Client:
    """Send twice as many submissions as kills; each kill hits while one is on its way."""
    draw = random.Random(seed)
    store = Store(place, files=folder / "files")
    _, secret = create_token(store.database, "lab", ["submit"])
    running = Running(place, folder / "files")
    client = Client(
        Server(running.url, secret, pause=lambda _: time.sleep(0.2)), parcels_in(folder / "sent", 2 * kills)
    )
    running.start()
    thread = threading.Thread(target=client.run)
    thread.start()
    for _ in range(kills):
        assert client.begun.acquire(timeout=_READY_S), client.errors
        time.sleep(draw.uniform(0, _LATEST_S))
        running.kill()
        running.start()
    thread.join(_READY_S)
    assert running.stop() == 0
    return client


if __name__ == "__main__":
    where = Path(sys.argv[1])
    at = sys.argv[4] if len(sys.argv) > 4 else str(where / "board.sqlite3")
    began = time.monotonic()
    found = killed(at, where, kills=int(sys.argv[2]), seed=int(sys.argv[3]))
    board = Store(at, files=where / "files")
    methods = [one.methods[0] for one in board.submissions()]
    lost = [m for m, receipt in found.receipts.items() if board.submission(receipt.submission).methods != (m,)]
    again = sum(not receipt.is_new for receipt in found.receipts.values())
    print(f"{len(found.receipts)} acknowledged, {again} of them when sent again, {len(lost)} lost,")
    print(f"{len(methods) - len(set(methods))} doubled, {len(found.errors)} errors, {time.monotonic() - began:.0f} s")
