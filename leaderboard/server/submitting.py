"""POST /submissions: received, checked, stored; sent again with the same key, answered again."""

from __future__ import annotations

import re
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from leaderboard.errors import AlreadyStored, SubmissionError
from leaderboard.server.answers import ApiError, as_json
from leaderboard.server.checking import Outcome
from leaderboard.server.context import Context, Here, Needs
from leaderboard.server.uploads import Upload, received
from leaderboard.store.audit import record
from leaderboard.store.submissions import Attachments, RequestKey
from leaderboard.store.tokens import Token
from leaderboard.verdicts import is_beyond

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_SHOWN = 3  # problems in the audit log

router = APIRouter()


@router.post("/submissions", status_code=201, summary="Send a results file or a bundle")
async def submit(request: Request, here: Here, token: Annotated[Token, Depends(Needs("submit"))]) -> Response:
    """Check what is sent, and store it.

    The body is a results file (`Content-Type: application/json`) or a bundle (`application/zip`). With the header
    `Idempotency-Key` a request may be sent again: it is answered with the same submission (200 instead of 201).
    Without it, the same results are refused with 409, which names the submission that has them. Where they come with
    a bundle now, from which their numbers can be followed farther, that submission gets the bundle and its verdict.
    """
    _limited(here, token)
    key_text = _key_of(request)
    async with received(request, here.incoming, here.settings.max_upload_bytes) as upload:
        key = None if key_text is None else RequestKey(key_text, upload.sha256)
        try:
            if key is not None:
                before = await to_thread.run_sync(here.store.answered, token.name, key)
                if before is not None:
                    return await _answer(here, before, 200)
            outcome = await here.checker.check(upload)
            if outcome.prepared is None:
                await to_thread.run_sync(_record_refusal, here, token, upload, outcome)
                raise ApiError(422, "the submission is not accepted", more={"problems": list(outcome.problems)})
            number = await to_thread.run_sync(_store, here, token, upload, outcome, key)
        except SubmissionError as error:
            raise ApiError.of(error) from error
        here.revision.expire()
        return await _answer(here, number, 201)


def _limited(here: Context, token: Token) -> None:
    wait_s = here.per_token.wait_s(str(token.number))
    if wait_s:
        raise ApiError(429, f"this token has sent too much; again in {wait_s} s", headers={"Retry-After": str(wait_s)})


def _key_of(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise ApiError(400, "expected 1 to 200 printable ASCII characters without spaces as Idempotency-Key")
    return key


def _store(here: Context, token: Token, upload: Upload, outcome: Outcome, key: RequestKey | None) -> int:
    assert outcome.prepared is not None
    attachments = Attachments(upload.path if upload.is_bundle else None, outcome.clips)
    store, prepared = here.store, outcome.prepared
    try:
        return store.add_prepared(prepared, attachments=attachments, submitter=token.name, key=key)
    except AlreadyStored as error:  # they came without a bundle, or by somebody whose features did not all fit
        number = error.submission
        if not is_beyond(outcome.verdict, store.submission(number).verdict):
            raise
    store.follow(number, outcome.verdict, prepared=prepared, attachments=attachments, submitter=token.name, key=key)
    return number


def _record_refusal(here: Context, token: Token, upload: Upload, outcome: Outcome) -> None:
    first = [f"{one['place']}: {one['message']}" for one in outcome.problems[:_SHOWN]]
    detail: dict[str, Any] = {"problems": len(outcome.problems), "first": first}
    with here.store.database.writing() as connection:
        record(connection, token.name, "submission.refused", f"upload {upload.sha256}", **detail)


async def _answer(here: Context, number: int, status: int) -> Response:
    stored = await to_thread.run_sync(here.store.submission, number)
    content = {"submission": number, "verdict": stored.verdict, "submitted_at": stored.submitted_at}
    return as_json(content, status=status, headers={"Location": f"/api/v1/submissions/{number}"})
