from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import feed_dataset
from feed_benchmark_hook import wrap
from feed_dataset.core.jobs.errors import FeedError, LayoutError
from feed_dataset.hub import builder as feed
from feed_dataset.hub.left_out import LeftOutWarning
from feed_dataset.hub.listing import ArgumentError
from feed_dataset.layout.configs import ConfigError
from tests.feed_dataset.clips import feed_like

REPOSITORY = Path(__file__).parents[3]
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


def test_after_load_dataset_datasets_knows_feed_too(root: Path, tmp_path: Path) -> None:
    """Also where the package was not installed, and whatever of `datasets` was imported before."""
    code = f"""
import json
from datasets import commands, inspect
import datasets.commands.test
from feed_dataset import load_dataset
rows = load_dataset("feed", data_dir={str(root)!r})
names = datasets.get_dataset_split_names("feed", data_dir={str(root)!r})
configs = inspect.get_dataset_config_names("feed", data_dir={str(root)!r})
same = datasets.commands.test.dataset_module_factory is datasets.load.dataset_module_factory
print(json.dumps([{{k: len(v) for k, v in rows.items()}}, names, configs, same]))
"""
    counts, names, configs, same = json.loads(_run(code, tmp_path).splitlines()[-1])
    assert counts == {"train": 6, "test": 3} and names == ["train", "test"] and same
    assert configs == ["all", "extreme", "paper"], "the videos are all of one task"


def test_a_local_folder_comes_first_for_datasets_only(
    root: Path, cache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    (tmp_path / "feed").mkdir()
    (tmp_path / "feed/table.csv").write_text("a\n1\n2\n")
    monkeypatch.chdir(tmp_path)
    assert len(feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, split="test")) == 3
    assert datasets.load_dataset("feed", cache_dir=cache, split="train").to_dict() == {"a": [1, 2]}


def test_a_local_file_does_not(root: Path, cache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    (tmp_path / "feed").write_text("a")
    monkeypatch.chdir(tmp_path)
    wrap(datasets.load)
    assert len(datasets.load_dataset("feed", data_dir=str(root), cache_dir=cache, split="test")) == 3


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("data_files", "my_folder/*.mp4", "data_dir="),
        ("revision", "v1.0", "installed package"),
        ("storage_options", {"anon": True}, "local folders"),
        ("version", "1.0.0", "installed package"),
    ],
)
def test_arguments_without_a_meaning_are_errors(name: str, value: object, hint: str, root: Path, cache: str) -> None:
    with pytest.raises(ArgumentError, match=f"expected no {name}= .*{hint}"):
        feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, **{name: value})


def test_inspection_refuses_them_too() -> None:
    import datasets

    wrap(datasets.load)
    for ask in (datasets.get_dataset_config_names, datasets.get_dataset_infos):
        with pytest.raises(ArgumentError, match="revision"):
            ask("feed", revision="v1.0")
    with pytest.raises(TypeError, match="views"):
        datasets.get_dataset_config_names("feed", views="C")


def test_an_empty_folder_name_is_not_feed_mini() -> None:
    with pytest.raises(LayoutError, match="leave it out for feed-mini"):
        feed_dataset.load_dataset("feed", data_dir="")


