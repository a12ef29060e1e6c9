"""From answers to what a study found: percentages, ratings, tiers and agreement, with what was left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from benchmark.results.records import Count, Name, Record, Sha256, Text
from leaderboard.errors import SubmissionError
from leaderboard.study import intervals, ratings
from leaderboard.study.agreement import Agreement, agreement
from leaderboard.study.answers import Answer, answers_digest
from leaderboard.study.document import Study
from leaderboard.study.exclusions import Excluded, Rules, exclude
from leaderboard.study.intervals import Estimate
from leaderboard.study.tiers import Compared, compare, no_rank_because, tiers
from leaderboard.study.votes import KINDS, Kind, Vote, Votes

_NO_RATING = "no chain of preferences leads both to it and from it: no rating is finite"


class Interval(Record):
    """A number with its 95 % interval; ends are None where nothing can be told."""

    value: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, estimate: Estimate, scale: float = 1.0) -> Interval:
        low, high = (None if end is None else scale * end for end in (estimate.low, estimate.high))
        return cls(value=scale * estimate.value, low=low, high=high)


class MethodScore(Record):
    """One method in one kind of question.

    Args:
        votes: that count and have it.
        percent: of all preferences, a tie being half for each; those of all methods add up to 100.
        win_percent: of the preferences in its own votes; 50 is as good as its opponents. None without votes.
        rating: log-strength (Davidson); None where none is finite, see `no_rating_because`.
        choice_percent: by the ratings, if all methods were shown at once; adds up to 100.
    """

    method: Name
    votes: Count
    wins: Count
    ties: Count
    percent: Interval | None
    win_percent: Interval | None
    rating: Interval | None
    choice_percent: Interval | None
    no_rating_because: Text | None = None


class Comparison(Record):
    """Two methods; see `leaderboard.study.tiers.Compared`."""

    better: Name
    worse: Name
    gap: Interval | None
    p_value: float | None
    adjusted_p: float | None
    is_real: bool


class AgreementScore(Record):
    """Krippendorff's alpha of questions that two raters or more answered."""

    alpha: Interval | None
    questions: Count
    votes: Count


class KindScore(Record):
    """One kind of question.

    Args:
        left_percent: how often the left output was preferred: 50 where the side does not matter.
        tiers: from better to worse; None where nothing may be ranked, `no_rank_because` says why.
    """

    kind: Kind
    votes: Count
    ties: Count
    raters: Count
    items: Count
    methods: list[MethodScore]
    tiers: list[list[Name]] | None
    no_rank_because: Text | None
    compared: list[Comparison]
    left_percent: Interval | None
    agreement: AgreementScore


class StudyScore(Record):
    """What a study found, and from what."""

    format: Literal["feed-study-score"] = "feed-study-score"
    version: Literal[1] = 1
    study_digest: Sha256
    answers_digest: Sha256
    title: Text
    answers: Count
    counted: Count
    checks: Annotated[dict[str, tuple[int, int]], Field(max_length=10)]  # kind of check: right answers, all answers
    rules: Rules
    excluded: list[Excluded]
    kinds: list[KindScore]

    def to_json(self) -> str:
        """Canonical text."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True, allow_nan=False) + "\n"


def score(study: Study, answers: Sequence[Answer], rules: Rules | None = None) -> StudyScore:
    """Everything that can be said; each kind of question on its own.

    Raises:
        SubmissionError: an answer of another study, or to a question that the study does not have.
    """
    rules, digest = rules or Rules(), study.digest
    for one in answers:
        if one.study != digest:
            raise SubmissionError(f"expected answers of study {digest[:12]} but one is of study {one.study[:12]}")
        if one.question not in study.by_id:
            raise SubmissionError(f"expected answers to questions of the study but got {one.question}")
    counted, excluded = exclude(study, answers, rules)
    kinds = []
    for kind in KINDS:
        if any(one.kind == kind and one.check is None for one in study.questions):
            kinds.append(score_votes(kind, votes_of(study, counted, kind)))
    return StudyScore(
        study_digest=digest,
        answers_digest=answers_digest(answers),
        title=study.title,
        answers=len(answers),
        counted=len(counted),
        checks=_checks(study, answers),
        rules=rules,
        excluded=excluded,
        kinds=kinds,
    )


def votes_of(study: Study, answers: Sequence[Answer], kind: Kind) -> Votes:
    """Answers to questions of one kind, checks left out, as votes."""
    asked = [(one, study.by_id[one.question]) for one in answers]
    found = [
        Vote(answer.rater, question.case_id, question.left, question.right, answer.choice)
        for answer, question in asked
        if question.kind == kind and question.check is None
    ]
    return Votes.of(found, study.method_names)


def score_votes(kind: Kind, votes: Votes) -> KindScore:
    """One kind of question."""
    groups = ratings.comparable_groups(votes)
    fitted = ratings.fit(votes) if len(groups[0]) > 1 else None
    why, compared = no_rank_because(votes), compare(votes) if len(votes) else []
    return KindScore(
        kind=kind,
        votes=len(votes),
        ties=votes.n_ties,
        raters=votes.n_raters,
        items=votes.n_items,
        methods=[_method(votes, fitted, place) for place in range(len(votes.methods))],
        tiers=tiers(votes, compared) if why is None else None,
        no_rank_because=why,
        compared=[_comparison(one) for one in compared],
        left_percent=Interval.of(intervals.left_share(votes), 100) if len(votes) else None,
        agreement=_agreement(agreement(votes)),
    )


def _method(votes: Votes, fitted: ratings.Ratings | None, place: int) -> MethodScore:
    own = votes.has(place)
    rating = choice = None
    if fitted is not None and place in fitted.fitted:
        rating = Interval.of(intervals.rating(votes, fitted, place))
        choice = Interval.of(intervals.choice_share(votes, fitted, place), 100)
    return MethodScore(
        method=votes.methods[place],
        votes=int(own.sum()),
        wins=int((votes.won(place) == 1).sum()),
        ties=int((own & (votes.outcome == 0.5)).sum()),
        percent=Interval.of(intervals.share(votes, place), 100) if len(votes) else None,
        win_percent=Interval.of(intervals.win_share(votes, place), 100) if own.any() else None,
        rating=rating,
        choice_percent=choice,
        no_rating_because=None if rating else _NO_RATING,
    )


def _comparison(one: Compared) -> Comparison:
    return Comparison(
        better=one.better,
        worse=one.worse,
        gap=None if one.gap is None else Interval(value=one.gap, low=one.low, high=one.high),
        p_value=one.p_value,
        adjusted_p=one.adjusted_p,
        is_real=one.is_real,
    )


def _agreement(found: Agreement) -> AgreementScore:
    alpha = None if found.alpha is None else Interval.of(found.alpha)
    return AgreementScore(alpha=alpha, questions=found.questions, votes=found.votes)


def _checks(study: Study, answers: Sequence[Answer]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for one in answers:
        question = study.by_id[one.question]
        if question.check is not None:
            right, asked = found.get(question.check, (0, 0))
            found[question.check] = (right + (one.choice == question.expected), asked + 1)
    return dict(sorted(found.items()))
