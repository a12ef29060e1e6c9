from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.media.video import write_video
from model.networks.errors import ModelError
from model.training.opening import open_corpus


def clip(path: Path) -> None:
    write_video(path, np.full((4, 32, 32, 3), 90, np.uint8), 25)


def subjects(folder: Path) -> set[str]:
    corpus = open_corpus(folder, size_px=32)
    return {corpus.draw(np.random.default_rng(seed)).subject for seed in range(12)}


def test_voxceleb2_by_its_names(tmp_path: Path) -> None:
    vox = tmp_path / "VoxCeleb2"
    for part, person in (("dev", "id00012"), ("dev", "id00015"), ("test", "id00017")):
        clip(vox / part / "mp4" / person / "21Uxsk56VDQ" / "00001.mp4")
    assert subjects(vox) == {"voxceleb2 (VoxCeleb2)/id00012", "voxceleb2 (VoxCeleb2)/id00015"}


def test_feed_by_its_names_and_only_what_the_paper_trains_on(tmp_path: Path) -> None:
    """Extreme, asymmetric, winks and tongue; no basic expressions, rotations or eye movements."""
    feed = tmp_path / "FEED"
    (tmp_path / "FEED").mkdir()
    (feed / "README.txt").write_text("FEED")
    trained_on = {"ID_1/random", "ID_2/FF", "ID_3/FF_NR", "ID_4/blinks", "ID_5/tongue_em"}
    for name in (*trained_on, "ID_6/MAU_strong", "ID_7/rotations", "ID_8/eyes", "ID_9/tongue_rot"):
        clip(feed / f"{name}_C.mp4")
    assert subjects(feed) <= {f"videos (FEED)/ID_{number}" for number in range(1, 6)}


def test_rendered_people_by_their_files(rendered_set: Path) -> None:
    corpus = open_corpus(rendered_set, size_px=32)
    assert corpus.name == "rendered people (set)"
    with pytest.raises(ModelError, match="expected no face crops of rendered people"):
        open_corpus(rendered_set, rendered_set, size_px=32)


def test_no_corpus_at_all(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path)
    with pytest.raises(ModelError, match=r"expected rendered people \(\*.npz\) or videos .* or dev/mp4"):
        open_corpus(tmp_path, size_px=32)