def test_configs_without_a_clip_do_not_exist(root: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """feed-mini shows neither winks nor eyes. `datasets` goes through all configs that are listed."""
    import datasets

    wrap(datasets.load)
    there = ["all", "basic", "rotations", "asymmetric", "tongue", "extreme", "speech", "paper"]
    assert datasets.get_dataset_config_names("feed") == there
    with pytest.raises(ConfigError, match=r"has clips in feed-mini \(all, basic.*but got 'winks'"):
        datasets.load_dataset_builder("feed", "winks", cache_dir=cache)
    monkeypatch.setenv("FEED_ROOT", str(root))
    infos = datasets.get_dataset_infos("feed")
    assert {name: list(info.splits) for name, info in infos.items()} == dict.fromkeys(
        ("all", "extreme", "paper"), ["train", "test"]
    )


def test_feed_mini_is_cached_under_the_bare_name(root: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`datasets` opens that copy where it cannot find us. Of other data it could be one with withdrawn people."""
    import datasets

    wrap(datasets.load)
    assert datasets.load_dataset_builder("feed", cache_dir=cache).config_id == "all"
    assert datasets.load_dataset_builder("feed", data_dir=str(root), cache_dir=cache).config_id.startswith("all-")
    monkeypatch.setenv("FEED_ROOT", str(root))
    assert datasets.load_dataset_builder("feed", cache_dir=cache).config_id.startswith("all-")


@pytest.mark.parametrize("given", ["nothing", "data_dir", "FEED_ROOT"])
def test_datasets_cli(given: str, root: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its test command asks about one folder, opens another, and hands over no key of the cached rows."""
    import datasets
    from datasets.commands.test import TestCommand

    wrap(datasets.load)
    data_dir = str(root) if given == "data_dir" else None
    if given == "FEED_ROOT":
        monkeypatch.setenv("FEED_ROOT", str(root))
    name = "tongue" if given == "nothing" else None
    options = dict(all_configs=False, save_infos=False, ignore_verifications=False, force_redownload=False)
    if "trust_remote_code" in inspect.signature(TestCommand.__init__).parameters:  # datasets before 4
        options["trust_remote_code"] = False
    TestCommand("feed", name, cache, data_dir, **options, clear_cache=False, num_proc=None).run()
    made = datasets.load_dataset_builder("feed", name, data_dir=data_dir, cache_dir=cache)
    rows = datasets.Dataset.from_file(f"{made.cache_dir}/feed-test.arrow")
    assert set(rows["subject"]) == ({"S05", "S06", "S07", "S08"} if given == "nothing" else {"ID_12"})


def test_importing_is_cheap(tmp_path: Path) -> None:
    code = """
import sys
before = list(sys.meta_path)
import feed_dataset
assert sys.meta_path == before
print([name for name in ("datasets", "torch", "numpy", "av", "PIL", "numba", "cv2") if name in sys.modules])
"""
    assert _run(code, tmp_path).strip() == "[]"


def test_rows(root: Path, cache: str) -> None:
    rows = feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache)
    assert {name: len(split) for name, split in rows.items()} == {"train": 6, "test": 3}
    assert set(rows["train"]["subject"]).isdisjoint(rows["test"]["subject"])
    path = root / "ID_12/random_C.mp4"
    assert rows["test"][0] == {
        "clip_id": "ID_12/random_C",
        "take_id": "ID_12/random",
        "subject": "ID_12",
        "task": "extreme",
        "stem": "random",
        "mode": "random",
        "view": "C",
        "fps_num": 25,
        "fps_den": 1,
        "num_frames": 4,
        "first_pts_s": 0.0,
        "last_pts_s": pytest.approx(0.12),
        "width_px": 64,
        "height_px": 48,
        "codec": "h264",
        "has_audio": False,
        "size_bytes": path.stat().st_size,
        "path": str(path),
        "ground_truth": "",
    }


def test_rows_collate(cache: str) -> None:
    """Also those of feed-mini, of which some have sound and all have ground truth."""
    from torch.utils.data import DataLoader

    rows = feed_dataset.load_dataset("feed", "speech", cache_dir=cache, split="validation", views="C")
    batch = next(iter(DataLoader(rows.with_format("torch"), batch_size=2)))
    assert batch["clip_id"] == ["S04/speech_C"] and batch["has_audio"].tolist() == [True]
    assert batch["num_frames"].tolist() == [50] and Path(batch["ground_truth"][0]).is_file()


def test_the_video_column_is_added_on_request(root: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoded where torchcodec works; where it does not, the error says what to do instead."""
    import datasets

    from feed_dataset.hub import builder as feed

    load = lambda: feed_dataset.load_dataset(  # noqa: E731
        "feed", data_dir=root, cache_dir=cache, split="test", decode=True
    )
    if hasattr(datasets, "Video") and feed.torchcodec_decodes():
        assert tuple(load()[0]["video"][0].shape) == (3, 48, 64)
    monkeypatch.setattr(feed, "torchcodec_decodes", lambda: False)
    with pytest.raises(FeedError, match="leave decode out and read"):
        load()


@pytest.mark.parametrize("front", [feed_dataset.load_dataset, None], ids=["feed_dataset", "datasets"])
def test_unknown_config_names_the_nearest(front: object, root: Path, cache: str) -> None:
    import datasets

    load = datasets.load_dataset if front is None else feed_dataset.load_dataset
    with pytest.raises(ConfigError, match="'extrem'; did you mean 'extreme'"):
        load("feed", "extrem", data_dir=str(root), cache_dir=cache)


def test_configs_select_tasks(tmp_path: Path, cache: str) -> None:
    stems = ("random", "blinks", "eyes", "tongue_em")
    root = feed_like(tmp_path / "FEED", [f"{subject}/{stem}_C.mp4" for subject in ("ID_1", "ID_12") for stem in stems])
    load = lambda name: {  # noqa: E731
        split: rows["stem"][:]
        for split, rows in feed_dataset.load_dataset("feed", name, data_dir=root, cache_dir=cache).items()
    }
    assert load("winks") == {"train": ["blinks"], "test": ["blinks"]}
    assert load("paper") == {"train": ["blinks", "tongue_em", "random"], "test": ["random"]}
    with pytest.raises(ConfigError, match="config that has clips in .*FEED .*but got 'speech'"):
        load("speech")


def test_the_manifest_spares_reading(root: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are equal with and without it, and a file that changed since is read."""
    from feed_dataset.catalog import rows as rows_module
    from feed_dataset.manifest import build_manifest, manifest_path

    load = lambda: feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, split="train").to_list()  # noqa: E731
    probed = load()
    build_manifest(root, workers=1).save(manifest_path(root))
    read: list[str] = []
    row_of = rows_module.row_of
    monkeypatch.setattr(feed, "row_of", lambda clip: (read.append(clip.id), row_of(clip))[1])
    assert load() == probed and read == []
    os.utime(root / NAMES[1], ns=(1, 1))
    (root / NAMES[0]).touch()
    feed_like(root, ["ID_1/eyes_C.mp4"], frames=6)
    changed = load()
    assert read == ["ID_1/eyes_C", "ID_1/random_C", "ID_1/random_L"]
    assert changed[1:] == probed and changed[0]["num_frames"] == 6


def test_filters(root: Path, cache: str) -> None:
    rows = feed_dataset.load_dataset(
        "feed", data_dir=root, cache_dir=cache, split="train", subjects=["ID_2"], views=("L", "R")
    )
    assert rows["clip_id"][:] == ["ID_2/random_L", "ID_2/random_R"]
    one = feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, split="train", views="C")
    assert one["clip_id"][:] == ["ID_1/random_C", "ID_2/random_C"], "one name need not be in a list"
    with pytest.raises(LayoutError, match="'X'"):
        feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, views="X")
    with pytest.raises(LayoutError, match="'ID_99'"):
        feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, subjects=["ID_99"])


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


