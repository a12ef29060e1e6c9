from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from feed_dataset.core.jobs import writable
from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.writable import PlaceError, usable_cache, writable_file, writable_folder


def test_folders_that_can_be_made_are_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writable_folder(tmp_path, "--out")
    writable_folder(tmp_path / "a" / "b", "--out")
    writable_file(tmp_path / "a" / "b.mp4", "--out")
    monkeypatch.chdir(tmp_path)
    writable_folder(Path("runs/x"), "--out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("file", "it is not a folder"),
        ("file/below", "file is not a folder"),
        ("dangling", "it is not a folder"),
        ("x" * 300, "File name too long"),
    ],
)
def test_places_that_cannot_be_written(tmp_path: Path, place: str, reason: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(PlaceError, match=rf"cannot write to .*{reason}; name another folder with --out"):
        writable_folder(tmp_path / place, "--out")


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writable.os, "access", lambda path, mode: False)  # tests may run as root, who may do anything
    with pytest.raises(PlaceError, match=f"no permission to write in {tmp_path}"):
        writable_folder(tmp_path / "a", "--out")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc here")
@pytest.mark.parametrize("place", ["/proc/out", "/proc/self/out", "/proc/deep/out"])
def test_a_place_where_nothing_can_be_made(place: str) -> None:
    """Rights do not tell: root has all of them there."""
    with pytest.raises(PlaceError, match=rf"cannot write to {place}: .*; name another folder with --out"):
        writable_folder(Path(place), "--out")
    with pytest.raises(PlaceError, match="name another folder with --out"):
        writable_file(Path(place) / "clip.mp4", "--out")


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mkdtemp(**_: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writable.tempfile, "mkdtemp", mkdtemp)
    with pytest.raises(PlaceError, match=rf"nothing can be made in {tmp_path} \(No space left on device\)"):
        writable_folder(tmp_path / "a", "--out")


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="it is a folder; name a file with --out"):
        writable_file(tmp_path, "--out")


def test_a_cache_for_reading_only_is_usable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_CACHE", str(tmp_path))
    monkeypatch.setattr(writable.os, "access", lambda path, mode: mode == os.R_OK)
    usable_cache()
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "new"))
    with pytest.raises(PlaceError, match="name another folder with FEED_CACHE"):
        usable_cache()


def test_an_error_of_the_disk_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as caught, replacing(tmp_path / "a.npz"):
        with open("/dev/full", "wb", buffering=0) as full:
            full.write(b"x")
    assert caught.value.filename == str(tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []
