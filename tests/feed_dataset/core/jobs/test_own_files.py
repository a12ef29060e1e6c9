"""What lies ready under a name that somebody could guess is never written through."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.own_files import LockTimeout, locked, open_growing, open_new, own_size_bytes
from feed_dataset.core.jobs.writable import PlaceError


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A file of the user's outside of the folder that is worked in."""
    path = tmp_path / "private"
    path.write_text("mine")
    return path


PLANTED: dict[str, Callable[[Path, Path], object]] = {
    "a link": lambda path, private: path.symlink_to(private),
    "a link to nothing": lambda path, private: path.symlink_to(private.with_name("new")),
    "a second name": lambda path, private: path.hardlink_to(private),
    "a pipe": lambda path, private: os.mkfifo(path),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_files_that_grow_are_the_users_own(tmp_path: Path, private: Path, planted: str) -> None:
    path = tmp_path / ".journal"
    PLANTED[planted](path, private)
    assert own_size_bytes(path) is None
    with pytest.raises(PlaceError, match=r"expected to write .*\.journal but .* lies there"):
        open_growing(path)
    with pytest.raises(PlaceError), locked(path, timeout_s=0):
        pass
    with open_new(path) as file:
        file.write(b"whole")
    assert path.read_bytes() == b"whole" and not path.is_symlink()
    assert private.read_text() == "mine" and not private.with_name("new").exists()


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_replaced_is_not_followed(tmp_path: Path, private: Path, planted: str) -> None:
    path = tmp_path / "results.json"
    PLANTED[planted](path, private)
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new" and not path.is_symlink()
    assert private.read_text() == "mine" and not private.with_name("new").exists()


def test_temporary_files_lie_where_nobody_else_may_enter(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 240 + ".json")
    with replacing(path) as first, replacing(path) as second:
        assert first.parent != second.parent and first.name == path.name
        assert first.parent.parent == tmp_path and first.parent.stat().st_mode & 0o777 == 0o700
        first.write_text("1")
        second.write_text("2")
    assert path.read_text() == "1" and [one.name for one in tmp_path.iterdir()] == [path.name]
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask, "as any file of the user"


def test_a_failed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_growing_files_keep_what_they_had(tmp_path: Path) -> None:
    for text in ("a", "b"):
        with open_growing(tmp_path / "log") as file:
            file.write(text)
    with open_growing(tmp_path / "log") as file:
        file.seek(0)
        assert file.read() == "ab"


def _hold(path: Path, ready: object, done: object) -> None:
    with locked(path, timeout_s=10):
        ready.set()  # type: ignore[attr-defined]
        done.wait(10)  # type: ignore[attr-defined]


def test_one_process_at_a_time_has_a_lock(tmp_path: Path) -> None:
    """Threads open files of their own, as processes do."""
    ready, done = threading.Event(), threading.Event()
    holder = threading.Thread(target=_hold, args=(tmp_path / ".lock", ready, done))
    holder.start()
    assert ready.wait(10)
    with pytest.raises(LockTimeout, match="another process holds"), locked(tmp_path / ".lock", timeout_s=0):
        pass
    done.set()
    with locked(tmp_path / ".lock", timeout_s=10):
        holder.join()