@pytest.mark.parametrize("streaming", [False, True])
def test_damaged_videos_are_named(root: Path, cache: str, streaming: bool) -> None:
    """One without any header, and one that only its packets give away."""
    (root / "ID_12/eyes_C.mp4").write_bytes(b"")
    whole = (root / NAMES[-1]).read_bytes()
    (root / "ID_12/blinks_C.mp4").write_bytes(whole[: whole.index(b"mdat")])
    load = lambda **kw: [  # noqa: E731
        row["clip_id"]
        for row in feed_dataset.load_dataset(
            "feed", data_dir=root, cache_dir=cache, split="test", streaming=streaming, **kw
        )
    ]
    for _ in ("the rows are made", "the cache has them"):
        with pytest.warns(LeftOutWarning) as seen:
            assert load() == [name.removesuffix(".mp4") for name in NAMES[-3:]]
        assert sorted(str(one.message).split(": ")[0] for one in seen if one.category is LeftOutWarning) == [
            "no row for ID_12/blinks_C",
            "no row for ID_12/eyes_C",
        ]
    with pytest.raises(FeedError, match="ID_12/(blinks|eyes)_C but .*; leave it out with on_error='skip'"):
        load(on_error="raise")
    with pytest.raises(FeedError, match="'skip' or 'raise' but got 'ignore'"):
        load(on_error="ignore")


def test_damage_that_a_worker_process_meets_is_named(root: Path, cache: str) -> None:
    whole = (root / NAMES[-1]).read_bytes()
    (root / "ID_12/blinks_C.mp4").write_bytes(whole[: whole.index(b"mdat")])
    for _ in ("the rows are made", "the cache has them"):
        with pytest.warns(LeftOutWarning, match="no row for ID_12/blinks_C: expected a readable video"):
            feed_dataset.load_dataset("feed", data_dir=root, cache_dir=cache, num_proc=2)


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
