"""The manifest: what it records, what it refuses to load, and that it is never read from where it should not be."""

from __future__ import annotations

import json
import os
import pickle
import signal
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.media.video import write_video
from feed_dataset.manifest import (
    FileDone,
    Manifest,
    ManifestEntry,
    ManifestError,
    build,
    build_manifest,
    find_manifest,
    index_directory,
    manifest_path,
)
from feed_dataset.manifest.examine import Outcome, Task
from tests.feed_dataset.clips import FPS, feed_like, moving_frames, tone

NAMES = ["ID_1/random_C.mp4", "ID_1/random_L.mov", "ID_2/deep/down/EYES_r.MP4"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = feed_like(tmp_path / "FEED", NAMES)
    write_video(root / "ID_2/eyes_C.mp4", moving_frames(9), FPS, audio=tone(0.36))
    return root


def test_what_is_recorded(root: Path) -> None:
    (root / "ID_2/eyes_L.mp4").write_text("no video")
    (root / "ID_2/holiday.mp4").write_text("stranger")
    manifest = build_manifest(root, workers=1)
    entry = manifest.entry("ID_2/eyes_C")
    assert (entry.subject, entry.stem, entry.task, entry.mode, entry.view) == ("ID_2", "eyes", "eyes", "gaze", "C")
    assert (entry.width_px, entry.height_px, entry.rotation_deg, entry.pix_fmt) == (64, 48, 0, "yuv420p")
    assert (entry.codec, entry.fps, entry.frame_count) == ("h264", Fraction(25), 9)
    assert (entry.first_pts_s, entry.last_pts_s, entry.length_s) == (0.0, 0.32, pytest.approx(0.36))
    assert (entry.has_audio, entry.audio_rate_hz) == (True, 16_000)
    assert entry.size_bytes == (root / entry.path).stat().st_size and len(entry.sha256) == 64
    index = entry.index()
    assert index is not None and index.frame_count == 9
    assert manifest.entry("ID_2/eyes_R").path == "ID_2/deep/down/EYES_r.MP4"
    assert manifest.entry("ID_2/eyes_L").status == "corrupt"
    assert manifest.counts() == {"ok": 4, "corrupt": 1, "missing": 2 * 30 - 5, "withdrawn": 0}
    assert [path for path, _ in manifest.strangers] == ["ID_2/holiday.mp4"]
    assert manifest.reader.startswith("pyav ")
    with pytest.raises(ManifestError, match="did you mean 'ID_2/eyes_C'"):
        manifest.entry("ID_2/eye_C")


def test_rotation_turns_width_and_height(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    upright, turned = tmp_path / "upright.mp4", tmp_path / "ID_1/random_C.mp4"
    turned.parent.mkdir()
    write_video(upright, moving_frames(), FPS)
    data = bytearray(upright.read_bytes())
    one, zero = (1 << 16).to_bytes(4, "big"), bytes(4)
    place = data.index(b"tkhd") + 4 + 40  # the matrix of the track header, ISO 14496-12
    data[place : place + 20] = zero + one + zero + (0xFFFF0000).to_bytes(4, "big") + zero
    turned.write_bytes(data)
    with av.open(str(turned)) as container:
        assert next(container.decode(video=0)).rotation != 0
    entry = build_manifest(tmp_path, workers=1).entry("ID_1/random_C")
    assert (entry.width_px, entry.height_px) == (48, 64) and entry.rotation_deg in (90, 270)


def test_save_and_load(root: Path, tmp_path: Path) -> None:
    manifest = build_manifest(root, workers=1)
    manifest.save(root / "m.parquet")
    assert Manifest.load(root / "m.parquet") == manifest
    manifest.save(tmp_path / "elsewhere/m.parquet")
    assert Manifest.load(tmp_path / "elsewhere/m.parquet").root == root
    assert "4 ok" in repr(manifest)
    assert pickle.loads(pickle.dumps(manifest.entries)) == manifest.entries, "data loaders send entries about"


def test_a_manifest_moves_with_its_data(root: Path, tmp_path: Path) -> None:
    before = index_directory(root, workers=1)
    root.rename(tmp_path / "moved")
    path = find_manifest(tmp_path / "moved")
    assert path is not None
    after = Manifest.load(path)
    assert after.root == tmp_path / "moved" and after.digest == before.digest


def test_the_digest_follows_contents(root: Path) -> None:
    manifest = build_manifest(root, workers=1)
    other = replace(manifest, entries=(replace(manifest.entries[0], sha256="0"), *manifest.entries[1:]))
    assert manifest.digest != other.digest
    assert manifest.digest == replace(manifest, root=Path("/elsewhere")).digest


def test_columns_are_plain(root: Path) -> None:
    """For people who query the file without this package."""
    index_directory(root, workers=1)
    table = pq.read_table(manifest_path(root)).to_pandas()
    row = table[table.id == "ID_2/eyes_C"].iloc[0]
    assert (row.stem, row.task, row.fps_num, row.fps_den, row.status) == ("eyes", "eyes", 25, 1, "ok")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": "../../secret.mp4"}, "below the data directory"),
        ({"path": "/etc/passwd"}, "below the data directory"),
        ({"status": "fine"}, "expected a status among"),
        ({"fps_den": 0}, "expected a row"),
        ({"size_bytes": None}, "size_bytes is NoneType"),
    ],
)
def test_hostile_rows(root: Path, tmp_path: Path, change: dict[str, object], message: str) -> None:
    build_manifest(root, workers=1).save(tmp_path / "m.parquet")
    table = pq.read_table(tmp_path / "m.parquet")
    rows = table.to_pylist()
    next(row for row in rows if row["status"] == "ok").update(change)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), tmp_path / "m.parquet")
    with pytest.raises(ManifestError, match=message):
        Manifest.load(tmp_path / "m.parquet")


