"""What raters' pages say: plain data to HTML. Nothing here names a method or tells a check from a question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from leaderboard.study.document import Study
from leaderboard.study.media import MARGIN_PX
from leaderboard.study.store import Progress
from leaderboard.study.votes import Kind

if TYPE_CHECKING:
    from jinja2 import Environment

_SECONDS_A_QUESTION = 20
PROMPTS: dict[Kind, tuple[str, str]] = {
    "umtn": (
        "Which one moves more like the driver?",
        "The driver is the clip on top. Compare expressions and head motion, not who it is.",
    ),
    "uapp": (
        "Which one looks more like the source?",
        "The source is the picture on top. Compare face, hair and skin, not how it moves.",
    ),
}
_REFERENCES: dict[Kind, str] = {"umtn": "Driver", "uapp": "Source"}


@dataclass(frozen=True)
class Addresses:
    """Where a page's links lead.

    Args:
        media: of a file by its sha256.
    """

    start: str
    rater: str
    answers: str
    script: str
    style: str
    media: Callable[[str], str]


def start_page(study: Study, addresses: Addresses) -> str:
    """What the study asks, what it keeps, and a button."""
    count = len(study.forms[0])
    minutes = max(1, round(count * _SECONDS_A_QUESTION / 60))
    return (
        _environment()
        .get_template("start.html.j2")
        .render(title=study.title, count=count, minutes=minutes, kinds=_kinds(study), at=addresses)
    )


def question_page(study: Study, progress: Progress, addresses: Addresses) -> str:
    """The next question; the end where there is none."""
    if progress.next is None:
        return _environment().get_template("end.html.j2").render(title=study.title, at=addresses)
    question = study.by_id[progress.next]
    media = study.media[question.media]
    prompt, hint = PROMPTS[question.kind]
    data = {
        "question": question.id,
        "clip": addresses.media(question.media),
        "clip-kind": media.kind,
        "reference": addresses.media(question.source) if question.kind == "uapp" else "",
        "left": 2 if question.swapped else 1,
        "right": 1 if question.swapped else 2,
        "tile": media.tile_px,
        "margin": MARGIN_PX,
        "frames": media.frames,
        "answers": addresses.answers,
        "next": addresses.rater,
    }
    return (
        _environment()
        .get_template("question.html.j2")
        .render(
            title=study.title,
            number=progress.form.index(question.id) + 1,
            count=len(progress.form),
            done=len(progress.answered),
            prompt=prompt,
            hint=hint,
            reference=_REFERENCES[question.kind],
            tile=media.tile_px,
            data=data,
            at=addresses,
        )
    )


def problem_page(text: str, style: str) -> str:
    """One sentence on what is wrong."""
    return _environment().get_template("problem.html.j2").render(text=text, style=style)


def _kinds(study: Study) -> list[tuple[str, str]]:
    found = dict.fromkeys(study.by_id[one].kind for one in study.forms[0])
    return [PROMPTS[kind] for kind in PROMPTS if kind in found]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("leaderboard.study.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
