from __future__ import annotations

import errno
import hashlib
import io
import socket
import time
from pathlib import Path

import pytest

from feed_dataset.core.jobs.writable import PlaceError
from feed_dataset.core.weights import transfer
from feed_dataset.core.weights.transfer import DownloadError, fetch
from tests.feed_dataset.core.weights.conftest import FileServer

CONTENT = bytes(range(256)) * 400  # 102400 bytes
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_downloads_verifies_and_leaves_only_the_file(file_server: FileServer, tmp_path: Path) -> None:
    file_server.files["net"] = CONTENT
    seen: list[tuple[int, int | None]] = []
    fetch(file_server.url("net"), tmp_path / "net", sha256=SHA256, progress=lambda *step: seen.append(step))
    assert (tmp_path / "net").read_bytes() == CONTENT
    assert leftovers(tmp_path) == ["net"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_resumes_where_the_connection_was_cut(file_server: FileServer, tmp_path: Path) -> None:
    file_server.files["net"], file_server.etags["net"] = CONTENT, '"v1"'
    file_server.cut_after_bytes = [1000, 500]
    fetch(file_server.url("net"), tmp_path / "net", sha256=SHA256)
    assert [wanted for _, wanted in file_server.requests] == [None, "bytes=1000-", "bytes=1500-"]
    assert (tmp_path / "net").read_bytes() == CONTENT


def test_a_later_process_resumes_the_kept_part(
    file_server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_server.files["net"], file_server.etags["net"] = CONTENT, '"v1"'
    file_server.cut_after_bytes = [700]
    monkeypatch.setattr(transfer, "ATTEMPTS", 1)
    with pytest.raises(DownloadError, match="cut off"):
        fetch(file_server.url("net"), tmp_path / "net", sha256=SHA256)
    assert not (tmp_path / "net").exists()
    fetch(file_server.url("net"), tmp_path / "net", sha256=SHA256)
    assert file_server.requests[-1] == ("net", "bytes=700-")
    assert (tmp_path / "net").read_bytes() == CONTENT


def test_a_full_disk_is_said_at_once_and_the_part_is_kept(
    file_server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking again mends no disk."""
    file_server.files["net"], file_server.etags["net"] = CONTENT, '"v1"'
    monkeypatch.setattr(transfer, "_CHUNK_BYTES", 1000)
    room = [3000]

    class Full(io.FileIO):
        def write(self, chunk: object) -> int:
            room[0] -= 1000
            if room[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(chunk)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(transfer, "open_new", lambda path: Full(path, "w"))
        with pytest.raises(PlaceError, match="No space left on device; make space, the same command continues"):
            fetch(file_server.url("net"), tmp_path / "net", sha256=SHA256)
    assert len(file_server.requests) == 1 and not (tmp_path / "net").exists()
    fetch(file_server.url("net"), tmp_path / "net", sha256=SHA256)
    assert file_server.requests[-1] == ("net", "bytes=3000-") and (tmp_path / "net").read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["net.part", "net.part.etag"])
def test_a_link_laid_under_the_parts_name_is_not_written_through(
    file_server: FileServer, tmp_path: Path, name: str
) -> None:
    """A cache may be shared, and the names of its partial files are known."""
    profile = tmp_path / "profile"
    profile.write_text("mine")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / name).symlink_to(profile)
    file_server.files["net"], file_server.etags["net"] = CONTENT, '"v1"'
    fetch(file_server.url("net"), tmp_path / "cache" / "net", sha256=SHA256)
    assert profile.read_text() == "mine" and (tmp_path / "cache" / "net").read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_is_not_spliced(
    file_server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_server.files["net"], file_server.etags["net"] = CONTENT[::-1], '"old"'
    file_server.cut_after_bytes = [700]
    monkeypatch.setattr(transfer, "ATTEMPTS", 1)
    with pytest.raises(DownloadError):
        fetch(file_server.url("net"), tmp_path / "net")
    file_server.files["net"], file_server.etags["net"] = CONTENT, '"new"'
    fetch(file_server.url("net"), tmp_path / "net")
    assert (tmp_path / "net").read_bytes() == CONTENT


@pytest.mark.parametrize("etag", [None, '"v1"'])
def test_a_server_without_ranges_is_read_from_the_start(
    file_server: FileServer, tmp_path: Path, etag: str | None
) -> None:
    file_server.files["net"] = CONTENT
    if etag:
        file_server.etags["net"] = etag
    file_server.ignore_range = True
    file_server.cut_after_bytes = [3000]
    fetch(file_server.url("net"), tmp_path / "net", sha256=SHA256)
    assert (tmp_path / "net").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(file_server: FileServer, tmp_path: Path) -> None:
    file_server.files["net"], file_server.etags["net"] = CONTENT, '"v1"'
    (tmp_path / "net.part").write_bytes(b"x" * 10)
    (tmp_path / "net.part.etag").write_text(f'{{"url": "{file_server.url("net")}", "etag": "\\"v1\\""}}')
    file_server.statuses = [416]
    fetch(file_server.url("net"), tmp_path / "net", sha256=SHA256)
    assert (tmp_path / "net").read_bytes() == CONTENT


def test_wrong_content_is_rejected_and_removed(file_server: FileServer, tmp_path: Path) -> None:
    file_server.files["net"], expected = CONTENT, SHA256[:-1] + "x"
    with pytest.raises(DownloadError, match=f"expected sha256 {expected} but got {SHA256}"):
        fetch(file_server.url("net"), tmp_path / "net", sha256=expected)
    assert leftovers(tmp_path) == []


def test_wrong_size_is_rejected(file_server: FileServer, tmp_path: Path) -> None:
    file_server.files["net"] = CONTENT
    with pytest.raises(DownloadError, match="expected 5 bytes but got 102400"):
        fetch(file_server.url("net"), tmp_path / "net", size_bytes=5)
    assert leftovers(tmp_path) == []


def test_not_found_is_final_and_busy_is_retried(file_server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="404"):
        fetch(file_server.url("absent"), tmp_path / "net")
    assert len(file_server.requests) == 1
    file_server.files["net"] = CONTENT
    file_server.statuses = [503, 503]
    fetch(file_server.url("net"), tmp_path / "net", sha256=SHA256)
    assert (tmp_path / "net").read_bytes() == CONTENT


def test_an_existing_target_survives_a_failed_download(file_server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "net").write_bytes(b"old")
    file_server.files["net"] = CONTENT
    with pytest.raises(DownloadError):
        fetch(file_server.url("net"), tmp_path / "net", sha256="1" * 64)
    assert (tmp_path / "net").read_bytes() == b"old"


def test_a_silent_host_is_given_up_in_time(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        started = time.monotonic()
        with pytest.raises(DownloadError):
            fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/net", tmp_path / "net", timeout_s=0.2)
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.invalid/x"])
def test_only_http(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="http"):
        fetch(url, tmp_path / "net")
