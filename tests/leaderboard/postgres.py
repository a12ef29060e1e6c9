"""A real PostgreSQL server of this machine's own programs, in a temporary folder, for as long as a session of tests.

It refuses to run as root, so there it runs as the user `postgres` that its package makes. Nobody reaches it but
through its socket. A server whose tests are killed is ended by the kernel.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_PACKAGES = Path("/usr/lib/postgresql")
_START_S = 60.0
_USER = "postgres"


class NoPostgres(Exception):
    """Why there is none."""


@dataclass(frozen=True)
class Server:
    """A running server.

    Args:
        folder: of its socket.
    """

    folder: Path

    def fresh(self) -> str:
        """The URL of an empty schema of its own: as good as a database, and much faster to make."""
        import psycopg

        schema = f"t{uuid.uuid4().hex}"
        with psycopg.connect(host=str(self.folder), user=_USER, dbname=_USER, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        options = quote(f"-csearch_path={schema}")
        return f"postgresql://{_USER}@/{_USER}?host={quote(str(self.folder))}&options={options}"


@contextmanager
def running_postgres() -> Iterator[Server]:
    """Start one, and end it with the block.

    Raises:
        NoPostgres: the programs, the client library or a user to run them as are not here.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="feed-pg-"))  # short: the path of a socket has 107 bytes
    try:
        as_user = _as_user(folder)
        data, log = folder / "data", folder / "log"
        made = subprocess.run(
            [*as_user, programs / "initdb", "-D", data, "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
            + ["--locale=C.UTF-8"],
            capture_output=True,
            text=True,
            cwd=folder,
            check=False,
        )
        if made.returncode != 0:
            raise NoPostgres(f"initdb failed: {made.stderr.strip()[-300:]}")
        settings = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=150", "-k", folder]
        with log.open("w") as file:
            server = subprocess.Popen(
                [*as_user, programs / "postgres", "-D", data, *settings], stdout=file, stderr=file, cwd=folder
            )
        try:
            _wait(server, folder, log)
            yield Server(folder)
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nobody needs the data any more
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    try:
        import psycopg  # noqa: F401 - only whether it is here
    except ImportError as error:
        raise NoPostgres('psycopg is not installed: pip install -e ".[server]"') from error
    found = [one for one in _PACKAGES.glob("*/bin") if (one / "postgres").exists() and (one / "initdb").exists()]
    if not found:
        raise NoPostgres(f"no PostgreSQL in {_PACKAGES}: apt-get install postgresql")
    return max(found, key=lambda one: float(one.parent.name))


def _as_user(folder: Path) -> list[str]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise NoPostgres("setpriv is not here: apt-get install util-linux")
    dies_with_us = [setpriv, "--pdeathsig", "KILL"]
    if os.getuid() != 0:
        return dies_with_us
    try:
        user = pwd.getpwnam(_USER)
    except KeyError as error:
        raise NoPostgres(f"tests run as root and there is no user {_USER} to run PostgreSQL as") from error
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [*dies_with_us, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _wait(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + _START_S
    while True:
        try:
            psycopg.connect(host=str(folder), user=_USER, dbname=_USER).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise NoPostgres(f"PostgreSQL did not start: {log.read_text()[-300:]}") from None
            time.sleep(0.05)
