"""Which of several processes does a piece of work: claim files with an owner and a heartbeat, on any shared folder.

A claim is a small file that appears whole or not at all, and that its owner touches every few seconds. One whose owner
is gone is taken over: at once where the owner's process was of this machine, else after a minute without a heartbeat.
Times are those of the folder's file system, so that clocks of machines need not agree. A clock that is set meanwhile
makes every owner look late: whoever wants to take over waits for a heartbeat first.

Claims save work; they guard nothing. An owner that sleeps for longer than a minute may wake up beside another one, so
whatever is made under a claim has to appear by atomic rename, and be the same whoever made it.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

HEARTBEAT_S = 5.0
STALE_AFTER_S = 60.0
POLL_S = 0.5
_SUFFIX = ".claim"
_MOST_BYTES = 1 << 16


@dataclass(frozen=True)
class Owner:
    """Who holds a claim.

    Args:
        host, pid: of its process.
        started: of the process, as its machine counts: a number that another process of the same pid does not have.
        token: of this one claim.
        about: what it is for, in words.
    """

    host: str
    pid: int
    started: str
    token: str
    about: str

    @classmethod
    def this_process(cls, about: str) -> Owner:
        """The owner of a new claim of this process."""
        return cls(socket.gethostname(), os.getpid(), _started(os.getpid()), uuid.uuid4().hex, about)

    @property
    def is_gone(self) -> bool:
        """Whether its process is known to have ended; False where that cannot be seen from here."""
        return self.host == socket.gethostname() and _started(self.pid) != self.started


@dataclass(frozen=True)
class Claim:
    """A claim as it lies in the folder.

    Args:
        owner: None where the file is damaged.
        age_s: since its last heartbeat; or until it, where a clock was set back.
    """

    key: str
    owner: Owner | None
    age_s: float
    is_stale: bool


@dataclass(frozen=True)
class Claims:
    """The claims of a folder. Plain data: it goes to worker processes.

    Args:
        folder: where they lie; made when the first is taken.
        heartbeat_s: how often an owner touches its file.
        stale_after_s: without a heartbeat for so long, a claim may be taken over.
    """

    folder: Path
    heartbeat_s: float = HEARTBEAT_S
    stale_after_s: float = STALE_AFTER_S

    @contextmanager
    def hold(self, key: str, about: str = "") -> Iterator[bool]:
        """Whether the work is this process's for as long as the block lasts; False where somebody else has it.

        Args:
            key: what is claimed; part of a file's name.
            about: what it is for, in words.
        """
        path, owner = self._path(key), Owner.this_process(about)
        if not self._take(path, owner):
            yield False
            return
        ended = threading.Event()
        beating = threading.Thread(target=self._beat, args=(path, ended), daemon=True)
        beating.start()
        try:
            yield True
        finally:
            ended.set()
            beating.join()
            if _read(path) == owner:  # nobody took it over
                with suppress(OSError):  # a disk that takes nothing more, which is somebody else's error
                    path.unlink(missing_ok=True)

    @contextmanager
    def turn(self, key: str, about: str = "") -> Iterator[None]:
        """Wait until the work is this process's, for as long as the block lasts."""
        while True:
            with self.hold(key, about) as ours:
                if ours:
                    yield
                    return
            time.sleep(POLL_S)

    def all(self) -> list[Claim]:
        """Every claim, by key."""
        now_s = self._now_s() if self.folder.is_dir() else 0.0
        paths = sorted(self.folder.glob(f"*{_SUFFIX}")) if self.folder.is_dir() else []
        found = []
        for path in paths:
            with suppress(OSError):  # released meanwhile
                found.append(self._claim(path, now_s))
        return found

    def clean(self) -> None:
        """Remove claims whose owners are gone, and the folder when nothing is left in it."""
        for claim in self.all():
            path = self._path(claim.key)
            if self.is_abandoned(claim):
                with self._alone(path, claim.owner) as alone:
                    if alone and _read(path) == claim.owner:
                        path.unlink(missing_ok=True)
        with suppress(OSError):  # others are at work
            self.folder.rmdir()

    def is_abandoned(self, claim: Claim) -> bool:
        """Whether nobody holds a claim any more; where only its age says so, a heartbeat is waited for."""
        if not claim.is_stale or (claim.owner is not None and claim.owner.is_gone):
            return claim.is_stale
        path = self._path(claim.key)
        before = _touched_ns(path)
        time.sleep(1.5 * self.heartbeat_s)
        return _touched_ns(path) == before

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _claim(self, path: Path, now_s: float) -> Claim:
        age_s, owner = abs(now_s - path.stat().st_mtime), _read(path)
        is_stale = age_s > self.stale_after_s or (owner is not None and owner.is_gone)
        return Claim(path.name.removesuffix(_SUFFIX), owner, age_s, is_stale)

    def _take(self, path: Path, owner: Owner) -> bool:
        while not self._made(path, owner):
            try:
                found = self._claim(path, self._now_s())
            except FileNotFoundError:
                continue  # released meanwhile
            if not self.is_abandoned(found):
                return False
            with self._alone(path, found.owner) as alone:
                if not alone:
                    return False
                if path.exists() and _read(path) == found.owner:  # else it was released or taken over meanwhile
                    _replace(path, owner)
                    return True
        return True

    @contextmanager
    def _alone(self, path: Path, gone: Owner | None) -> Iterator[bool]:
        """Whether this process alone may take the place of an owner that is gone; False where another one is at it."""
        marker = path.with_name(f".taking-{hashlib.sha256(repr(gone).encode()).hexdigest()[:32]}")
        try:
            marker.open("x").close()
        except FileExistsError:
            with suppress(OSError):  # whoever made it may have died right then
                if self._now_s() - marker.stat().st_mtime > self.stale_after_s:
                    marker.unlink()
            yield False
            return
        try:
            yield True
        finally:
            marker.unlink(missing_ok=True)

    def _made(self, path: Path, owner: Owner) -> bool:
        while True:
            self.folder.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # somebody else's `clean` removed the empty folder
                return _create(path, owner)

    def _beat(self, path: Path, ended: threading.Event) -> None:
        while not ended.wait(self.heartbeat_s):
            with suppress(OSError):  # taken over, or the folder is away for a moment
                os.utime(path)

    def _now_s(self) -> float:
        """The time of the file system that the folder lies on."""
        probe = self.folder / f".now-{uuid.uuid4().hex}"
        try:
            probe.touch()
            return probe.stat().st_mtime
        except OSError:
            return time.time()  # a folder that cannot be written: looking is all that is left
        finally:
            with suppress(OSError):
                probe.unlink()


