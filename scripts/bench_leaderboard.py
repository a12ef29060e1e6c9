"""How a leaderboard's server answers under load: 200 readers of a table of 1,000 rows, and 20 writers.

    python -m scripts.bench_leaderboard                        # half a minute of load
    python -m scripts.bench_leaderboard --seconds 10 --readers 50
    python -m scripts.bench_leaderboard --db postgresql://...  # an empty database

Server, checks and this load generator share two processor cores, over the loopback. Each reader keeps a connection and
asks for the table's page every 2 s; each writer sends results every 10 s and waits for the answer. Before that, with
nobody else, the warm table is asked for from the API. Exits 1 when a submission is lost or doubled, a request fails, or
a floor is missed: 95 % of the pages within 100 ms, half of the warm tables within 25 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.store import Store
from leaderboard.store.tokens import create_token
from leaderboard.validate import Submission
from tests.leaderboard.honest import honest
from tests.leaderboard.server.killing import Running

PROTOCOL = "feed-mini-cross"
READ_EVERY_S, WRITE_EVERY_S = 2.0, 10.0
PAGE_P95_MS, TABLE_MEDIAN_MS = 100.0, 25.0
WARM = 50
CORES = 2


@dataclass
class Seen:
    """What readers and writers saw; seconds."""

    pages_s: list[float] = field(default_factory=list)
    writes_s: list[float] = field(default_factory=list)
    acknowledged: dict[str, int] = field(default_factory=dict)  # number by method
    failures: list[str] = field(default_factory=list)


class Connection:
    """One kept-open connection that speaks as much HTTP as is needed here."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes]:
        """Status and body, as they were sent."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers.items())]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        return int(head.split(" ", 2)[1]), await self._reader.readexactly(length)


async def read(port: int, path: str, until_s: float, phase_s: float, seen: Seen) -> None:
    """Ask for the page every 2 s; the time counts from when it was due."""
    connection = Connection(port)
    due_s = time.monotonic() + phase_s
    while due_s < until_s:
        await asyncio.sleep(max(due_s - time.monotonic(), 0))
        status, body = await connection.ask("GET", path, {"Accept-Encoding": "gzip"})
        seen.pages_s.append(time.monotonic() - due_s)
        if status != 200 or len(body) < 1000:
            seen.failures.append(f"page: {status}, {len(body)} bytes")
        due_s += READ_EVERY_S


async def write(port: int, secret: str, bodies: Sequence[tuple[str, bytes]], until_s: float, seen: Seen) -> None:
    """Send one results file after the other."""
    connection = Connection(port)
    due_s = time.monotonic() + random.Random(bodies[0][0]).uniform(0, WRITE_EVERY_S)
    for method, body in bodies:
        if due_s > until_s:
            return
        await asyncio.sleep(max(due_s - time.monotonic(), 0))
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json", "Idempotency-Key": method}
        status, answer = await connection.ask("POST", "/api/v1/submissions", headers, body)
        seen.writes_s.append(time.monotonic() - due_s)
        if status == 201:
            seen.acknowledged[method] = int(answer.partition(b'"submission":')[2].partition(b",")[0])
        else:
            seen.failures.append(f"submission: {status} {answer[:200]!r}")
        due_s += WRITE_EVERY_S


async def load(port: int, page: str, secret: str, options: argparse.Namespace) -> Seen:
    """Readers and writers at once, each with a phase of its own."""
    seen, draw = Seen(), random.Random(0)
    rounds = int(options.seconds / WRITE_EVERY_S) + 1
    bodies = [
        [_results(f"writer-{w}-{r}", 10_000 + 100 * w + r) for r in range(rounds)] for w in range(options.writers)
    ]
    until_s = time.monotonic() + options.seconds
    readers = [read(port, page, until_s, draw.uniform(0, READ_EVERY_S), seen) for _ in range(options.readers)]
    await asyncio.gather(*readers, *(write(port, secret, one, until_s, seen) for one in bodies))
    return seen


async def warm(port: int) -> list[float]:
    """Times of the table from the API, with nobody else; the first two answers are left out."""
    connection, found = Connection(port), []
    for _ in range(WARM + 2):
        began_s = time.monotonic()
        status, body = await connection.ask("GET", f"/api/v1/tables/{PROTOCOL}", {"Accept-Encoding": "gzip"})
        found.append(time.monotonic() - began_s)
        if status != 200 or len(body) < 1000:
            sys.exit(f"the table could not be had: {status}")
    return found[2:]


def fill(store: Store, rows: int) -> None:
    """A table of so many rows, each of a submission of its own."""
    for index in range(rows):
        results = honest((f"method-{index}",), seed=index)
        store.add(Submission(results, tuple(results.aggregates)))


def _results(method: str, seed: int) -> tuple[str, bytes]:
    return method, honest((method,), seed=seed).to_json().encode()


def _percentile(times_s: Sequence[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(times_s)
    return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--db", metavar="URL", help="an empty database (default: a SQLite file)")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])  # children inherit it
    with tempfile.TemporaryDirectory(prefix="feed-bench-") as folder:
        return measured(options, Path(folder))


def measured(options: argparse.Namespace, folder: Path) -> int:
    """Fill, start, ask, load, count."""
    place = options.db or str(folder / "board.sqlite3")
    store = Store(place, files=folder / "files")
    fill(store, options.rows)
    secret = create_token(store.database, "bench", ["submit"])[1]
    running = Running(place, folder / "files")
    running.start()
    try:
        warm_s = asyncio.run(warm(running.port))
        (group,) = store.groups(PROTOCOL)
        page = asyncio.run(page_of(running.port))
        seen = asyncio.run(load(running.port, page, secret, options))
    finally:
        running.stop()
    stored: dict[str, list[int]] = {}
    for one in store.submissions():
        stored.setdefault(one.methods[0], []).append(one.number)
    lost = sum(stored.get(method) != [number] for method, number in seen.acknowledged.items())
    doubled = sum(len(numbers) > 1 for numbers in stored.values())
    return report(options, warm_s, seen, lost=lost, doubled=doubled, cases=group.n_cases)


async def page_of(port: int) -> str:
    """Address of the table's page, made once before anybody waits for it."""
    connection = Connection(port)
    _, index = await connection.ask("GET", "/", {})
    slug = index.decode().partition('href="boards/')[2].partition(".html")[0]
    path = f"/boards/{slug}.html"
    status, _ = await connection.ask("GET", path, {"Accept-Encoding": "gzip"})
    if status != 200:
        sys.exit(f"the page {path} could not be had: {status}")
    return path


