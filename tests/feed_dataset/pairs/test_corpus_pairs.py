from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.media.video import write_video
from feed_dataset.pairs.corpus_pairs import CorpusPairs
from feed_dataset.pairs.sampling import PairError
from feed_dataset.prepare import PreparedClip, PreparedSet, PrepareSettings
from tests.feed_dataset.clips import FPS

DEV = ("id00012/21Uxsk56VDQ/00001", "id00012/21Uxsk56VDQ/00002", "id00015/0fijmz4vTVU/00001")


@pytest.fixture
def vox(tmp_path: Path) -> Path:
    """VoxCeleb2 as its archives unpack: a grey level for each utterance."""
    root = tmp_path / "VoxCeleb2"
    for number, name in enumerate([*(f"dev/mp4/{name}" for name in DEV), "test/mp4/id00017/01dfn2spqyE/00001"]):
        write_video(root / f"{name}.mp4", np.full((5, 32, 32, 3), 40 + 40 * number, np.uint8), FPS)
    (root / "dev" / "txt").mkdir()
    (root / "dev" / "txt" / "00001.txt").write_text("FRAME X Y W H\n")
    return root


def test_two_frames_of_one_utterance_of_the_part_to_train_on(vox: Path) -> None:
    pairs = CorpusPairs("voxceleb2", vox, size_px=32, pairs=40)
    seen = set()
    for sample in pairs:
        number = ("00001", "00002").index(sample["clip_id"][-5:]) if sample["subject"] == "id00012" else 2
        assert abs(float(sample["source"].float().mean()) - (40 + 40 * number)) < 6
        assert abs(float(sample["driver"].float().mean()) - (40 + 40 * number)) < 6
        assert sample["source_index"] != sample["driver_index"]
        seen.add(sample["clip_id"].removeprefix("dev/video/"))
    assert seen == set(DEV)


def test_any_folder_of_the_layout_will_do(vox: Path) -> None:
    """Parts in a folder of their own say nothing of dev and test."""
    assert {source.subject for source in CorpusPairs("voxceleb2", vox / "dev" / "mp4").sources} == {
        "id00012", "id00015",
    }  # fmt: skip


def test_damaged_videos_are_named_and_passed_over(vox: Path, caplog: pytest.LogCaptureFixture) -> None:
    (vox / "dev/mp4" / f"{DEV[0]}.mp4").write_bytes(b"no video")
    with caplog.at_level(logging.WARNING):
        samples = list(CorpusPairs("voxceleb2", vox, size_px=32, pairs=20))
    assert {sample["clip_id"][-5:] for sample in samples if sample["subject"] == "id00012"} == {"00002"}
    assert sum("00001" in record.message for record in caplog.records) == 1
    with pytest.raises(PairError, match="id00012"):
        list(CorpusPairs("voxceleb2", vox, size_px=32, pairs=20, on_error="raise"))


def test_crops_by_the_names_of_prepare(vox: Path, tmp_path: Path) -> None:
    folder, name = tmp_path / "crops", f"dev/mp4/{DEV[2]}"
    write_video(folder / f"{name}.mp4", np.full((5, 32, 32, 3), 250, np.uint8), FPS)
    np.savez(folder / f"{name}.crop.npz", valid=np.array([True, False, True, False, True]))
    made = PreparedClip(name, "", "0" * 64, "", "ok", "", f"{name}.mp4", f"{name}.crop.npz", frame_count=5)
    PreparedSet(folder, PrepareSettings(size_px=32), {}, (made,)).save()
    pairs = CorpusPairs("voxceleb2", vox, size_px=32, pairs=10, prepared=folder)
    assert {sample["subject"] for sample in pairs} == {"id00015"} and len(pairs.left_out) == 2
    assert {sample[key] for sample in pairs for key in ("source_index", "driver_index")} == {0, 2, 4}
    with pytest.raises(PairError, match="expected crops of every video"):
        CorpusPairs("voxceleb2", vox, prepared=folder, on_error="raise")


def test_nothing_to_train_on(vox: Path, tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="expected videos dev/mp4/.* to train on"):
        CorpusPairs("voxceleb2", vox / "test")
    with pytest.raises(LayoutError, match="expected a directory"):
        CorpusPairs("voxceleb2", tmp_path / "none")
