from __future__ import annotations

from pathlib import PurePath

import pytest

from feed_dataset.layout.names import (
    CAMERAS,
    FEED_STEMS,
    RELEASED_SUBJECTS,
    STEMS,
    SUBJECTS,
    TASKS,
    canonical_subject,
    is_video,
    parse_clip_path,
    subject_key,
)
from feed_dataset.layout.paper_tables import TABLE_1, TABLE_2

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


def test_every_stem_is_in_one_row_of_table_1() -> None:
    """The paper's modes, people and mean lengths, written out once more."""
    assert {stem: row.task for row in TABLE_1 for stem in row.stems} == PUBLISHED
    printed = [
        (row.mode, row.participants, f"{row.length_s // 60}:{row.length_s % 60:02}") for row in TABLE_1 if row.length_s
    ]
    assert printed == [
        ("Mild", 21, "1:38"),
        ("Strong", 23, "1:52"),
        ("Axes/random", 21, "0:58"),
        ("Mild/Strong", 23, "0:49"),
        ("Random", 21, "0:33"),
        ("Strong", 23, "1:41"),
        ("Strong", 23, "1:53"),
        ("Extreme", 23, "3:02"),
    ]
    for row in TABLE_1:
        assert all(STEMS[stem].task == row.task for stem in row.stems)
        assert {STEMS[stem].paper_mode for stem in row.stems} == {row.mode if row.participants else ""}


def test_table_2() -> None:
    assert [(row.name, row.actors, row.views) for row in TABLE_2[-2:]] == [("MEAD", 48, 7), ("FEED", 23, 3)]
    assert [row.name for row in TABLE_2 if row.extreme or row.tongue] == ["FEED"]


def test_subjects() -> None:
    assert len(SUBJECTS) == 23 and len(RELEASED_SUBJECTS) == 17 and SUBJECTS[-1] == "ID_23"


@pytest.mark.parametrize(
    ("folder", "subject"),
    [("id_7", "ID_7"), ("ID07", "ID_7"), ("Id-007", "ID_7"), ("id 12", "ID_12"), ("s03", "S03"), ("R_12", "R12")],
)
def test_a_subject_has_one_spelling(folder: str, subject: str) -> None:
    """Otherwise `id_12` would fall into another split than ID_12."""
    assert canonical_subject(folder) == subject
    found = parse_clip_path(PurePath(f"{folder}/random_C.mp4"), "root")
    assert not isinstance(found, str) and (found.subject, found.folder) == (subject, folder)
    assert subject_key(folder) == subject_key(subject)


def test_names_that_are_no_subjects_stay() -> None:
    assert [canonical_subject(name) for name in ("anna", "ID_x", "ID", "S1b")] == ["anna", "ID_x", "ID", "S1b"]
    assert subject_key("ID_10") != subject_key("ID_1") and subject_key("ID_100") != subject_key("ID_1")


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
        ("ID_1/random_C (1).mp4", "does not end in"),
        ("ID_1/Copy of random_C.mp4", "unknown stem 'Copy of random'"),
        ("ID_1/ID_2/random_C.mp4", "several subjects (ID_1, ID_2)"),
    ],
)
def test_strangers_are_named_not_guessed(path: str, reason: str) -> None:
    found = parse_clip_path(PurePath(path), "root")
    assert isinstance(found, str) and reason in found


def test_what_is_a_video() -> None:
    assert is_video(PurePath("a/random_C.MP4"))  # type: ignore[arg-type]
    assert not is_video(PurePath("a/._random_C.mp4"))  # type: ignore[arg-type]
    assert not is_video(PurePath("a/random.npz"))  # type: ignore[arg-type]
