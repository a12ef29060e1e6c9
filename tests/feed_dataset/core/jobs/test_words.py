"""Counts and articles in sentences."""

from __future__ import annotations

from feed_dataset.core.jobs.words import counted, with_article


def test_one_has_no_s() -> None:
    assert [counted(count, "frame") for count in (0, 1, 2, 3.0)] == ["0 frames", "1 frame", "2 frames", "3 frames"]


def test_the_article_goes_by_the_first_letter() -> None:
    assert [with_article(noun) for noun in ("int", "bool", "option")] == ["an int", "a bool", "an option"]
