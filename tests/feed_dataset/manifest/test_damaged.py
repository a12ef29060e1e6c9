"""200 damaged inputs: each is counted or a typed error; none hangs, calls anybody, or shows another file."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.jobs.executor import Failed, no_tools
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.video import read_video
from feed_dataset.hub.torchcodec_check import torchcodec_decodes
from feed_dataset.layout.names import CAMERAS, FEED_STEMS
from feed_dataset.manifest import Manifest, build_manifest
from feed_dataset.manifest.verify import verify_directory
from tests.feed_dataset.manifest.damage import COUNT, Damaged, damaged_inputs

SLOTS = [f"ID_{n}/{stem}_{camera}" for n in range(1, 8) for stem in FEED_STEMS for camera in CAMERAS]
OUTSIDE = ("playlist", "link", "no file")
LIMIT_S = 30.0


@dataclass(frozen=True)
class Damage:
    root: Path
    inputs: dict[str, Damaged]  # by clip id
    callers: list[object]  # of the server that the playlists name

    def path(self, clip_id: str) -> Path:
        return self.root / f"{clip_id}{Path(self.inputs[clip_id].name).suffix}"


@pytest.fixture(scope="module")
def damage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Damage]:
    """A FEED of 200 damaged clips and no other."""
    folder = tmp_path_factory.mktemp("damage")
    (folder / "outside").mkdir()
    callers: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_note_callers, args=(server, callers), daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        made = list(damaged_inputs(folder / "outside", 0, address))
        found = Damage(folder / "FEED", dict(zip(SLOTS, made, strict=False)), callers)
        for clip_id, damaged in found.inputs.items():
            path = found.path(clip_id)
            path.parent.mkdir(parents=True, exist_ok=True)
            damaged.make(path)
        yield found


@pytest.fixture(scope="module")
def manifest(damage: Damage) -> Manifest:
    return build_manifest(damage.root, workers=2)


def _note_callers(server: socket.socket, callers: list[object]) -> None:
    while True:
        try:
            connection, caller = server.accept()
        except OSError:  # the server was closed
            return
        callers.append(caller)
        connection.close()


def test_there_are_200(damage: Damage) -> None:
    assert len(damage.inputs) == COUNT == 200
    kinds = {damaged.kind for damaged in damage.inputs.values()}
    assert kinds >= {"truncated", "empty", "text", "other format", "playlist", "link", "huge size"}


def test_they_are_the_same_every_time(damage: Damage, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    for clip_id, damaged in zip(SLOTS, damaged_inputs(tmp_path / "outside", 0, "http://127.0.0.1:1"), strict=False):
        if damaged.kind not in OUTSIDE:  # those name places, which differ
            damaged.make(tmp_path / "again")
            again = hashlib.sha256((tmp_path / "again").read_bytes()).hexdigest()
            assert again == hashlib.sha256(damage.path(clip_id).read_bytes()).hexdigest(), damaged
            (tmp_path / "again").unlink()


def test_each_is_counted(damage: Damage, manifest: Manifest) -> None:
    unseen = []
    for clip_id, damaged in damage.inputs.items():
        entry = manifest.entry(clip_id)
        assert entry.status in ("ok", "corrupt") and bool(entry.reason) == (entry.status == "corrupt")
        if (entry.status == "ok") != (not damaged.index_sees) and damaged.kind != "frame rot":
            unseen.append((damaged.kind, damaged.name, entry.status, entry.reason))
    assert unseen == []
    assert manifest.counts()["corrupt"] >= 150


def test_none_ends_or_blocks_its_reader(manifest: Manifest) -> None:
    assert [entry.reason for entry in manifest.entries if entry.reason.startswith("reading it")] == []


def test_none_reaches_another_file_or_the_network(damage: Damage, manifest: Manifest) -> None:
    for clip_id, damaged in damage.inputs.items():
        if damaged.kind in OUTSIDE:
            assert manifest.entry(clip_id).status == "corrupt", damaged
        if damaged.kind in ("link", "no file"):
            assert manifest.entry(clip_id).sha256 == "", "not even hashed"
    assert damage.callers == []


def test_reading_gives_frames_or_a_typed_error(damage: Damage, manifest: Manifest) -> None:
    paths = {damage.path(clip_id): clip_id for clip_id, d in damage.inputs.items() if d.kind not in ("link", "no file")}
    unseen = []
    with ProcessExecutor(2, no_tools, limit_s=LIMIT_S) as executor:
        answers = executor.map([Read(path) for path in paths])
    for clip_id, answer in zip(paths.values(), answers, strict=True):
        damaged = damage.inputs[clip_id]
        assert not isinstance(answer, Failed), (damaged, answer)
        if damaged.reader_sees and answer:
            unseen.append((damaged.kind, damaged.name, answer))
    assert unseen == [], "returned as if whole"
    assert damage.callers == []


@dataclass(frozen=True)
class Read:
    path: Path

    def run(self, tools: None) -> int:
        return read_one(self.path)


def read_one(path: Path) -> int:
    """Frames of a video, 0 where both ways of reading refuse it with a typed error."""
    counts = []
    for read in (lambda: len(read_video(path).frames), lambda: count_frames(path, "pyav")):
        try:
            counts.append(read())
        except VideoDecodeError:
            counts.append(0)
    return max(counts)


def count_frames(path: Path, backend: str) -> int:
    with open_reader(path, backend) as reader:
        reader.at(np.array([reader.index.frame_count - 1, 0]), 16)  # the last first: a seek
        return sum(1 for _ in reader.stream(size_px=16))


def test_torchcodec_follows_no_playlist_either(damage: Damage) -> None:
    if not torchcodec_decodes():
        pytest.skip("torchcodec does not load here")
    for clip_id, damaged in damage.inputs.items():
        if damaged.kind == "playlist":
            with pytest.raises(VideoDecodeError):
                count_frames(damage.path(clip_id), "torchcodec")
    assert damage.callers == []


def test_a_catalog_names_them_as_problems(damage: Damage, manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    catalog = open_catalog(damage.root)
    refused = {damage.path(clip_id) for clip_id, d in damage.inputs.items() if d.kind in ("link", "no file")}
    problems = {path for path, _ in catalog.problems}
    assert refused <= problems and not refused & {clip.path for clip in catalog.clips}, "nothing reads their targets"
    empty = {damage.path(clip_id) for clip_id, d in damage.inputs.items() if d.kind in ("empty", "text", "playlist")}
    assert empty <= problems


def test_decoding_finds_damage_inside_frames(damage: Damage) -> None:
    found = verify_directory(damage.root, workers=2, decode=True)
    status = {entry.id: entry.status for entry in found.manifest.entries}
    rotten = [status[clip_id] for clip_id, d in damage.inputs.items() if d.kind == "frame rot"]
    assert found.is_damaged
    assert rotten.count("corrupt") > len(rotten) / 2, "a few bytes may be sound, or change a picture without a trace"
