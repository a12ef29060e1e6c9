"""Which files of a data directory may be read."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from feed_dataset.core.jobs import files
from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.jobs.files import read_text, refuse_linked_folders, walk


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    (root / "a/b").mkdir(parents=True)
    (root / ".hidden").mkdir()
    for name in ("z", "a/y", "a/b/x", ".hidden/w"):
        (root / name).write_text(name)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("secret")
    return root


def names(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in walk(root).files]


def test_files_in_a_fixed_order(root: Path) -> None:
    assert names(root) == ["z", "a/y", "a/b/x"] and walk(root).refused == ()


def test_links_inside_are_followed_once(root: Path) -> None:
    (root / "a/b/loop").symlink_to(root)
    (root / "c").symlink_to(root / "a")
    (root / "v").symlink_to("a/y")
    assert names(root) == ["v", "z", "a/y", "a/b/x"] and walk(root).refused == ()


@pytest.mark.parametrize("target", ["outside", "outside/secret"])
def test_links_out_are_refused(root: Path, tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "link").symlink_to(tmp_path / target)
    assert names(root) == ["z", "a/y", "a/b/x"]
    ((path, reason),) = walk(root).refused
    assert path == root / "link" and str(tmp_path / target) in reason and "FEED_LINK_ROOTS" in reason
    monkeypatch.setenv("FEED_LINK_ROOTS", f"/nowhere{os.pathsep}{tmp_path / 'outside'}")
    assert len(names(root)) == 4 and walk(root).refused == ()


def test_a_name_that_begins_like_an_allowed_one_is_another(root: Path, tmp_path: Path) -> None:
    (tmp_path / "data2").mkdir()
    (root / "link").symlink_to(tmp_path / "data2")
    assert len(walk(root).refused) == 1


def test_a_hugging_face_download(tmp_path: Path) -> None:
    """Its files are links to ../../blobs."""
    root = tmp_path / "snapshots/abc"
    root.mkdir(parents=True)
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs/123").write_text("x")
    (root / "file").symlink_to("../../blobs/123")
    (root / "other").symlink_to("../../refs")
    assert names(root) == ["file"] and [path.name for path, _ in walk(root).refused] == ["other"]


def test_nothing_is_written_through_a_linked_folder(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a/elsewhere").symlink_to(tmp_path / "outside")
    (root / "a/here").symlink_to(root / "a/b")
    refuse_linked_folders(root, [root / "new/x", root / "a/b/x", root / "a/here/x"])
    with pytest.raises(LayoutError, match=r"a/elsewhere is none of this place: it is a link .*FEED_LINK_ROOTS"):
        refuse_linked_folders(root, [root / "a/elsewhere/deep/x"])
    monkeypatch.setenv("FEED_LINK_ROOTS", str(tmp_path / "outside"))
    refuse_linked_folders(root, [root / "a/elsewhere/deep/x"])


def test_small_texts_are_read_whole_or_not_at_all(root: Path) -> None:
    (root / "list.json").write_bytes(b"\xef\xbb\xbf{}")
    assert read_text(root / "list.json") == "{}"
    with pytest.raises(OSError, match="it has 5 bytes, more than 4"):
        read_text(root / "list.json", at_most_bytes=4)
    os.mkfifo(root / "pipe")
    for place, what in (("pipe", "is no regular file"), ("a", "is a folder")):
        with pytest.raises(OSError, match=what):
            read_text(root / place)


def test_what_is_no_file(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "self").symlink_to("self")
    (root / "gone").symlink_to("a/gone")
    assert names(root) == ["z", "a/y", "a/b/x"]
    assert [path.name for path, _ in walk(root).refused] == ["gone", "pipe", "self"]


def test_a_link_that_cannot_be_read_stops_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As below /proc, and on network drives."""
    (root / "odd").symlink_to(root / "z")
    real = os.path.realpath

    def realpath(path: str | Path) -> str:
        if Path(path).name == "odd":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path)

    monkeypatch.setattr(files.os.path, "realpath", realpath)
    assert names(root) == ["z", "a/y", "a/b/x"]
    assert walk(root).refused == ((root / "odd", "it is a link that cannot be read (Permission denied)"),)


def test_folders_without_rights_are_named(root: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may list every folder")
    (root / "a").chmod(0)
    try:
        assert [path for path, _ in walk(root).refused] == [root / "a"]
    finally:
        (root / "a").chmod(0o755)
