"""Which questions a study asks, and which rater sees which: balanced in pairs, cases and sides, all by a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar, get_args

from leaderboard.errors import SubmissionError
from leaderboard.study.document import Check
from leaderboard.study.votes import KINDS, Kind

_T = TypeVar("_T")
CHECKS: tuple[Check, ...] = get_args(Check)
MOST_FORMS, MOST_QUESTIONS = 10_000, 1000
FEWEST_QUESTIONS = len(CHECKS) + len(KINDS)
_ANSWERS_A_QUESTION = 3
_FEWEST_CASES = 12
"""Few items tell little of others, however many raters there are."""


@dataclass(frozen=True)
class Asked:
    """A question before its clips are there.

    Args:
        first, second: methods, in alphabetical order; of a check "" and "".
        swapped: the second stands left.
    """

    kind: Kind
    case_id: str
    first: str
    second: str
    swapped: bool
    check: Check | None = None


@dataclass(frozen=True)
class Plan:
    """Forms, one for each rater: questions in the order in which they are seen."""

    forms: tuple[tuple[Asked, ...], ...]

    @property
    def questions(self) -> tuple[Asked, ...]:
        """Each once."""
        return tuple(dict.fromkeys(one for form in self.forms for one in form))


def cases_wanted(methods: int, raters: int, questions: int) -> int:
    """So many cases that about three raters answer each question, and at least twelve."""
    pairs = max(1, methods * (methods - 1) // 2)
    real = questions - len(CHECKS)
    return max(_FEWEST_CASES, raters * real // (len(KINDS) * pairs * _ANSWERS_A_QUESTION))


def choose_cases(
    cases: Mapping[str, tuple[str, str]],  # id -> driver's and source's person
    count: int,
    seed: int,
) -> list[str]:
    """`count` cases, drivers and sources used as evenly as they allow; all where there are not more."""
    left, drivers, sources = sorted(cases), Counter[str](), Counter[str]()
    random.Random(seed).shuffle(left)
    chosen: list[str] = []
    while left and len(chosen) < count:
        best = min(left, key=lambda one: drivers[cases[one][0]] + sources[cases[one][1]])
        left.remove(best)
        chosen.append(best)
        drivers[cases[best][0]] += 1
        sources[cases[best][1]] += 1
    return chosen


def plan(
    methods: Sequence[str],
    cases: Sequence[str],
    *,
    raters: int,
    questions: int,
    seed: int,
) -> Plan:
    """Forms in which all pairs of methods, cases and sides come equally often, as far as numbers allow.

    Args:
        questions: of each rater, one attention check of each kind among them.

    Raises:
        SubmissionError: fewer than two methods, or too few questions or cases.
    """
    if len(methods) < 2:
        raise SubmissionError(f"expected at least two methods to compare but got {', '.join(methods) or 'none'}")
    if questions < FEWEST_QUESTIONS:
        raise SubmissionError(
            f"expected at least {FEWEST_QUESTIONS} questions a rater, {len(CHECKS)} of them attention checks, but got"
            f" {questions}"
        )
    if raters > MOST_FORMS or questions > MOST_QUESTIONS:
        raise SubmissionError(
            f"expected at most {MOST_FORMS} raters of {MOST_QUESTIONS} questions but got {raters} of {questions}"
        )
    if len(cases) < (questions - len(CHECKS) + 1) // len(KINDS):
        raise SubmissionError(
            f"expected at least {(questions - len(CHECKS) + 1) // len(KINDS)} cases, so that no rater sees one twice in"
            f" a kind of question, but got {len(cases)}"
        )
    draw = _Draw(sorted(methods), cases, random.Random(seed))
    return Plan(tuple(draw.form(number, questions - len(CHECKS)) for number in range(raters)))


class _Draw:
    """What was asked so far, and what comes next."""

    def __init__(self, methods: Sequence[str], cases: Sequence[str], generator: random.Random) -> None:
        self._pairs = list(combinations(methods, 2))
        self._cases = list(cases)
        self._random = generator
        self._by_pair: Counter[object] = Counter()
        self._by_case: Counter[object] = Counter()
        self._by_question: Counter[object] = Counter()
        self._lefts: Counter[object] = Counter()

    def form(self, number: int, real: int) -> tuple[Asked, ...]:
        """The next rater's questions: kinds mixed, checks anywhere but at the beginning."""
        kinds = [KINDS[(place + number) % len(KINDS)] for place in range(real)]
        self._random.shuffle(kinds)
        seen: set[tuple[Kind, str]] = set()
        asked = []
        for kind in kinds:
            asked.append(self._question(kind, seen))
            seen.add((kind, asked[-1].case_id))
        for check in CHECKS:
            asked.insert(self._random.randint(1, len(asked)), self._check(check))
        return tuple(asked)

    def _question(self, kind: Kind, seen: set[tuple[Kind, str]]) -> Asked:
        pair = self._least(self._pairs, lambda one: (self._by_pair[kind, one],))
        unseen = [one for one in self._cases if (kind, one) not in seen]
        case = self._least(unseen, lambda one: (self._by_question[kind, pair, one], self._by_case[one]))
        swapped = self._side((kind, pair))
        self._by_pair[kind, pair] += 1
        self._by_question[kind, pair, case] += 1
        self._by_case[case] += 1
        return Asked(kind, case, *pair, swapped)

    def _check(self, check: Check) -> Asked:
        case = self._least(self._cases, lambda one: (self._by_question[check, one], self._by_case[one]))
        self._by_question[check, case] += 1
        return Asked("uapp" if check == "copy-source" else "umtn", case, "", "", self._side(check), check)

    def _side(self, key: object) -> bool:
        """Whether the second stands left: as often as not."""
        lean = self._lefts[key]
        swapped = lean > 0 if lean else self._random.random() < 0.5
        self._lefts[key] += -1 if swapped else 1
        return swapped

    def _least(self, choices: Sequence[_T], count: Callable[[_T], tuple[int, ...]]) -> _T:
        """The one with the lowest counts; which of equal ones is drawn."""
        lowest = min(map(count, choices))
        return self._random.choice([one for one in choices if count(one) == lowest])
