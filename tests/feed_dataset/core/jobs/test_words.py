"""Counts in sentences."""

from __future__ import annotations

from feed_dataset.core.jobs.words import counted


def test_one_has_no_s() -> None:
    assert [counted(count, "frame") for count in (0, 1, 2, 3.0)] == ["0 frames", "1 frame", "2 frames", "3 frames"]
