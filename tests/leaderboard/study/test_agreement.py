"""Krippendorff's alpha against the package of that name, and at its ends."""

from __future__ import annotations

import numpy as np
import pytest

from leaderboard.study.agreement import agreement, alpha_of
from leaderboard.study.votes import Choice, Vote, Votes

CHOICES: tuple[Choice, ...] = ("left", "right", "same")


def votes_of(answers: dict[tuple[int, int], Choice]) -> Votes:
    """By rater and item."""
    return Votes.of([Vote(f"r{r}", f"i{i}", "a", "b", choice) for (r, i), choice in answers.items()], ("a", "b"))


def drawn(seed: int, raters: int = 8, items: int = 10, asked: float = 0.6) -> dict[tuple[int, int], Choice]:
    random = np.random.default_rng(seed)
    usual = random.integers(3, size=items)
    return {
        (r, i): CHOICES[usual[i] if random.random() < 0.6 else random.integers(3)]
        for r in range(raters)
        for i in range(items)
        if random.random() < asked
    }


@pytest.mark.parametrize("seed", range(4))
def test_it_is_that_of_the_package(seed: int) -> None:
    krippendorff = pytest.importorskip("krippendorff")
    answers = drawn(seed)
    table = np.full((8, 10), np.nan)
    for (rater, item), choice in answers.items():
        table[rater, item] = CHOICES.index(choice)
    found = agreement(votes_of(answers)).alpha
    assert found is not None
    assert found.value == pytest.approx(krippendorff.alpha(table, level_of_measurement="nominal"))


def test_who_always_agrees_has_one() -> None:
    found = agreement(votes_of({(r, i): CHOICES[i % 2] for r in range(4) for i in range(6)})).alpha
    assert found is not None and found.value == pytest.approx(1.0) and found.low == pytest.approx(1.0)


def test_sides_do_not_matter() -> None:
    votes = Votes.of(
        [Vote("r0", "i", "a", "b", "left"), Vote("r1", "i", "b", "a", "right"), Vote("r0", "j", "a", "b", "right")]
        + [Vote("r1", "j", "b", "a", "left")],
        ("a", "b"),
    )
    found = agreement(votes).alpha
    assert found is not None and found.value == pytest.approx(1.0)


def test_the_interval_holds_the_value_and_is_wider_with_fewer_raters() -> None:
    many, few = agreement(votes_of(drawn(0, raters=30))).alpha, agreement(votes_of(drawn(0, raters=5))).alpha
    assert many is not None and few is not None
    widths = []
    for one in (many, few):
        assert one.low is not None and one.high is not None and one.low < one.value < one.high
        widths.append(one.high - one.low)
    assert widths[0] < widths[1]


def test_the_interval_is_that_of_leaving_out_one_after_another() -> None:
    """The jackknife over raters, written out; items and both are as large here as to matter little."""
    answers = drawn(2, raters=6, items=40, asked=0.9)
    found = agreement(votes_of(answers)).alpha
    assert found is not None and found.high is not None
    without = np.array(
        [
            one.value
            for rater in range(6)
            if (one := agreement(votes_of({key: c for key, c in answers.items() if key[0] != rater})).alpha) is not None
        ]
    )
    spread = np.sqrt(5 / 6 * ((without - without.mean()) ** 2).sum())
    assert len(without) == 6 and found.high - found.value > 2 * spread


def test_answers_by_chance_agree_as_chance_does() -> None:
    random = np.random.default_rng(0)
    n = 2000
    votes = Votes(
        ("a", "b"),
        np.zeros(n, np.int64),
        np.ones(n, np.int64),
        random.choice([0.0, 1.0], n),
        np.repeat(np.arange(40), 50),
        np.tile(np.arange(50), 40),
    )
    found = agreement(votes).alpha
    assert found is not None and abs(found.value) < 0.03


def test_questions_of_one_rater_say_nothing() -> None:
    found = agreement(votes_of({(r, r): "left" for r in range(5)}))
    assert found.alpha is None and found.questions == 0


def test_one_answer_everywhere_has_no_alpha() -> None:
    assert alpha_of(np.array([[3, 0, 0], [2, 0, 0]])) is None
