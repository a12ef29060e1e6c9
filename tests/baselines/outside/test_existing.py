"""Finished frames: what is found for an id, and what is not a frame of any case."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from baselines.interface.errors import BatchError, DriveError
from baselines.outside.existing import ExistingFrames, frame_files, read_latents


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_videos_and_folders_are_found_by_id(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4", "b.MKV", "S06-x.1--y.mov", "d/0001.png")
    found = ExistingFrames(tmp_path)
    assert found.find("a") == tmp_path / "a.mp4"
    assert found.find("b") == tmp_path / "b.MKV"
    assert found.find("S06-x.1--y") == tmp_path / "S06-x.1--y.mov"
    assert found.find("d") == tmp_path / "d"
    assert found.find("S06-x") is None


@pytest.mark.parametrize("names", [("a.mp4", "a.mkv"), ("a.mp4", "a/0001.png")])
def test_two_for_one_id_are_refused_by_name(tmp_path: Path, names: tuple[str, ...]) -> None:
    put(tmp_path, *names, "b.mp4")
    found = ExistingFrames(tmp_path)
    with pytest.raises(BatchError, match="expected one video or folder for a .* got a.* and a"):
        found.find("a")
    assert found.find("b") is not None


def test_what_belongs_to_no_case_is_listed(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4", "a.z.npy", "b.gif", "c/0001.png", "d.z.npy", ".hidden", "log.txt")
    assert ExistingFrames(tmp_path).unmatched({"a", "b"}) == ("b.gif", "c", "d.z.npy", "log.txt")


def test_frames_are_in_natural_order(tmp_path: Path) -> None:
    put(tmp_path, "10.png", "9.png", "0100.jpg", "notes.txt", ".2.png")
    assert [path.name for path in frame_files(tmp_path)] == ["9.png", "10.png", "0100.jpg"]
    put(tmp_path, "0009.png")
    with pytest.raises(BatchError, match=r"expected one image for each frame .* 0009\.png and 9\.png"):
        frame_files(tmp_path)


@pytest.mark.parametrize("name", ["a.mp4", "a.z.npy", "a/0001.png"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_links_out_and_pipes_are_named_at_once(tmp_path: Path, name: str, kind: str) -> None:
    put(tmp_path, "secret")
    path = tmp_path / "made" / name
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "secret") if kind == "link" else os.mkfifo(path)
    found = ExistingFrames(tmp_path / "made")
    with pytest.raises(BatchError, match="link out of the data directory|no regular file"):
        found.latents("a") if name.endswith(".npy") else found.find("a")


def test_a_linked_folder_of_frames_is_no_way_out(tmp_path: Path) -> None:
    put(tmp_path, "secret/0001.png", "made/b/0001.png")
    (tmp_path / "made" / "a").symlink_to(tmp_path / "secret")
    with pytest.raises(BatchError, match="link out of the data directory"):
        ExistingFrames(tmp_path / "made").find("a")


def test_a_folder_without_images_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(BatchError, match=r"expected frames such as 0001\.png"):
        ExistingFrames(tmp_path).find("a")


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="expected a folder with finished frames"):
        ExistingFrames(tmp_path / "none")


def test_latents_lie_beside_the_frames(tmp_path: Path) -> None:
    z = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.save(tmp_path / "a.z.npy", z)
    found = ExistingFrames(tmp_path)
    assert found.latents("b") is None
    path = found.latents("a")
    assert path is not None
    assert np.array_equal(read_latents(path, 3), z)
    with pytest.raises(DriveError, match=r"expected latents float32 \[4, d\]"):
        read_latents(path, 4)
    path.write_bytes(b"no array")
    with pytest.raises(BatchError, match="expected latents in"):
        read_latents(path, 3)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "a.z.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BatchError, match="allow_pickle"):
        read_latents(tmp_path / "a.z.npy", 1)
