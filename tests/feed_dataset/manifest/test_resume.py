"""Indexing goes on where it was: unchanged files are not read, and a killed run loses only what it was reading."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.jobs.writable import PlaceError
from feed_dataset.layout.names import CAMERAS, FEED_STEMS
from feed_dataset.manifest import FileDone, Manifest, ManifestError, index_directory, manifest_path
from feed_dataset.manifest.journal import Journal
from tests.feed_dataset.clips import feed_like

NAMES = [f"ID_1/{stem}_{camera}.mp4" for stem in FEED_STEMS for camera in CAMERAS]


def read_ids(root: Path) -> list[str]:
    """Index, and say what was read."""
    done: list[FileDone] = []
    index_directory(root, workers=1, on_file=done.append)
    return [file.entry.id for file in done if file.was_read]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return feed_like(tmp_path / "FEED", NAMES[:4])


def test_only_what_changed_is_read(root: Path) -> None:
    assert len(read_ids(root)) == 4
    assert read_ids(root) == []
    os.utime(root / NAMES[1], ns=(1, 1))
    assert read_ids(root) == [NAMES[1][:-4]]
    (root / NAMES[2]).write_bytes((root / NAMES[2]).read_bytes()[:-9])
    assert read_ids(root) == [NAMES[2][:-4]]
    assert read_ids(root) == [NAMES[2][:-4]], "a damaged file is looked at again: rights and disks come back"
    (root / NAMES[3]).unlink()
    read_ids(root)
    assert Manifest.load(manifest_path(root)).entry(NAMES[3][:-4]).status == "missing"


def test_kill_loses_only_the_file_in_progress(tmp_path: Path) -> None:
    root = feed_like(tmp_path / "FEED", NAMES)
    command = [sys.executable, "-m", "feed_dataset", "index", str(root), "--workers", "1"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    shown = [process.stderr.readline() for _ in range(7)]
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL and shown[-1].startswith("[7/30] indexing ID_1/")
    assert not manifest_path(root).exists()
    journal = Journal(manifest_path(root), "feed").path
    with journal.open("a") as file:
        file.write('{"format": 1, "corpus": "feed", "row": {"id": "ID_1/cut')  # as a power cut leaves it
    again = read_ids(root)
    finished = {line.split()[2].rstrip(":") for line in shown}
    assert not finished & set(again) and len(again) <= 23
    assert not journal.exists()
    assert Manifest.load(manifest_path(root)).counts()["ok"] == 30
    assert read_ids(root) == []


def test_two_at_a_time_are_refused(root: Path) -> None:
    with Journal(manifest_path(root), "feed"), pytest.raises(ManifestError, match="another process"):
        index_directory(root)


@pytest.mark.parametrize("name", [".feed_manifest.journal", "feed_manifest.parquet"])
def test_planted_links_are_not_written_through(root: Path, tmp_path: Path, name: str) -> None:
    """A data directory comes from anybody: a link named like one of our files may lead to the user's own."""
    profile = tmp_path / "profile"
    profile.write_text("umask 022\n")
    manifest_path(root).unlink(missing_ok=True)
    (root / name).symlink_to(profile)
    if name.endswith(".journal"):
        with pytest.raises(PlaceError, match="a link, pipe or second name"):
            index_directory(root)
    else:
        index_directory(root)
        assert not (root / name).is_symlink()
    assert profile.read_text() == "umask 022\n"


def test_a_journal_of_another_corpus_is_not_believed(root: Path) -> None:
    index_directory(root, workers=1)
    entry = Manifest.load(manifest_path(root)).entries[0]
    with pytest.raises(RuntimeError), Journal(root / "m.parquet", "mead") as journal:
        journal.append(entry)
        assert journal.entries() == [entry]
        raise RuntimeError("the run ends here")
    with Journal(root / "m.parquet", "feed") as journal:
        assert journal.entries() == []


def test_a_damaged_manifest_is_made_again(root: Path) -> None:
    manifest_path(root).write_bytes(b"damage")
    with pytest.raises(ManifestError, match="index again"):
        open_catalog(root)
    assert len(read_ids(root)) == 4
    assert len(open_catalog(root).clips) == 4


def test_a_catalog_opens_no_unchanged_file_of_an_index(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / NAMES[2]).write_bytes((root / NAMES[2]).read_bytes()[:-9])  # its header can still be read
    assert open_catalog(root).problems == ()
    index_directory(root, workers=1)
    opened: list[Path] = []

    def note(path: Path) -> bool:
        opened.append(path)
        return True

    monkeypatch.setattr("feed_dataset.core.media.whole_video.has_audio_stream", note)
    catalog = open_catalog(root)
    assert opened == []
    assert [(path, "truncated" in reason) for path, reason in catalog.problems] == [(root / NAMES[2], True)]
    time.sleep(0.01)
    (root / NAMES[0]).touch()
    assert open_catalog(root).clip(NAMES[0][:-4]).has_audio and opened == [root / NAMES[0]]


def test_a_take_gets_the_frame_index_of_files_that_did_not_change(root: Path) -> None:
    index_directory(root, workers=1)
    catalog = open_catalog(root)
    take = catalog.take("ID_1/MAU_mild")
    assert {camera: index.frame_count for camera, index in take.indices.items()} == {"C": 4, "L": 4, "R": 4}
    (root / NAMES[0]).touch()
    assert set(catalog.take("ID_1/MAU_mild").indices) == {"L", "R"}
