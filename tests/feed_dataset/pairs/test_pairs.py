from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch._utils import ExceptionWrapper
from torch.utils.data import ConcatDataset, DataLoader, DistributedSampler, RandomSampler

from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.media.video import read_video, write_video
from feed_dataset.pairs.pairs import FeedPairs
from feed_dataset.pairs.sampling import PairError, draw_clip, draw_frames
from tests.feed_dataset.clips import FPS, feed_like, moving_frames

COUNT = 12
CLIPS = [f"{subject}/{stem}_C" for subject in ("ID_1", "ID_2", "ID_12") for stem in ("random", "blinks", "eyes")]
TRAIN_CLIPS = {name for name in CLIPS if not name.startswith("ID_12") and "eyes" not in name}
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes whose pictures differ in brightness, so that a frame tells its clip."""
    folder = tmp_path_factory.mktemp("pairs") / "FEED"
    for number, name in enumerate(CLIPS):
        frames = (moving_frames(COUNT).astype(np.int16) + 10 * number - 40).clip(0, 255).astype(np.uint8)
        write_video(folder / f"{name}.mp4", frames, FPS)
    return folder


@pytest.fixture
def make(root: Path) -> Callable[..., FeedPairs]:
    return lambda **settings: FeedPairs(root, **{"size_px": 32, "pairs": 20, **settings})


def _key(sample: dict[str, Any]) -> tuple[str, int, int]:
    return sample["clip_id"], sample["source_index"], sample["driver_index"]


def test_a_sample(make: Callable[..., FeedPairs], root: Path) -> None:
    """Two frames of one video, shrunk and cut to a square."""
    sample = make(pairs=1)[0]
    video = read_video(root / f"{sample['clip_id']}.mp4", size_px=32).frames
    left = (video.shape[2] - 32) // 2
    for role in ("source", "driver"):
        expected = video[sample[f"{role}_index"], :, left : left + 32]
        assert sample[role].dtype == torch.uint8
        np.testing.assert_array_equal(sample[role].numpy(), expected.transpose(2, 0, 1))
        assert sample[f"{role}_s"] == pytest.approx(sample[f"{role}_index"] / FPS)
    assert sample["source_index"] != sample["driver_index"]
    assert (sample["subject"], sample["view"], sample["skipped"]) == (sample["clip_id"].split("/")[0], "C", 0)


def test_what_the_paper_trains_on_is_the_default(make: Callable[..., FeedPairs]) -> None:
    """No test subject, no eye movements."""
    assert {clip.id for clip in make().clips} == TRAIN_CLIPS
    assert {clip.id for clip in make(config="eyes", split="test").clips} == {"ID_12/eyes_C"}
    assert {sample["clip_id"] for sample in make(pairs=60)} == TRAIN_CLIPS


def test_small_frames_are_enlarged(make: Callable[..., FeedPairs]) -> None:
    assert make(size_px=64)[0]["driver"].shape == (3, 64, 64)


def test_seed_epoch_and_index_decide(make: Callable[..., FeedPairs]) -> None:
    pairs = make()
    first = [_key(pairs[index]) for index in range(len(pairs))]
    assert [_key(make()[index]) for index in reversed(range(20))] == first[::-1], "not the order of asking"
    assert [_key(sample) for sample in make(seed=1)] != first
    pairs.set_epoch(1)
    assert [_key(sample) for sample in pairs] != first
    pairs.set_epoch(0)
    assert [_key(sample) for sample in pairs] == first
    assert _key(pairs[-1]) == first[-1]
    with pytest.raises(IndexError):
        pairs[20]


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_workers_change_nothing(make: Callable[..., FeedPairs], workers: int) -> None:
    expected = [_key(sample) for sample in make()]
    loader = DataLoader(make(), batch_size=4, num_workers=workers)
    got = []
    for batch in loader:
        assert batch["source"].shape == (4, 3, 32, 32)
        got += list(zip(batch["clip_id"], batch["source_index"].tolist(), batch["driver_index"].tolist(), strict=True))
    assert got == expected


def test_workers_that_stay_see_the_epoch(make: Callable[..., FeedPairs]) -> None:
    pairs = make(pairs=6)
    loader = DataLoader(pairs, batch_size=6, num_workers=2, persistent_workers=True)
    first = next(iter(loader))["driver_index"].tolist()
    pairs.set_epoch(1)
    second = next(iter(loader))["driver_index"].tolist()
    assert first != second == [pairs[index]["driver_index"] for index in range(6)]


def test_ranks_share_the_pairs(make: Callable[..., FeedPairs]) -> None:
    pairs = make(pairs=10)
    seen = []
    for rank in range(3):
        sampler: DistributedSampler[Any] = DistributedSampler(pairs, num_replicas=3, rank=rank, drop_last=False)
        seen += list(sampler)
    assert set(seen) == set(range(10))


def test_a_copy_in_another_process_gives_the_same(make: Callable[..., FeedPairs]) -> None:
    pairs = make()
    pairs.set_epoch(2)
    expected = _key(pairs[3])  # a reader is open now
    assert _key(pickle.loads(pickle.dumps(pairs))[3]) == expected


def test_few_files_are_open(make: Callable[..., FeedPairs], monkeypatch: pytest.MonkeyPatch) -> None:
    """And each is scanned once, however often it is opened."""
    from feed_dataset.core.media import scan

    scanned: list[str] = []
    scan_video = scan.scan_video
    monkeypatch.setattr(scan, "scan_video", lambda path: (scanned.append(str(path)), scan_video(path))[1])
    pairs = make(max_open=2)
    for sample in pairs:
        assert sample["clip_id"] in TRAIN_CLIPS and len(pairs._readers) <= 2
    assert len(scanned) == len(set(scanned)) == len(TRAIN_CLIPS)


def test_gaps(make: Callable[..., FeedPairs]) -> None:
    for sample in make(min_gap_s=0.2, max_gap_s=0.28, pairs=40):
        assert 0.2 - 1e-9 <= abs(sample["driver_s"] - sample["source_s"]) <= 0.28 + 1e-9
    with pytest.raises(PairError, match="two frames 5 to any s apart"):
        make(min_gap_s=5)[0]
    with pytest.raises(PairError, match="0 <= min_gap_s <= max_gap_s"):
        make(min_gap_s=2, max_gap_s=1)


def test_frames_are_drawn_evenly() -> None:
    """Every ordered pair within the limits, and no other."""
    times_s = np.array([0.0, 0.1, 0.2, 0.5, 0.9])
    rng = np.random.default_rng(0)
    seen = Counter(draw_frames(rng, times_s, 0.1, 0.4) for _ in range(4000))
    allowed = {(a, b) for a in range(5) for b in range(5) if a != b and 0.1 <= abs(times_s[a] - times_s[b]) <= 0.4}
    assert set(seen) == allowed
    firsts = Counter(a for a, _ in seen.elements())
    assert all(abs(count - 800) < 120 for count in firsts.values()), "sources are uniform"
    assert draw_frames(rng, times_s[:1], 0, None) is None
    assert draw_frames(rng, times_s, 0.95, None) is None


def test_task_weights(make: Callable[..., FeedPairs]) -> None:
    tasks = ["extreme"] * 9 + ["winks"]
    rng = np.random.default_rng(0)
    weighted = Counter(tasks[draw_clip(rng, tasks, {"extreme": 1.0, "winks": 3.0})] for _ in range(2000))
    assert 0.7 < weighted["winks"] / 2000 < 0.8
    assert {sample["task"] for sample in make(task_weights={"extreme": 0, "winks": 1})} == {"winks"}
    for weights, message in (
        ({"extreme": 1}, "none for winks"),
        ({"extreme": 1, "wink": 1}, "'wink'; did you mean 'winks'"),
        ({"extreme": 0, "winks": 0}, "one above"),
        ({"extreme": -1, "winks": 1}, "at least 0"),
        ({"extreme": float("nan"), "winks": 1}, "finite"),
    ):
        with pytest.raises(PairError, match=message):
            make(task_weights=weights)


def test_mixing_with_other_data(make: Callable[..., FeedPairs]) -> None:
    """FEED as a quarter of the samples, as in the paper: the lengths say so."""
    mixed = ConcatDataset([make(pairs=10), [{"clip_id": "other"}] * 30])
    drawn = [mixed[index]["clip_id"] for index in RandomSampler(mixed, generator=torch.Generator().manual_seed(0))]
    assert drawn.count("other") == 30 and len(drawn) == 40


@pytest.fixture
def damaged_root(tmp_path: Path) -> Path:
    """Of four takes one has lost its pictures behind an intact header."""
    root = feed_like(tmp_path / "FEED", [f"ID_1/{stem}_C.mp4" for stem in ("random", "blinks", "FF", "tongue_em")])
    path = root / "ID_1/FF_C.mp4"
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 8
    end = content.find(b"moov", start) - 4 if content.find(b"moov", start) > 0 else len(content)
    content[start:end] = bytes(end - start)
    path.write_bytes(bytes(content))
    return root


def test_damaged_video_is_named(damaged_root: Path) -> None:
    """With its type, also when DataLoader raises it again out of a worker."""
    pairs = FeedPairs(damaged_root, size_px=32, pairs=20)
    try:
        list(pairs)
    except PairError:
        wrapped = ExceptionWrapper(where="in DataLoader worker process 0")
    with pytest.raises(PairError, match="ID_1/FF_C: expected a readable video but .*ID_1/FF_C.mp4"):
        wrapped.reraise()


@pytest.mark.parametrize("workers", [0, 2])
def test_damaged_video_is_skipped_and_counted(damaged_root: Path, workers: int) -> None:
    pairs = FeedPairs(damaged_root, size_px=32, pairs=40, on_error="skip")
    samples = list(DataLoader(pairs, num_workers=workers, batch_size=None))
    assert len(samples) == 40 and {row["clip_id"] for row in samples}.isdisjoint({"ID_1/FF_C"})
    assert sum(row["skipped"] for row in samples) > 3, "about a quarter of the first draws"
    assert pairs.damaged == ("ID_1/FF_C",), "the main process knows what its workers found"


def test_unreadable_headers_and_all_damaged(tmp_path: Path) -> None:
    root = feed_like(tmp_path / "FEED", ["ID_1/random_C.mp4", "ID_1/FF_C.mp4"])
    (root / "ID_1/FF_C.mp4").write_bytes(b"no video")
    with pytest.raises(PairError, match="such as ID_1/FF_C"):
        FeedPairs(root)
    pairs = FeedPairs(root, on_error="skip")
    assert set(pairs.left_out) == {"ID_1/FF_C"} and len(pairs) == 1
    (root / "ID_1/random_C.mp4").write_bytes(b"gone too")
    with pytest.raises(PairError, match="all are damaged: ID_1/random_C"):
        pairs[0]


def test_wrong_settings(make: Callable[..., FeedPairs]) -> None:
    for settings, error, message in (
        ({"split": "tests"}, PairError, "'tests'; did you mean 'test'"),
        ({"config": "tongue"}, LayoutError, "there are none"),
        ({"subjects": ["ID_3"]}, LayoutError, "'ID_3'"),
        ({"size_px": 1}, PairError, "size_px"),
        ({"seed": -1}, PairError, "seed"),
        ({"pairs": 0}, PairError, "at least 1 pair"),
        ({"on_error": "ignore"}, PairError, "'raise' or 'skip'"),
        ({"max_open": 0}, PairError, "max_open"),
    ):
        with pytest.raises(error, match=message):
            make(**settings)


def test_the_manifest_spares_scanning(make: Callable[..., FeedPairs], root: Path, monkeypatch: Any) -> None:
    from feed_dataset.core.media import scan
    from feed_dataset.manifest import build_manifest, manifest_path

    expected = [_key(sample) for sample in make()]
    path = manifest_path(root)
    build_manifest(root, workers=1).save(path)
    monkeypatch.setattr(scan, "scan_video", lambda path: pytest.fail(f"scanned {path}"))
    try:
        assert [_key(sample) for sample in make()] == expected
    finally:
        path.unlink()


def test_a_look_before_training_does_no_harm(make: Callable[..., FeedPairs]) -> None:
    """Workers inherit the open readers of the process that forks them; they must neither use nor hang on them."""
    pairs = make(pairs=8)
    expected = [_key(sample) for sample in pairs]
    loader = DataLoader(pairs, batch_size=None, num_workers=2, timeout=60)
    assert [_key(sample) for sample in loader] == expected
    assert _key(pairs[0]) == expected[0]


@pytest.fixture
def crops(root: Path, tmp_path: Path) -> Path:
    """What `prepare` writes: crops of three clips, of which one has no face in its first half, and a clip without."""
    from feed_dataset.prepare import PreparedClip, PreparedSet, PrepareSettings

    folder = tmp_path / "crops"
    made = []
    for name in sorted(TRAIN_CLIPS):
        if name == "ID_2/random_C":
            made.append(PreparedClip(name, "", "", "", "no face", "the detector finds no face"))
            continue
        write_video(folder / f"{name}.mp4", np.full((COUNT, 64, 64, 3), 200, np.uint8), FPS)
        valid = np.arange(COUNT) >= (COUNT // 2 if name == "ID_1/random_C" else 0)
        np.savez(folder / f"{name}.crop.npz", valid=valid)
        path, data = f"{name}.mp4", f"{name}.crop.npz"
        made.append(PreparedClip(name, "", "0" * 64, "", "ok", "", path, data, frame_count=COUNT))
    PreparedSet(folder, PrepareSettings(size_px=64), {}, tuple(made)).save()
    return folder


def test_prepared_crops(make: Callable[..., FeedPairs], crops: Path) -> None:
    """Frames without a face are not drawn; clips without are left out when asked, and never silently."""
    with pytest.raises(PairError, match="ID_2/random_C: it could not be prepared: the detector finds no face"):
        make(prepared=crops)
    pairs = make(prepared=crops, on_error="skip", size_px=64, pairs=60)
    assert set(pairs.left_out) == {"ID_2/random_C"}
    for sample in pairs:
        assert sample["source"].shape == (3, 64, 64) and int(sample["source"].float().mean()) in range(195, 206)
        if sample["clip_id"] == "ID_1/random_C":
            assert min(sample["source_index"], sample["driver_index"]) >= COUNT // 2


def test_damaged_crop_data_is_named(make: Callable[..., FeedPairs], crops: Path) -> None:
    (crops / "ID_1/blinks_C.crop.npz").write_bytes(b"no archive")
    pairs = make(prepared=crops, on_error="skip", pairs=40)
    assert all(sample["clip_id"] != "ID_1/blinks_C" for sample in pairs) and pairs.damaged == ("ID_1/blinks_C",)


def test_crops_of_another_file(make: Callable[..., FeedPairs], root: Path, crops: Path) -> None:
    from feed_dataset.manifest import build_manifest, manifest_path

    path = manifest_path(root)
    build_manifest(root, workers=1).save(path)
    try:
        with pytest.raises(PairError, match="was prepared from another file; prepare again"):
            make(prepared=crops)
    finally:
        path.unlink()
