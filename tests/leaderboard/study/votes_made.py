"""Votes and studies as small as tests need them."""

from __future__ import annotations

import numpy as np

from leaderboard.study.answers import Answer
from leaderboard.study.document import Media, Question, Study, StudyMethod, StudyProtocol
from leaderboard.study.votes import Choice, Vote, Votes

METHODS = ("ours", "theirs", "baseline")
VIDEO, SOURCE = "a" * 64, "b" * 64


def table_votes(wins: dict[tuple[str, str], int], ties: dict[tuple[str, str], int] | None = None) -> Votes:
    """So many votes for the first of two methods over the second; ten raters and twelve items take turns."""
    listed: list[Vote] = []
    for (better, worse), count in wins.items():
        for place in range(count):
            sides: tuple[str, str, Choice] = (better, worse, "left") if place % 2 else (worse, better, "right")
            listed.append(Vote(f"r{len(listed) % 10}", f"i{len(listed) % 12}", *sides))
    for (a, b), count in (ties or {}).items():
        listed += [Vote(f"r{place % 10}", f"i{place % 12}", a, b, "same") for place in range(count)]
    names = dict.fromkeys(name for pair in (*wins, *(ties or {})) for name in pair)
    return Votes.of(listed, tuple(names))


def study_of(cases: int = 6, forms: int = 12) -> Study:
    """Both kinds of questions about every two methods on every case, and a check of each kind in every form."""
    pairs = [("ours", "theirs"), ("ours", "baseline"), ("theirs", "baseline")]
    questions: list[Question] = []
    for case in range(cases):
        for first, second in pairs:
            for kind in ("umtn", "uapp"):
                for swapped in (False, True):
                    questions.append(
                        Question(
                            id=f"q{len(questions)}",
                            kind=kind,
                            case_id=f"case{case}",
                            media=VIDEO,
                            source=SOURCE,
                            first=first,
                            second=second,
                            swapped=swapped,
                        )
                    )
    real = [one.id for one in questions]
    for check, kind, expected in (
        ("identical", "umtn", "same"),
        ("wrong-driver", "umtn", "left"),
        ("copy-source", "uapp", "left"),
    ):
        questions.append(
            Question(
                id=f"q{len(questions)}",
                kind=kind,
                case_id="case0",
                media=VIDEO,
                source=SOURCE,
                first="right one",
                second="wrong one",
                swapped=False,
                check=check,
                expected=expected,
            )
        )
    checks = [one.id for one in questions if one.check]
    random = np.random.default_rng(0)
    return Study(
        title="a study",
        seed=0,
        protocol=StudyProtocol(
            name="feed-mini-cross", version="1", case_list_sha256="c" * 64, data_name="feed-mini", data_digest="d" * 64
        ),
        methods=[
            StudyMethod(name=one, weights_sha256=None, run_fingerprint="e" * 64, outputs_sha256="f" * 64)
            for one in METHODS
        ],
        media={
            VIDEO: Media(kind="mp4", tile_px=64, tiles=3, frames=25, fps=25.0, bytes=1000),
            SOURCE: Media(kind="png", tile_px=64, tiles=1, frames=1, fps=25.0, bytes=1000),
        },
        questions=questions,
        forms=[[*random.choice(real, 9, replace=False).tolist(), *checks] for _ in range(forms)],
    )


def answered(study: Study, *, wrong: int = 0, strengths: dict[str, float] | None = None) -> list[Answer]:
    """One rater for each form; the first `wrong` of them fail all checks. The stronger method is preferred."""
    chances = strengths or {"ours": 1.5, "theirs": 0.5, "baseline": -0.5}
    random = np.random.default_rng(1)
    found = []
    for number, form in enumerate(study.forms):
        for question_id in form:
            question = study.by_id[question_id]
            if question.expected is None:
                gap = chances[question.left] - chances[question.right]
                choice: Choice = "left" if random.random() < 1 / (1 + np.exp(-gap)) else "right"
            elif number < wrong:
                choice = "right"
            else:
                choice = question.expected
            found.append(answer_to(study, f"{number:032x}", question_id, choice))
    return found


def answer_to(study: Study, rater: str, question: str, choice: Choice = "left") -> Answer:
    return Answer(
        study=study.digest,
        rater=rater,
        question=question,
        choice=choice,
        seconds=2.5,
        plays=1,
        in_view=True,
        frames=25,
        frames_dropped=0,
        browser="Firefox",
        browser_version=153,
        day="2026-12-01",
    )
