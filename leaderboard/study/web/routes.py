"""Addresses of a study: /study/STUDY starts, /study/STUDY/r/RATER goes on where the rater stopped."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response

from benchmark.results.records import Count, Record
from leaderboard.errors import SubmissionError
from leaderboard.study.answers import Answer, Browser, BrowserVersion, QuestionId, Seconds
from leaderboard.study.store import AnswerStands, NoSuchStudy, StudyStore, pseudonym, today
from leaderboard.study.votes import Choice
from leaderboard.study.web.views import Addresses, problem_page, question_page, start_page

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # a rater's address is the rater
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_KINDS = {"rater.js": "text/javascript", "rater.css": "text/css"}
_MEDIA = {"mp4": "video/mp4", "png": "image/png"}


class Sent(Record):
    """What the page sends; see `Answer`."""

    question: QuestionId
    choice: Choice
    seconds: Seconds
    plays: Count
    in_view: bool
    frames: Count
    frames_dropped: Count
    browser: Browser
    browser_version: BrowserVersion


def router(studies: StudyStore) -> APIRouter:
    """The routes of all studies of a store."""
    routes = APIRouter(prefix="/study")

    @routes.get("/static/{file}", name="study_static")
    def static(file: str) -> Response:
        if file not in _KINDS:
            return _problem(404, "there is no such file", None)
        content = files("leaderboard.study.web").joinpath("static", file).read_bytes()
        return Response(content, media_type=_KINDS[file], headers={**_HEADERS, "Cache-Control": "no-cache"})

    @routes.get("/{study}", name="study_start", response_class=HTMLResponse)
    def start(request: Request, study: str) -> Response:
        try:
            page = start_page(studies.study(study), _addresses(request, study, None))
        except NoSuchStudy as error:
            return _problem(404, str(error), request)
        return HTMLResponse(page, headers=_HEADERS)

    @routes.post("/{study}/raters", name="study_raters")
    def begin(request: Request, study: str) -> Response:
        try:
            rater = studies.start(study)
        except NoSuchStudy as error:
            return _problem(404, str(error), request)
        except SubmissionError as error:
            return _problem(503, str(error), request)
        address = request.url_for("study_rater", study=study, rater=rater).path
        return RedirectResponse(address, status_code=303, headers=_HEADERS)

    @routes.get("/{study}/r/{rater}", name="study_rater", response_class=HTMLResponse)
    def go_on(request: Request, study: str, rater: str) -> Response:
        try:
            page = question_page(
                studies.study(study), studies.progress(study, pseudonym(rater)), _addresses(request, study, rater)
            )
        except NoSuchStudy as error:
            return _problem(404, str(error), request)
        return HTMLResponse(page, headers=_HEADERS)

    @routes.post("/{study}/r/{rater}/answers", name="study_answers")
    def answer(study: str, rater: str, sent: Sent) -> Response:
        try:
            digest = studies.study(study).digest
            found = Answer(study=digest, rater=pseudonym(rater), day=today(), **sent.model_dump())
            progress = studies.answer(study, found)
        except NoSuchStudy as error:
            return JSONResponse({"problem": str(error)}, 404, headers=_HEADERS)
        except AnswerStands as error:
            return JSONResponse({"problem": str(error)}, 409, headers=_HEADERS)
        return JSONResponse({"left": len(progress.form) - len(progress.answered)}, headers=_HEADERS)

    @routes.get("/{study}/media/{sha256}", name="study_media")
    def media(study: str, sha256: str) -> Response:
        try:
            path = studies.media_file(study, sha256)
        except NoSuchStudy as error:
            return _problem(404, str(error), None)
        kind = _MEDIA[studies.study(study).media[sha256].kind]
        return FileResponse(path, media_type=kind, headers={**_HEADERS, "Cache-Control": _FOR_EVER})

    return routes


def _addresses(request: Request, study: str, rater: str | None) -> Addresses:
    def to(route: str, **values: str) -> str:
        return request.url_for(route, **values).path

    def media(sha256: str) -> str:
        return to("study_media", study=study, sha256=sha256)

    return Addresses(
        start=to("study_raters", study=study),
        rater="" if rater is None else to("study_rater", study=study, rater=rater),
        answers="" if rater is None else to("study_answers", study=study, rater=rater),
        script=to("study_static", file="rater.js"),
        style=to("study_static", file="rater.css"),
        media=media,
    )


def _problem(status: int, text: str, request: Request | None) -> Response:
    if request is None:
        return Response(text, status, media_type="text/plain", headers=_HEADERS)
    style = request.url_for("study_static", file="rater.css").path
    return HTMLResponse(problem_page(text, style), status, headers=_HEADERS)
