"""A score as text for a terminal."""

from __future__ import annotations

from leaderboard.study.score import Interval, KindScore, StudyScore

_TITLES = {"umtn": "UMTN: which moves more like the driver", "uapp": "UAPP: which looks more like the source"}
_SHOWN = 20  # exclusions


def print_score(score: StudyScore) -> None:
    """Tables of every kind of question, then checks and exclusions."""
    from rich.table import Column, Table
    from rich.text import Text

    from feed_dataset.core.console.tables import table_console
    from feed_dataset.core.jobs.cells import one_line

    console = table_console()

    def say(text: str) -> None:
        console.print(Text(one_line(text)))

    say(f"{score.title}: study {score.study_digest[:12]}, answers {score.answers_digest[:12]}")
    for kind in score.kinds:
        console.print()
        say(_TITLES[kind.kind])
        say(f"{kind.votes} votes of {kind.raters} raters on {kind.items} cases; {kind.ties} without a difference")
        grid = Table(Column(Text("method"), overflow="fold"))
        for heading in ("percent", "of its own votes", "rating", "if all were shown", "votes"):
            grid.add_column(Text(heading), justify="right")
        order = sorted(kind.methods, key=lambda one: -(one.percent.value if one.percent else 0.0))
        for one in order:
            cells = (
                one_line(one.method),
                percent(one.percent),
                percent(one.win_percent),
                _number(one.rating, 2),
                percent(one.choice_percent),
                str(one.votes),
            )
            grid.add_row(*(Text(cell) for cell in cells))
        console.print(grid)
        for line in notes(kind):
            say(line)
    console.print()
    for check, (right, asked) in score.checks.items():
        say(f"attention check {check}: {right} of {asked} right")
    say(f"{score.counted} of {score.answers} answers count; left out besides the checks: {_excluded(score)}")
    for gone in score.excluded[:_SHOWN]:
        what = f"all {gone.answers} answers" if gone.question is None else gone.question
        say(f"  rater {gone.rater[:8]}, {what}: {gone.reason}")
    if len(score.excluded) > _SHOWN:
        say(f"  and {len(score.excluded) - _SHOWN} more; --json has all of them")


def notes(kind: KindScore) -> list[str]:
    """What a reader of the percentages must know."""
    found = []
    if kind.tiers is None:
        found.append(f"no ranks: {kind.no_rank_because}")
    else:
        line = " > ".join(", ".join(tier) for tier in kind.tiers)
        found.append(f"tiers: {line}; > is real at p <= .05, Holm-corrected for {len(kind.compared)} comparisons")
    found += [f"{one.method}: {one.no_rating_because}" for one in kind.methods if one.no_rating_because and one.votes]
    if kind.left_percent is not None:
        found.append(f"left was preferred in {percent(kind.left_percent)} %; 50 where the side does not matter")
    alpha = kind.agreement
    what = f"{alpha.questions} questions that several raters answered ({alpha.votes} votes)"
    found.append(f"Krippendorff's alpha {_number(alpha.alpha, 2) or 'has no value'} on {what}")
    return found


def percent(one: Interval | None) -> str:
    """One decimal, as the paper prints percentages, and the interval."""
    return _number(one, 1)


def _number(one: Interval | None, decimals: int) -> str:
    if one is None:
        return ""
    ends = "" if one.low is None or one.high is None else f" [{one.low:.{decimals}f}, {one.high:.{decimals}f}]"
    return f"{one.value:.{decimals}f}{ends}"


def _excluded(score: StudyScore) -> str:
    count = sum(one.answers for one in score.excluded)
    return f"{count} answers for {len(score.excluded)} reasons" if count else "none"
