from __future__ import annotations

from collections import Counter

import pytest

from feed_dataset.layout.configs import CONFIGS, ConfigError, config_named
from feed_dataset.layout.names import TASKS
from feed_dataset.layout.splits import SPLITS, split_of, subjects_by_split


def test_feed_holds_out_five_subjects() -> None:
    """As many as the paper; ID_14 is not in the release. A change here makes all earlier results incomparable."""
    of_split = subjects_by_split(f"ID_{n}" for n in range(1, 24))
    assert of_split["test"] == ("ID_12", "ID_13", "ID_15", "ID_16", "ID_17")
    assert of_split["validation"] == ("ID_10", "ID_11")
    assert len(of_split["train"]) == 23 - 5 - 2


def test_feed_mini() -> None:
    """The benchmark's protocols test on S05 ... S08; training must never see them."""
    assert [split_of(f"S{n:02d}") for n in range(1, 9)] == ["train"] * 3 + ["validation"] + ["test"] * 4


def test_feed_mini_cast() -> None:
    """The benchmark's people: all of them test."""
    assert {split_of(name) for name in ("R2", "R194", "R480", "r-480")} == {"test"}
    assert split_of("R5") == "train", "another random person falls by its hash"


def test_feed_mini_speakers() -> None:
    """All of them test; they are the part "test" of rendered speech."""
    assert {split_of(name) for name in ("R2000054", "R2001161")} == {"test"}


@pytest.mark.parametrize("spelling", ["ID_12", "id_12", "ID-12", "ID 12", "ID12", "ID_012"])
def test_the_spelling_of_a_folder_moves_nobody(spelling: str) -> None:
    assert split_of(spelling) == "test"


def test_similar_names_are_other_people() -> None:
    assert {split_of(name) for name in ("ID_1", "S1")} == {"train"}
    assert split_of("MYID_12") == split_of("MYID_12"), "not in the table: by its hash"


def test_unknown_names_fall_by_a_fixed_hash() -> None:
    names = [f"person{n}" for n in range(1000)]
    of_split = Counter(map(split_of, names))
    assert 250 < of_split["test"] < 350 and 70 < of_split["validation"] < 130
    assert [split_of(name) for name in names[:6]] == ["validation", "train", "validation", "train", "test", "train"]
    assert sum(map(len, subjects_by_split(names).values())) == len(names)


def test_every_task_has_a_config_and_all_has_every_task() -> None:
    assert set(CONFIGS) == {"all", "paper", *TASKS}
    for split in SPLITS:
        assert all(CONFIGS["all"].takes(task, split) for task in TASKS)
        assert all(CONFIGS[task].takes(other, split) == (task == other) for task in TASKS for other in TASKS)


def test_paper_trains_on_four_tasks_and_tests_on_one() -> None:
    def tasks(split: str) -> set[str]:
        return {task for task in TASKS if CONFIGS["paper"].takes(task, split)}

    assert tasks("train") == tasks("validation") == {"winks", "tongue", "extreme", "asymmetric"}
    assert tasks("test") == {"extreme"}


def test_unknown_config_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'assymetric'; did you mean 'asymmetric'"):
        config_named("assymetric")