def report(
    options: argparse.Namespace, warm_s: Sequence[float], seen: Seen, *, lost: int, doubled: int, cases: int
) -> int:
    """Print what was seen; 1 where a floor is missed."""
    median_ms = 1000 * statistics.median(warm_s)
    p95_ms = _percentile(seen.pages_s, 0.95)
    print(f"table of {options.rows} rows, {cases} cases each; load of this machine {os.getloadavg()[0]:.1f}")
    print(f"warm table from the API, alone: median {median_ms:.1f} ms (below {TABLE_MEDIAN_MS:.0f}),")
    print(f"    p95 {_percentile(warm_s, 0.95):.1f} ms")
    print(f"{options.readers} readers, {options.writers} writers, {options.seconds:.0f} s:")
    print(f"    {len(seen.pages_s)} pages: p50 {_percentile(seen.pages_s, 0.5):.1f} ms,")
    print(f"    p95 {p95_ms:.1f} ms (below {PAGE_P95_MS:.0f}), longest {1000 * max(seen.pages_s):.0f} ms")
    if seen.writes_s:
        print(f"    {len(seen.acknowledged)} submissions: p50 {_percentile(seen.writes_s, 0.5):.0f} ms,")
        print(f"    p95 {_percentile(seen.writes_s, 0.95):.0f} ms")
    print(f"    lost {lost}, doubled {doubled}, failed {len(seen.failures)}")
    for line in seen.failures[:5]:
        print(f"    {line}")
    missed = p95_ms >= PAGE_P95_MS or median_ms >= TABLE_MEDIAN_MS
    return int(missed or lost > 0 or doubled > 0 or bool(seen.failures))


if __name__ == "__main__":
    sys.exit(main())
