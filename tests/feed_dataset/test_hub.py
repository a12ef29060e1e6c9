from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import feed_dataset
from feed_dataset.errors import FeedError, LayoutError

from .clips import feed_like

REPOSITORY = Path(__file__).parents[2]
NAMES = [f"{subject}/random_{camera}.mp4" for subject in ("ID_1", "ID_2", "ID_12") for camera in "CLR"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return feed_like(tmp_path / "FEED", NAMES)


@pytest.fixture
def cache(tmp_path: Path) -> str:
    return str(tmp_path / "cache")


def _run(code: str, tmp_path: Path) -> str:
    """What a fresh interpreter prints, in an empty directory."""
    empty = tmp_path / "empty"
    empty.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "hf"),
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


IMPORTS = {
    "feed_dataset first": "from feed_dataset import load_dataset\nimport datasets.inspect, datasets",
    "datasets first": "import datasets, feed_dataset",
}


@pytest.mark.parametrize("imports", IMPORTS.values(), ids=IMPORTS.keys())
def test_datasets_finds_feed_in_any_import_order(imports: str, root: Path, tmp_path: Path) -> None:
    code = f"""
{imports}
import json
rows = datasets.load_dataset("feed", data_dir={str(root)!r})
names = datasets.get_dataset_split_names("feed", data_dir={str(root)!r})
loader = datasets.load.__spec__.loader
print(json.dumps([{{k: len(v) for k, v in rows.items()}}, names, type(loader).__name__]))
"""
    counts, names, loader = json.loads(_run(code, tmp_path).splitlines()[-1])
    assert counts == {"train": 6, "test": 3} and names == ["train", "test"]
    assert loader == "SourceFileLoader", "the hook leaves no trace in the imported module"


def test_other_names_go_to_datasets(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a\n1\n2\n")
    code = f"""
import feed_dataset, datasets
print(len(datasets.load_dataset("csv", data_files={str(tmp_path / "table.csv")!r}, split="train")))
"""
    assert _run(code, tmp_path).split()[-1] == "2"


def test_importing_is_cheap(tmp_path: Path) -> None:
    code = """
import sys, feed_dataset
print([name for name in ("datasets", "torch", "numpy", "av", "PIL", "numba", "cv2") if name in sys.modules])
"""
    assert _run(code, tmp_path).strip() == "[]"


def test_rows(root: Path, cache: str) -> None:
    rows = feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache)
    assert {name: len(split) for name, split in rows.items()} == {"train": 6, "test": 3}
    row = rows["test"][0]
    assert (row["clip_id"], row["subject"], row["task"], row["stem"]) == (
        "ID_12/random_C",
        "ID_12",
        "extreme",
        "random",
    )
    assert (row["mode"], row["camera"], row["fps"], row["num_frames"]) == ("random", "C", 25.0, 4)
    assert row["path"] == str(root / "ID_12/random_C.mp4") and row["ground_truth"] is None
    assert row["has_audio"] is False
    assert set(rows["train"]["subject"]).isdisjoint(rows["test"]["subject"])


def test_the_video_column_is_usable(root: Path, cache: str) -> None:
    """Decoded where torchcodec works; a path where it does not load, never an error."""
    from feed_dataset.torchcodec_check import torchcodec_decodes

    row = feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, split="test")[0]
    if torchcodec_decodes():
        assert tuple(row["video"][0].shape) == (3, 48, 64)
    else:
        assert row["video"] == {"path": row["path"], "bytes": None}
    undecoded = feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, split="test", decode=False)[0]
    assert undecoded["video"]["path"] == row["path"]


def test_filters(root: Path, cache: str) -> None:
    rows = feed_dataset.load_dataset(
        "feed", data_dir=root, cache_dir=cache, split="train", subjects=["ID_2"], cameras=("L", "R")
    )
    assert rows["clip_id"][:] == ["ID_2/random_L", "ID_2/random_R"]
    with pytest.raises(LayoutError, match="'ID_99'"):
        feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, subjects=["ID_99"])


def test_streaming_has_shards(root: Path, cache: str) -> None:
    rows = feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, split="train", streaming=True)
    assert rows.num_shards == 6
    assert [row["clip_id"] for row in rows] == [name.removesuffix(".mp4") for name in NAMES[:6]]
    half = [row["clip_id"] for row in rows.shard(num_shards=2, index=0)]
    assert len(half) == 3


def test_changed_data_is_seen(root: Path, cache: str) -> None:
    """`datasets` caches rows; a stale cache would show clips that are gone."""
    load = lambda: feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, split="train")  # noqa: E731
    assert len(load()) == 6
    (root / NAMES[0]).unlink()
    assert len(load()) == 5
    shutil.copy(root / NAMES[1], root / "ID_1/eyes_C.mp4")
    assert len(load()) == 6 and "ID_1/eyes_C" in load()["clip_id"][:]


def test_moved_data_is_found(root: Path, cache: str, tmp_path: Path) -> None:
    """Rows hold absolute paths: the same data elsewhere must not give the old ones."""
    feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, split="test")
    shutil.move(root, tmp_path / "moved")
    rows = feed_dataset.load_dataset("feed", data_dir=tmp_path / "moved", cache_dir=cache, split="test")
    assert all(Path(path).is_file() for path in rows["path"])


def test_unreadable_videos_give_no_row(root: Path, cache: str) -> None:
    (root / "ID_12/eyes_C.mp4").write_bytes(b"")
    rows = feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, split="test")
    assert len(rows) == 3


def test_environment_names_the_root(root: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_ROOT", str(root))
    assert len(feed_dataset.load_dataset(cache_dir=cache, split="test")) == 3


def test_wrong_names_and_places(tmp_path: Path, cache: str) -> None:
    with pytest.raises(FeedError, match="'fed'; did you mean 'feed'"):
        feed_dataset.load_dataset("fed")
    with pytest.raises(LayoutError, match="does not exist"):
        feed_dataset.load_dataset("feed", data_dir=tmp_path / "gone", cache_dir=cache)
    with pytest.raises(AttributeError, match="load_datset"):
        feed_dataset.load_datset  # noqa: B018
