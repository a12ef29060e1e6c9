"""What everybody may read: submissions, protocols, tables, exports; and the audit log for admins."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import FileResponse, Response

from leaderboard.entries import StoredSubmission
from leaderboard.errors import SubmissionError
from leaderboard.rules.known import known_protocols
from leaderboard.server import export
from leaderboard.server.answers import PUBLIC, ApiError, as_json, public_json
from leaderboard.server.context import Here, Needs, token_of
from leaderboard.server.headers import NOTHING
from leaderboard.server.tables import table_content
from leaderboard.store.audit import entries as audit_entries
from leaderboard.store.schema import MOST_NUMBER
from leaderboard.store.tokens import Token
from leaderboard.tables import measured_tables
from leaderboard.text import unknown

_MOST = 1000  # of a list in one answer

router = APIRouter()


@router.get("/health", summary="Whether the database answers")
def health(here: Here) -> Response:
    """Its revision, which grows with every write."""
    return as_json({"status": "ok", "revision": here.store.revision()})


@router.get("/protocols", summary="Protocols that submissions may name")
def protocols(here: Here) -> Response:
    """Name, version and number of cases of each shipped protocol, and of what else was submitted."""
    counts: dict[str, int] = {}
    for one in here.store.submissions():
        counts[one.group.protocol] = counts.get(one.group.protocol, 0) + 1
    known = known_protocols()
    listed = [
        {
            "name": name,
            "version": known[name].version if name in known else None,
            "ships": name in known,
            "submissions": counts.get(name, 0),
        }
        for name in sorted({*known, *counts})
    ]
    return public_json({"protocols": listed})


@router.get("/submissions", summary="Submissions in order")
def submissions(
    here: Here,
    protocol: str | None = None,
    after: Annotated[int, Query(ge=0, le=MOST_NUMBER)] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> Response:
    """Those with a number above `after`, at most `limit`; `next` is the next `after`, or null."""
    found = [one for one in here.store.submissions(protocol) if one.number > after]
    shown = found[:limit]
    following = shown[-1].number if len(found) > limit else None
    return public_json({"submissions": [_content(one) for one in shown], "next": following})


@router.get("/submissions/{number}", summary="One submission")
def submission(here: Here, number: int) -> Response:
    """What is known of it, and where its files are."""
    stored = _found(here, number)
    base = f"/api/v1/submissions/{number}"
    files = {"results": f"{base}/results.json", "bundle": f"{base}/bundle" if stored.bundle_sha256 else None}
    clips = [
        {"name": c.name, "size_bytes": c.size_bytes, "address": f"{base}/{c.name}"} for c in here.store.clips(number)
    ]
    return public_json({**_content(stored), "files": files, "clips": clips})


@router.get("/submissions/{number}/results.json", summary="The results file as it was sent")
def results(here: Here, number: int) -> Response:
    """Its row in the table can be computed again from it."""
    _found(here, number)
    return Response(here.store.document(number), media_type="application/json", headers={"Cache-Control": PUBLIC})


@router.get("/submissions/{number}/bundle", summary="The bundle as it was sent")
def bundle(here: Here, number: int) -> Response:
    """404 where only a results file came."""
    stored = _found(here, number)
    path = here.store.bundle_path(number)
    if path is None or stored.bundle_sha256 is None:
        raise ApiError(404, f"submission {number} came without a bundle")
    return _file(path, stored.bundle_sha256, "application/zip", filename=f"{stored.bundle_sha256}.bundle.zip")


@router.get("/submissions/{number}/clips/{name:path}", summary="A preview clip")
def clip(here: Here, number: int, name: str) -> Response:
    """An MP4 file; parts of it may be asked for (Range)."""
    found = next((one for one in here.store.clips(number) if one.name == f"clips/{name}"), None)
    path = here.store.clip_path(number, f"clips/{name}")
    if found is None or path is None:
        raise ApiError(404, f"submission {number} has no such clip")
    return _file(path, found.sha256, "video/mp4")


@router.get("/tables/{protocol}", summary="Tables of one protocol")
def tables(here: Here, protocol: str, sort: str | None = None) -> Response:
    """One table for each set of cases and data: only what shares them may be compared. `sort` names a metric."""
    groups = here.store.groups(protocol)
    if not groups:
        choices = {one.group.protocol for one in here.store.submissions()} | set(known_protocols())
        if protocol not in choices:
            raise ApiError(404, unknown("protocol", protocol, choices))
    try:
        found = measured_tables(groups, sort=sort)
    except SubmissionError as error:
        raise ApiError(422, str(error)) from error
    return public_json({"protocol": protocol, "tables": [table_content(one) for one in found]})


@router.get("/export.json", summary="Everything as JSON")
def export_json(here: Here) -> Response:
    """All submissions and all their numbers; results files are at the addresses of submissions."""
    return Response(export.as_json_text(here.store), media_type="application/json", headers={"Cache-Control": PUBLIC})


@router.get("/export.parquet", summary="Everything as Parquet")
def export_parquet(here: Here) -> Response:
    """One row for each number, with the columns of its submission."""
    return Response(
        export.as_parquet(here.store),
        media_type="application/vnd.apache.parquet",
        headers={"Cache-Control": PUBLIC, "Content-Disposition": 'attachment; filename="leaderboard.parquet"'},
    )


@router.get("/token", summary="Whom a token belongs to")
def token(here: Here, holder: Annotated[Token, Depends(token_of)]) -> Response:
    """Its name, scopes and end, and the longest submission that is taken here."""
    content = {"name": holder.name, "scopes": holder.scopes, "expires_at": holder.expires_at}
    most = here.settings.max_upload_bytes
    return as_json({**content, "max_upload_bytes": most}, headers={"Cache-Control": "no-store"})


@router.get("/audit", summary="Who did what")
def audit(
    here: Here,
    holder: Annotated[Token, Depends(Needs("admin"))],
    after: Annotated[int, Query(ge=0, le=MOST_NUMBER)] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> Response:
    """Lines of the log with a number above `after`; needs a token with the scope admin."""
    with here.store.database.reading() as connection:
        found = audit_entries(connection, after=after, limit=limit)
    return as_json({"entries": [asdict(one) for one in found]}, headers={"Cache-Control": "no-store"})


def _found(here: Any, number: int) -> StoredSubmission:
    try:
        stored: StoredSubmission = here.store.submission(number)
    except SubmissionError as error:
        raise ApiError(404, f"there is no submission {number}") from error
    return stored


def _content(one: StoredSubmission) -> dict[str, Any]:
    content = asdict(one)
    return {"submission": content.pop("number"), **content}


def _file(path: Path, sha256: str, media_type: str, *, filename: str | None = None) -> FileResponse:
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",  # the address never shows another file
        "ETag": f'"{sha256}"',
        "Content-Security-Policy": NOTHING,
    }
    return FileResponse(path, media_type=media_type, headers=headers, filename=filename)
