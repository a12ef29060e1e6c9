"""What is not counted, by rules that are stated beforehand; every exclusion has its reason.

Answers are judged one by one by how they were given, never by which method they favour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from benchmark.results.records import Count, Name, Record, Text
from leaderboard.study.answers import Answer
from leaderboard.study.document import Study


class Rules(Record):
    """When an answer, or all answers of a rater, do not count.

    Args:
        failed_checks: a rater with so many wrong answers to attention checks is left out.
        fastest_s: an answer that came sooner after both outputs had been seen.
        must_be_in_view: an answer whose clips were not in view throughout.
        most_dropped: an answer during which the browser dropped a larger share of the frames.
    """

    failed_checks: Annotated[int, Field(ge=1, le=1000)] = 2
    fastest_s: Annotated[float, Field(ge=0, le=60)] = 0.2
    must_be_in_view: bool = True
    most_dropped: Annotated[float, Field(ge=0, le=1)] = 0.25


class Excluded(Record):
    """One exclusion; `question` is None where all answers of a rater are left out."""

    rater: Name
    question: Name | None
    answers: Count
    reason: Text


def exclude(study: Study, answers: Sequence[Answer], rules: Rules) -> tuple[list[Answer], list[Excluded]]:
    """Answers that count, attention checks left out, and everything that does not.

    Args:
        answers: all of this study, to questions that it has.
    """
    excluded: list[Excluded] = []
    by_rater: dict[str, list[Answer]] = {}
    for one in answers:
        by_rater.setdefault(one.rater, []).append(one)
    counted: list[Answer] = []
    for rater, given in by_rater.items():
        checks = [one for one in given if study.by_id[one.question].check is not None]
        wrong = [one for one in checks if one.choice != study.by_id[one.question].expected]
        real = [one for one in given if study.by_id[one.question].check is None]
        if len(wrong) >= rules.failed_checks:
            reason = f"{len(wrong)} of {len(checks)} attention checks answered wrong"
            excluded.append(Excluded(rater=rater, question=None, answers=len(real), reason=reason))
            continue
        for one in real:
            found = _reason(one, rules)
            if found is None:
                counted.append(one)
            else:
                excluded.append(Excluded(rater=rater, question=one.question, answers=1, reason=found))
    return counted, excluded


def _reason(answer: Answer, rules: Rules) -> str | None:
    if rules.must_be_in_view and not answer.in_view:
        return "the clips were not in view throughout"
    if answer.plays < 1:
        return "the clips were not played to their end"
    if answer.seconds < rules.fastest_s:
        return f"answered {answer.seconds:.2f} s after both were seen, sooner than {rules.fastest_s:g} s"
    if answer.frames_dropped > rules.most_dropped * max(answer.frames, 1):
        return f"{answer.frames_dropped} of {answer.frames} frames dropped"
    return None
