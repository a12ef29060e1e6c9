"""Answers of preference studies, for whoever has a token with the scope "study"."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from leaderboard.server.answers import as_json
from leaderboard.server.context import Here, Needs
from leaderboard.server.headers import NOTHING
from leaderboard.store.tokens import Token
from leaderboard.study.answers import save_answers
from leaderboard.study.store import StudyStore

router = APIRouter(prefix="/studies")
_KINDS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@router.get("", summary="Preference studies, with how many raters and answers they have")
def studies(here: Here, _: Annotated[Token, Depends(Needs("study"))]) -> Response:
    """In the order in which they were added."""
    names = ("id", "title", "raters", "answers")
    found = StudyStore(here.store).ids()
    return as_json({"studies": [dict(zip(names, one, strict=True)) for one in found]})


@router.get("/{study}/answers", summary="All answers of a study, as CSV or parquet")
def answers(
    here: Here, study: str, _: Annotated[Token, Depends(Needs("study"))], format: Literal["csv", "parquet"] = "csv"
) -> Response:
    """What `python -m leaderboard study score` reads."""
    found = StudyStore(here.store).answers(study)
    with tempfile.TemporaryDirectory(prefix="feed-answers-") as folder:
        path = Path(folder) / f"answers.{format}"
        save_answers(path, found)
        content = path.read_bytes()
    headers = {
        "Content-Security-Policy": NOTHING,
        "Content-Disposition": f'attachment; filename="answers-{study}.{format}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=_KINDS[format], headers=headers)
