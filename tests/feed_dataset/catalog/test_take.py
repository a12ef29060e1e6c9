"""Several cameras at the same moments: matched by presentation time, with holes said, in bounded memory."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from feed_dataset.cameras.frame_batch import match_times, time_grid
from feed_dataset.catalog.clip import Clip
from feed_dataset.catalog.take import Take
from feed_dataset.catalog.windows import TakeWindows
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.frame_index import FrameIndex
from feed_dataset.core.media.pyav_reader import PyAvReader
from feed_dataset.core.media.scan import build_frame_index
from tests.feed_dataset.core.media.videos import COUNT, FPS, encode, number_of, numbered, shifted, turned


def clip(path: Path, view: str) -> Clip:
    return Clip(f"S01/random_{view}", "S01", "random", "extreme", "random", view, path, None, False)


def take_of(**paths: Path) -> Take:
    return Take("S01", "random", {view: clip(path, view) for view, path in paths.items()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """C: 25 fps. L: the same, with times 0.2 s later. R: every second frame is missing (variable rate)."""
    folder = tmp_path_factory.mktemp("take")
    frames = numbered()
    encode(folder / "C.mp4", frames)
    shifted(folder / "C.mp4", folder / "L.mp4", 0.2)
    kept = [n for n in range(COUNT) if n < 20 or n >= 30]
    encode(folder / "R.mp4", frames[kept], times=kept)
    return folder


@pytest.fixture
def take(folder: Path) -> Take:
    return take_of(C=folder / "C.mp4", L=folder / "L.mp4", R=folder / "R.mp4")


def numbers(batch_view: np.ndarray, valid: np.ndarray) -> list[int | None]:
    return [number_of(picture) if ok else None for picture, ok in zip(batch_view, valid, strict=True)]


def test_views_are_matched_by_time_not_by_number(take: Take) -> None:
    batch = take.frames(0.6, 1.4, size=48)
    assert batch.frames.shape == (3, 20, 48, 64, 3) and batch.frames.dtype == np.uint8
    assert batch.views == ("C", "L", "R") and batch.reader.startswith("pyav ")
    assert numbers(batch.frames[0], batch.valid[0]) == list(range(15, 35))
    assert numbers(batch.frames[1], batch.valid[1]) == list(range(10, 30)), "L is shown 0.2 s later"
    assert numbers(batch.frames[2], batch.valid[2]) == [*range(15, 20), *[None] * 10, *range(30, 35)]
    assert not batch.frames[2, 5:15].any() and np.isnan(batch.pts_s[2, 5:15]).all()
    np.testing.assert_allclose(batch.pts_s[0], 0.6 + np.arange(20) / FPS, atol=1e-4)
    assert "uint8[3, 20, 48, 64, 3]" in repr(batch) and "50 of 60 valid" in repr(batch)


def test_offsets_bring_views_together(take: Take) -> None:
    batch = take.frames(0.2, 0.6, ("C", "L"), 48, offsets_s={"L": -0.2})
    assert numbers(batch.frames[0], batch.valid[0]) == numbers(batch.frames[1], batch.valid[1]) == list(range(5, 15))
    np.testing.assert_allclose(batch.pts_s[1] - batch.pts_s[0], 0.2, atol=1e-4)


def test_beyond_the_ends_nothing_is_valid(take: Take) -> None:
    batch = take.frames(-1.0, 0.3, ("C", "L"), 48)
    assert batch.valid.sum(1).tolist() == [8, 3]
    nothing = take.frames(100.0, 100.2, ("C",), 48)
    assert not nothing.valid.any() and nothing.frames.shape == (1, 5, 48, 64, 3)


@pytest.mark.parametrize("fps", [10, 25, 60, 12.5])
def test_other_rates_take_the_nearest_frame(take: Take, fps: float) -> None:
    batch = take.frames(0.0, 2.0, ("C",), 48, fps)
    wanted = [int(np.ceil(k / fps * FPS - 0.5 - 1e-9)) for k in range(batch.frames.shape[1])]
    assert batch.frames.shape[1] == 2 * fps and batch.valid.all()
    assert numbers(batch.frames[0], batch.valid[0]) == wanted


def test_stream_gives_the_same_once_forward(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[int] = []
    original = PyAvReader._go_to
    monkeypatch.setattr(PyAvReader, "_go_to", lambda self, start: (starts.append(start), original(self, start)))
    whole = take.frames(0.0, 2.6, size=48)
    del starts[:]
    parts = list(take.stream(size=48, chunk=7))
    assert all(part.frames.shape[1] == 7 for part in parts[:-1])
    for name in ("frames", "valid", "pts_s", "times_s"):
        axis = 0 if name == "times_s" else 1
        joined = np.concatenate([getattr(part, name) for part in parts], axis)
        np.testing.assert_array_equal(joined, getattr(whole, name))
    assert len(starts) == 3, "each file is decoded from one place"


def test_start_and_stop_cover_every_view(take: Take) -> None:
    times_s = np.concatenate([part.times_s for part in take.stream(size=48)])
    assert times_s[0] == 0.0 and times_s[-1] == pytest.approx(0.2 + (COUNT - 1) / FPS, abs=1e-3)


def test_errors_name_what_is_wrong(take: Take, folder: Path) -> None:
    with pytest.raises(FeedError, match="view among C, L, R but got 'X'"):
        take.frames(0, 1, ("C", "X"))
    with pytest.raises(ValueError, match="start before stop"):
        take.frames(1, 1)
    with pytest.raises(FeedError, match=r"one shape but got C \[96, 128, 3\], T \[128, 96, 3\]"):
        take_of(C=folder / "C.mp4", T=turned(folder / "C.mp4", folder / "T.mp4")).frames(0, 1, ("C", "T"))


def test_a_take_can_be_sent_to_another_process(take: Take) -> None:
    again = pickle.loads(pickle.dumps(take))
    assert again == take and again.id == "S01/random"


def test_known_indices_save_reading_the_file_twice(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    indices = {view: build_frame_index(path) for view, path in take.paths().items()}
    wanted = take.frames(0.0, 0.4, size=48)
    monkeypatch.setattr("feed_dataset.core.media.scan.scan_video", None)
    known = Take(take.subject, take.stem, take.clips, indices)
    np.testing.assert_array_equal(known.frames(0.0, 0.4, size=48).frames, wanted.frames)


@pytest.mark.parametrize("workers", [0, 2])
def test_windows_for_a_data_loader(take: Take, workers: int) -> None:
    """Workers send what is asked for, at the size asked for; full-size frames never leave them."""
    windows = TakeWindows([take], length=8, stride=10, views=("C", "L"), size=24)
    loader = torch.utils.data.DataLoader(windows, batch_size=2, num_workers=workers)
    batches = list(loader)
    windows.close()
    starts = torch.cat([batch["start_s"] for batch in batches]).tolist()
    assert starts == pytest.approx([0.0, 0.4, 0.8, 1.2, 1.6, 2.0]) and len(windows) == len(starts)
    frames = torch.cat([batch["frames"] for batch in batches])
    assert frames.shape == (6, 2, 8, 3, 24, 32) and frames.dtype == torch.uint8
    first = frames[:, 0, 0].permute(0, 2, 3, 1).numpy()
    assert [number_of(picture) for picture in first] == [0, 10, 20, 30, 40, 50]
    assert batches[0]["take"] == ["S01/random"] * 2


def test_time_grid_has_no_extra_moment() -> None:
    assert len(time_grid(0.0, 1.0, 25)) == 25
    assert len(time_grid(0.1, 0.1 + 3 / 25, 25)) == 3
    assert len(time_grid(3.7, 4.7, 30000 / 1001)) == 30


def test_half_a_frame_is_the_tolerance() -> None:
    index = FrameIndex(np.arange(10, dtype=np.int64) * 4, np.ones(10, bool), time_base=build_base())
    match = match_times(index, np.array([-0.021, -0.02, 0.0, 0.019, 0.38, 0.381]))
    assert match.valid.tolist() == [False, True, True, True, True, False]
    assert match_times(index, np.array([0.5]), tolerance_s=0.2).valid.all()
    assert not match_times(index, np.array([0.0]), offset_s=0.1).valid.any()


def build_base():  # type: ignore[no-untyped-def]
    from fractions import Fraction

    return Fraction(1, 100)
