"""Pages of a server: the same addresses as the static files, and parameters that they answer without a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from threading import Lock

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from leaderboard.errors import SubmissionError
from leaderboard.store import Store
from leaderboard.web.compare import compare_page
from leaderboard.web.downloads import csv_of, tex_of
from leaderboard.web.environment import page, static_files
from leaderboard.web.pages import Link, Site, board_page, index_page, paper_page
from leaderboard.web.source import SiteSource
from leaderboard.web.submission import submission_page
from leaderboard.web.view import view_of

SUBMIT = Link("submit", "Submit", "submit.html")
_PUBLIC = {"Cache-Control": "public, no-cache"}
"""Anybody may keep it and asks before using it again; the server makes such an answer once for each state."""
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_NUMBER = re.compile(r"[1-9]\d{0,8}")


def router(store: Store, links: tuple[Link, ...] = ()) -> APIRouter:
    """Routes of all pages.

    Args:
        store: where submissions are.
        links: pages of others, beside the tables and the form for submissions.
    """
    routes = APIRouter(include_in_schema=False)
    current = _Current(SiteSource(store, (SUBMIT, *links)), store)
    files = static_files()

    @routes.get("/")
    @routes.get("/index.html")
    def index() -> Response:
        return _html(index_page(current.site()))

    @routes.get("/paper.html")
    def paper() -> Response:
        return _html(paper_page(current.site()))

    @routes.get("/submit.html")
    def submit() -> Response:
        return _html(page("submit.html.j2", root="", here="submit", links=(SUBMIT, *links)))

    @routes.get("/boards/{name}")
    def board(name: str, request: Request) -> Response:
        slug, _, kind = name.rpartition(".")
        site = current.site()
        found = site.board(slug)
        asked = _asked(request)
        if found is None or kind not in ("html", "csv", "tex"):
            return _absent(site, "There is no such table.")
        if kind == "html":
            return _html(board_page(site, found, asked))
        text = (csv_of if kind == "csv" else tex_of)(found, view_of(found, asked))
        media = {"csv": "text/csv", "tex": "application/x-tex"}[kind]
        headers = {**_PUBLIC, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type=media, headers=headers)

    @routes.get("/compare/{slug}.html")
    def compare(slug: str, request: Request) -> Response:
        site = current.site()
        found = site.board(slug)
        text = None if found is None else compare_page(site, found, _asked(request))
        return _absent(site, "There are no two methods to compare.") if text is None else _html(text)

    @routes.get("/submissions/{name}")
    def submission(name: str) -> Response:
        number, _, kind = name.rpartition(".")
        site = current.site()
        if not _NUMBER.fullmatch(number) or kind not in ("html", "json"):
            return _absent(site, "There is no such submission.")
        try:
            document = store.document(int(number))
        except SubmissionError:
            return _absent(site, "There is no such submission.")
        if kind == "html":
            return _html(submission_page(site, int(number), document))
        return Response(document, media_type="application/json", headers=_PUBLIC)

    @routes.get("/clips/{number}/{name}")
    def clip(number: int, name: str) -> Response:
        path = current.source.clip_files(number).get(f"clips/{number}/{name}")
        if path is None:
            return _absent(current.site(), "There is no such clip.")
        return FileResponse(path, media_type="video/mp4", headers=_FOR_EVER)

    @routes.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in files:
            return _absent(current.site(), "There is no such file.")
        return Response(files[name], media_type=_KINDS[name.rpartition(".")[2]], headers=_PUBLIC)

    return routes


class _Current:
    """The site as the store is now; built again when something was written."""

    def __init__(self, source: SiteSource, store: Store) -> None:
        self.source = source
        self._store = store
        self._lock = Lock()
        self._built: tuple[int, Site] | None = None

    def site(self) -> Site:
        with self._lock:
            revision = self._store.revision()  # before reading: what is written meanwhile is read again
            if self._built is None or self._built[0] != revision:
                self._built = revision, self.source.site()
            return self._built[1]


def _asked(request: Request) -> Mapping[str, str]:
    """Parameters of an address; a form without a script names each ticked column by itself."""
    asked = dict(request.query_params)
    asked["metrics"] = ",".join(request.query_params.getlist("metrics"))
    return asked


def _html(text: str) -> Response:
    return HTMLResponse(text, headers=_PUBLIC)


def _absent(site: Site, sentence: str) -> Response:
    text = page("absent.html.j2", root="../", here="", links=site.links, sentence=sentence)
    return HTMLResponse(text, status_code=404, headers={"Cache-Control": "no-store"})
