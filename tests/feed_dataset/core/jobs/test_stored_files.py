"""Files of tasks through an object store: there and back whole, under the names that they have in the run's folder."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from feed_dataset.core.jobs import atomic
from feed_dataset.core.jobs.array_store import file_sha256, write_atomic
from feed_dataset.core.jobs.object_store import ObjectStore, StoreError
from feed_dataset.core.jobs.stored_files import StoredFiles
from feed_dataset.core.jobs.worker_process import Raised, Result, answer
from tests.feed_dataset.core.jobs.s3_server import s3_server


@dataclass(frozen=True)
class Copy:
    """Reads a file of a user, writes below the run's folder; says which files it found there, and its paths."""

    source: Path
    folder: Path
    name: str = "sub/copy.bin"

    def kept_files(self) -> Iterable[Path]:
        return [self.folder / self.name]

    def run(self, tools: object) -> tuple[str, bool]:
        was_there = (self.folder / self.name).is_file()
        write_atomic(self.folder / self.name, lambda path: path.write_bytes(self.source.read_bytes()))
        return str(self.source), was_there


@dataclass(frozen=True)
class Look:
    """Whether another task's file is there; writes nothing."""

    at: Copy

    def kept_files(self) -> Iterable[Path]:
        return self.at.kept_files()

    def run(self, tools: object) -> bool:
        return (self.at.folder / self.at.name).is_file()


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(params=["file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder, and a bucket of a real server."""
    if request.param == "file":
        return (tmp_path / "store").as_uri()
    return f"{request.getfixturevalue('bucket')}/{tmp_path.name}"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A user's file and, beside it, the run's folder."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "face.mp4").write_bytes(os.urandom(100_000))
    (tmp_path / "out").mkdir()
    return tmp_path


@pytest.fixture
def carrier(url: str, place: Path) -> Iterator[StoredFiles]:
    found = StoredFiles(url, place / "out")
    found.open()
    yield found
    found.close()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The temporary folder of another machine: this process plays its worker."""
    folder = tmp_path / "machine"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    before = list(atomic._told)
    yield folder
    atomic._told[:] = before


def done(carrier: StoredFiles, task: Any, end: Any = None, *, is_again: bool = False) -> Any:
    """What a worker makes of a task, with its files delivered."""
    if end is None:
        end = pickle.loads(pickle.dumps(carrier.end()))
        end.begin()
    return carrier.loads(answer(carrier.dumps(task, is_again=is_again), None, end.loads, end.dumps))


def test_a_task_finds_what_it_reads_and_delivers_what_it_writes(
    carrier: StoredFiles, place: Path, machine: Path
) -> None:
    task = Copy(place / "data" / "face.mp4", place / "out")
    assert str(place).encode() not in carrier.dumps(task), "no path of this machine is sent"
    result = done(carrier, task)
    assert isinstance(result, Result)
    read_from, was_there = result.value
    assert read_from.startswith(str(machine)) and read_from.endswith("/face.mp4")
    assert not was_there
    assert file_sha256(place / "out/sub/copy.bin") == file_sha256(place / "data/face.mp4")
    assert [one.name for one in place.glob("out/sub/*")] == ["copy.bin"]


def test_another_worker_gets_what_an_earlier_one_left(carrier: StoredFiles, place: Path, machine: Path) -> None:
    """Before anything was delivered: the first worker died with its machine."""
    task = Copy(place / "data" / "face.mp4", place / "out")
    end = carrier.end()
    end.begin()
    answer(carrier.dumps(task), None, end.loads, end.dumps)
    for left in machine.rglob("copy.bin"):
        left.unlink()
    assert done(carrier, Look(task), is_again=True).value is True
    assert (place / "out/sub/copy.bin").is_file(), "what was found is delivered, too"


def test_a_run_that_goes_on_sends_what_it_has(carrier: StoredFiles, place: Path, machine: Path) -> None:
    (place / "out/sub").mkdir()
    (place / "out/sub/copy.bin").write_bytes(b"of an earlier run")
    assert done(carrier, Copy(place / "data" / "face.mp4", place / "out")).value[1] is True


def test_other_bytes_than_were_sent_are_an_error(carrier: StoredFiles, url: str, place: Path, machine: Path) -> None:
    face = place / "data" / "face.mp4"
    carrier.dumps(Copy(face, place / "out"))
    (place / "other").write_bytes(bytes(face.stat().st_size))
    ObjectStore(url).put(f"files/{file_sha256(face)}", place / "other")
    found = done(carrier, Copy(face, place / "out"))
    assert isinstance(found, Raised)
    assert "remove it there and run again" in str(found.error)


def test_a_name_out_of_the_folder_is_refused(carrier: StoredFiles, place: Path, machine: Path) -> None:
    from feed_dataset.core.jobs.stored_files import _Delivery

    with pytest.raises(StoreError, match="name of a file below"):
        carrier.loads(pickle.dumps(_Delivery(Result(1), (("../escape", "0" * 64),))))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense://x", "expected a store that fsspec knows but got 'nonsense://x'"),
        ("file:///proc/x", "to the store file:///proc/x but got"),
    ],
)
def test_a_store_that_is_none(url: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=message):
        StoredFiles(url, tmp_path).open()
