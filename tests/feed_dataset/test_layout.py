from __future__ import annotations

from pathlib import PurePath

import pytest

from feed_dataset.layout import CAMERAS, FEED_STEMS, STEMS, TASKS, is_video, parse_clip_path
from feed_dataset.splits import split_of

# Table 1 of the paper and the README of the release, written out once more.
PUBLISHED = {
    "MAU_mild": "basic",
    "MAU_strong": "basic",
    "rotations": "rotations",
    "tongue_rot": "rotations",
    "blinks": "winks",
    "eyes": "eyes",
    "FF_NR": "asymmetric",
    "FF": "asymmetric",
    "tongue_em": "tongue",
    "tongue": "tongue",
    "random": "extreme",
}


def test_every_stem_has_its_paper_task() -> None:
    assert {name: stem.task for name, stem in STEMS.items() if name != "speech"} == PUBLISHED
    assert len(FEED_STEMS) == 10
    assert len([task for task in TASKS if task != "speech"]) == 7
    assert set(STEMS) >= set(FEED_STEMS)


def test_every_name_of_the_release_is_read() -> None:
    for name in PUBLISHED:
        for camera in CAMERAS:
            found = parse_clip_path(PurePath(f"ID_7/{name}_{camera}.mp4"), "FEED")
            assert not isinstance(found, str)
            assert (found.subject, found.stem.name, found.camera) == ("ID_7", name, camera)
            assert found.id == f"ID_7/{name}_{camera}"


@pytest.mark.parametrize(
    ("path", "clip_id"),
    [
        ("ID_1/mau_STRONG_c.MP4", "ID_1/MAU_strong_C"),
        ("ID_1/FF-NR_L.mov", "ID_1/FF_NR_L"),
        ("ID_1/FF_NR-R.mkv", "ID_1/FF_NR_R"),
        ("FEED/ID_12/videos/random_C.mp4", "ID_12/random_C"),
        ("random_C.mp4", "ID_3/random_C"),
        ("videos/random_C.mp4", "ID_3/random_C"),
        ("S1/ID_8/random_C.mp4", "ID_8/random_C"),
    ],
)
def test_tolerance(path: str, clip_id: str) -> None:
    found = parse_clip_path(PurePath(path), "ID_3")
    assert not isinstance(found, str) and found.id == clip_id


def test_subjects_may_have_any_name() -> None:
    found = parse_clip_path(PurePath("videos/anna/random_C.mp4"), "data")
    assert not isinstance(found, str) and found.subject == "anna"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("ID_1/holiday.mp4", "does not end in"),
        ("ID_1/random_X.mp4", "does not end in"),
        ("ID_1/smile_C.mp4", "unknown stem 'smile'"),
        ("ID_1/FFNR_C.mp4", "unknown stem"),
        ("ID_1/_C.mp4", "does not end in"),
    ],
)
def test_strangers_are_named_not_guessed(path: str, reason: str) -> None:
    found = parse_clip_path(PurePath(path), "root")
    assert isinstance(found, str) and reason in found


def test_what_is_a_video() -> None:
    assert is_video(PurePath("a/random_C.MP4"))  # type: ignore[arg-type]
    assert not is_video(PurePath("a/._random_C.mp4"))  # type: ignore[arg-type]
    assert not is_video(PurePath("a/random.npz"))  # type: ignore[arg-type]


def test_splits() -> None:
    assert [split_of(f"S{n:02d}") for n in range(1, 9)] == ["train"] * 4 + ["test"] * 4
    held_out = [n for n in range(1, 18) if split_of(f"ID_{n}") == "test"]
    assert held_out == [12, 13, 15, 16, 17], "five, as many as in the paper, and ID_14 is not in the release"
    others = [split_of(f"person{n}") for n in range(200)]
    assert others == [split_of(f"person{n}") for n in range(200)]
    assert 30 < others.count("test") < 90