def test_what_is_no_manifest(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    with pytest.raises(ManifestError, match="there is no"):
        Manifest.load(path)
    path.write_bytes(b"PAR1 and so on")
    with pytest.raises(ManifestError, match="damaged"):
        Manifest.load(path)
    pq.write_table(pa.table({"id": ["x"]}), path)
    with pytest.raises(ManifestError, match="another parquet file"):
        Manifest.load(path)
    about = {"format": 99, "corpus": "feed", "reader": "", "root": "", "strangers": []}
    pq.write_table(pa.table({"id": ["x"]}).replace_schema_metadata({"feed_dataset": json.dumps(about)}), path)
    with pytest.raises(ManifestError, match="format 1 but .* has 99"):
        Manifest.load(path)


def test_a_directory_that_cannot_be_written_to(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "cache"))
    assert manifest_path(root) == root / "feed_manifest.parquet"
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert manifest_path(root).parent == tmp_path / "cache/manifests"
    assert find_manifest(root) is None
    index_directory(root, workers=1)
    assert not list(root.glob("*.parquet")) and find_manifest(root) == manifest_path(root)


def test_feed_mini_stays_as_it_was_installed() -> None:
    from feed_dataset.layout.mini import MINI_ROOT

    assert not manifest_path(MINI_ROOT).is_relative_to(MINI_ROOT)


def test_other_corpora(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "images1024x1024/00000").mkdir(parents=True)
    Image.new("RGB", (32, 24), (9, 99, 200)).save(tmp_path / "images1024x1024/00000/00007.png")
    (tmp_path / "images1024x1024/00000/00008.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    seen: list[FileDone] = []
    manifest = build_manifest(tmp_path, "ffhq", workers=1, on_file=seen.append)
    good, bad = manifest.entry("images1024x1024/00007"), manifest.entry("images1024x1024/00008")
    assert (good.kind, good.width_px, good.height_px, good.codec, good.pix_fmt) == ("image", 32, 24, "png", "RGB")
    assert bad.status == "corrupt" and manifest.counts()["missing"] == 998
    assert [done.total for done in seen] == [2, 2]


def test_wrong_use(root: Path) -> None:
    with pytest.raises(LayoutError, match="does not exist"):
        build_manifest(root / "gone")
    with pytest.raises(LayoutError, match="none"):
        build_manifest(root, "ffhq")
    (root / "ID_1/RANDOM_C.mkv").write_bytes(b"x")
    with pytest.raises(LayoutError, match="one file for clip ID_1/random_C"):
        build_manifest(root)


def test_an_entry_needs_an_id() -> None:
    with pytest.raises(TypeError):
        ManifestEntry()  # type: ignore[call-arg]


class KillingTask(Task):
    """One file is more than its reader can take."""

    def run(self, tools: None) -> Outcome:
        if self.id == "ID_1/random_C":
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().run(tools)


def test_a_file_that_ends_its_reader_is_corrupt_and_the_others_are_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "Task", KillingTask)
    manifest = build_manifest(root, workers=2)
    entry = manifest.entry("ID_1/random_C")
    assert entry.status == "corrupt"
    assert entry.reason == "reading it: the worker process was killed (signal 11, SIGSEGV)"
    assert manifest.counts()["corrupt"] == 1 and manifest.counts()["ok"] == 3
