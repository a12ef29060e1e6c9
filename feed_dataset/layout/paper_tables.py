"""Tables 1 and 2 of the EMOPortraits paper, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TaskRow:
    """One cell column of Table 1: a task, or one mode of it where the paper counts modes apart."""

    task: str  # key of feed_dataset.layout.names.TASKS
    stems: tuple[str, ...]
    mode: str
    participants: int | None  # None: a stem of the release that Table 1 does not list
    length_s: int | None  # mean length of a video


TABLE_1 = (
    TaskRow("basic", ("MAU_mild",), "Mild", 21, 98),
    TaskRow("basic", ("MAU_strong",), "Strong", 23, 112),
    TaskRow("rotations", ("rotations",), "Axes/random", 21, 58),
    TaskRow("rotations", ("tongue_rot",), "(tongue)", None, None),
    TaskRow("winks", ("blinks",), "Mild/Strong", 23, 49),
    TaskRow("eyes", ("eyes",), "Random", 21, 33),
    TaskRow("asymmetric", ("FF_NR", "FF"), "Strong", 23, 101),
    TaskRow("tongue", ("tongue_em", "tongue"), "Strong", 23, 113),
    TaskRow("extreme", ("random",), "Extreme", 23, 182),
)
"""The paper prints tasks as columns. It has one row of numbers for both kinds of head rotations."""


@dataclass(frozen=True)
class CorpusRow:
    """One row of Table 2."""

    name: str  # the paper prints SAVEE and RAVDESS as SAVESS and RAVGESS
    actors: int
    views: int
    basic: bool
    strong: bool
    extreme: bool  # and asymmetric
    tongue: bool
    width_px: int
    height_px: int


TABLE_2 = (
    CorpusRow("SAVEE", 4, 1, True, False, False, False, 1280, 1024),
    CorpusRow("RAVDESS", 24, 1, True, False, False, False, 1920, 1080),
    CorpusRow("CREMA-D", 91, 1, True, False, False, False, 1280, 720),
    CorpusRow("MMI", 25, 1, True, True, False, False, 1920, 1080),
    CorpusRow("MEAD", 48, 7, True, True, False, False, 1920, 1080),
    CorpusRow("FEED", 23, 3, True, True, True, True, 3840, 2160),
)
