from __future__ import annotations

import hashlib
import importlib.util
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from feed_dataset.core.weights.packages import downloaded_archive, extract_member
from feed_dataset.core.weights.sources import PackageMember
from feed_dataset.core.weights.transfer import DownloadError


def make_wheel(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    """A minimal wheel that pip accepts."""
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    path = folder / f"{module}-1.0-py3-none-any.whl"
    info = f"{module}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in files.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def local_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if importlib.util.find_spec("pip") is None:
        pytest.skip("pip is not installed in this environment")
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_member_comes_out_of_a_wheel(local_index: Path, tmp_path: Path) -> None:
    wheel = make_wheel(local_index, "feed-test-models", {"models/net.bin": b"weights"})
    source = PackageMember("feed-test-models==1.0", "models/net.bin", hashlib.sha256(wheel.read_bytes()).hexdigest())
    with downloaded_archive(source, tmp_path / "work") as archive:
        extract_member(archive, source.member, tmp_path / "net.bin")
    assert (tmp_path / "net.bin").read_bytes() == b"weights"
    assert list((tmp_path / "work").iterdir()) == []


def test_another_archive_under_the_same_name_is_refused(local_index: Path, tmp_path: Path) -> None:
    make_wheel(local_index, "feed-test-models", {"models/net.bin": b"weights"})
    source = PackageMember("feed-test-models==1.0", "models/net.bin", "0" * 64)
    with pytest.raises(DownloadError, match="pip says"), downloaded_archive(source, tmp_path / "work"):
        pytest.fail("pip accepted an archive with another hash")


def test_a_missing_package_is_one_line(local_index: Path, tmp_path: Path) -> None:
    source = PackageMember("feed-absent-package==9.9", "x")
    with pytest.raises(DownloadError, match="feed-absent-package") as caught:
        with downloaded_archive(source, tmp_path / "work"):
            pytest.fail("there is no such package")
    assert "\n" not in str(caught.value)


def test_wheels_only_unless_a_source_archive_was_meant(local_index: Path, tmp_path: Path) -> None:
    """A source archive must never be built in place of the wheel that the registry names."""
    with tarfile.open(local_index / "feed_test_models-1.0.tar.gz", "w:gz") as archive:
        script = b"raise SystemExit('setup.py was executed')"
        info = tarfile.TarInfo("feed_test_models-1.0/setup.py")
        info.size = len(script)
        archive.addfile(info, io.BytesIO(script))
    source = PackageMember("feed-test-models==1.0", "models/net.bin")
    with pytest.raises(DownloadError) as caught, downloaded_archive(source, tmp_path / "work"):
        pytest.fail("pip accepted a source archive")
    assert "setup.py was executed" not in str(caught.value)


def test_hostile_member_names_write_nothing_outside(tmp_path: Path) -> None:
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../../escaped", b"bad")
        archive.writestr("/absolute", b"bad")
        archive.writestr("net.bin", b"good")
    work = tmp_path / "a" / "b"
    work.mkdir(parents=True)
    extract_member(evil, "net.bin", work / "out")
    assert (work / "out").read_bytes() == b"good"
    extract_member(evil, "../../escaped", work / "out2")  # content only; the stored path is never used
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["evil.zip", "out", "out2"]


def test_links_in_a_tar_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as archive:
        link = tarfile.TarInfo("pkg/net.bin")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        archive.addfile(link)
    with pytest.raises(DownloadError, match="expected one member pkg/net.bin but got 0"):
        extract_member(tmp_path / "evil.tar.gz", "pkg/net.bin", tmp_path / "out")


def test_two_members_of_one_name_are_ambiguous(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("net.bin", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("net.bin", b"two")
    with pytest.raises(DownloadError, match="expected one member net.bin but got 2"):
        extract_member(tmp_path / "twice.zip", "net.bin", tmp_path / "out")


def test_a_bomb_stops_at_the_limit(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net.bin", bytes(8 << 20))
    with pytest.raises(DownloadError, match="larger"):
        extract_member(tmp_path / "bomb.zip", "net.bin", tmp_path / "out", max_bytes=1000)
    assert not (tmp_path / "out").exists() or (tmp_path / "out").stat().st_size <= 1000


@pytest.mark.parametrize("name", ["broken.zip", "broken.whl", "broken.tar.gz"])
def test_a_broken_archive_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not an archive")
    with pytest.raises(DownloadError, match=name):
        extract_member(tmp_path / name, "net.bin", tmp_path / "out")
