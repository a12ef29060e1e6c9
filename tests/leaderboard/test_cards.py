"""The mark of contamination follows from the card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.leaderboard.forging import Document, refused, submitted

PERSON = "R266"  # drives the first case
CARD: dict[str, Any] = dict.fromkeys(
    ("size_px", "fps", "crop", "motion", "frame_rule", "needs_optimisation", "needs_gpu", "seeded", "parallel_safe")
    + ("python", "torch", "paper", "repository", "commit")
)


def with_card(d: Document, trained_on: list[str] | None, seen_people: list[str] | None) -> None:
    d["methods"][0]["card"] = {**CARD, "drives": ["image"], "trained_on": trained_on, "seen_people": seen_people}


@pytest.mark.parametrize(
    ("trained_on", "seen_people"),
    [
        (None, None),
        ([], []),
        (["VoxCeleb2"], []),
        ([f"feed/{PERSON}"], [f"feed/{PERSON}"]),
        (["FEED"], [f"feed/{PERSON}"]),
        (["FEED/S99"], []),
    ],
)
def test_cards_that_agree_are_accepted(
    trained_on: list[str] | None, seen_people: list[str] | None, tmp_path: Path
) -> None:
    submitted(tmp_path, lambda d: with_card(d, trained_on, seen_people))


@pytest.mark.parametrize(
    ("trained_on", "seen_people", "expected"),
    [
        (None, [], "expected seen_people where trained_on is known"),
        (["FEED"], None, "expected seen_people where trained_on is known"),
        (["VoxCeleb2"], [f"feed/{PERSON}"], "expected seen_people of what it was trained on"),
        (["FEED"], ["feed/nobody"], "expected seen_people of this run"),
        ([f"feed/{PERSON}"], [], f"expected 'feed/{PERSON}' in seen_people"),
        (["FEED"], [f"feed/{PERSON}", f"feed/{PERSON}"], "repeated"),
    ],
)
def test_a_mark_that_is_left_out_or_made_up_is_refused(
    trained_on: list[str] | None, seen_people: list[str] | None, expected: str, tmp_path: Path
) -> None:
    assert expected in refused(tmp_path, lambda d: with_card(d, trained_on, seen_people))


@pytest.mark.parametrize(
    ("hears", "expected"),
    [(None, None), (["English", "Polish"], None), (["English", "English"], "repeated")],
)
def test_languages_are_named_once(hears: list[str] | None, expected: str | None, tmp_path: Path) -> None:
    def said(d: Document) -> None:
        with_card(d, None, None)
        d["methods"][0]["card"]["hears"] = hears

    if expected is None:
        submitted(tmp_path, said)
    else:
        assert expected in refused(tmp_path, said)