def _touched_ns(path: Path) -> int | None:
    """When a file was touched; None where it is gone."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _create(path: Path, owner: Owner) -> bool:
    """Make a claim, with its content in it from the first moment; False where there is one."""
    draft = path.with_name(f".{owner.token}")
    _create_without_links(draft, owner)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links: the content comes a moment after the name
        return _create_without_links(path, owner)
    finally:
        draft.unlink(missing_ok=True)
    return True


def _create_without_links(path: Path, owner: Owner) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            json.dump(asdict(owner), file)
    except FileExistsError:
        return False
    except OSError as error:
        path.unlink(missing_ok=True)  # a part of it, on a full disk
        error.filename = error.filename or str(path.parent)
        raise
    return True


def _replace(path: Path, owner: Owner) -> None:
    """Put a claim in the place of another one, so that there is one at every moment."""
    draft = path.with_name(f".{owner.token}")
    _create_without_links(draft, owner)
    os.replace(draft, path)


def _read(path: Path) -> Owner | None:
    try:
        content = path.read_bytes()[:_MOST_BYTES]
        found = Owner(**json.loads(content))
    except (OSError, ValueError, TypeError):
        return None
    return found if isinstance(found.host, str) and isinstance(found.pid, int) else None


def _started(pid: int) -> str:
    """When a process of this machine started, in ticks since boot; "" where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]  # field 22 of proc(5); the name before it may have spaces
