"""Accepted submissions: the whole document, its aggregates as rows for the tables, its bundle and clips as files."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from feed_dataset.core.jobs.cells import one_line
from leaderboard.entries import Clip, Entry, Group, StoredSubmission
from leaderboard.errors import AlreadyStored, KeyReused, StoreUnavailable, SubmissionError
from leaderboard.store.audit import changed, now, record
from leaderboard.store.database import Database
from leaderboard.store.files import ContentFiles
from leaderboard.store.known_entries import KnownEntries
from leaderboard.store.place import Place, default_place
from leaderboard.store.prepared import SELF_REPORTED, Prepared, prepare
from leaderboard.store.schema import BOARD, CLIPS, ENTRIES, REQUESTS, SUBMISSIONS, is_number
from leaderboard.verdicts import is_beyond

if TYPE_CHECKING:
    from leaderboard.validate import Submission

LOCAL = "local"
"""Who acts where no token is asked for: somebody on the machine."""


@dataclass(frozen=True)
class RequestKey:
    """A client's own name for a request, so that it can send it again without doubling anything.

    Args:
        key: any text; each submitter has keys of its own.
        sha256: of the request's body.
    """

    key: str
    sha256: str


@dataclass(frozen=True)
class Attachments:
    """Files that come with a submission.

    Args:
        bundle: the archive.
        clips: previews by their name in it.
    """

    bundle: Path | None = None
    clips: Mapping[str, Path] = field(default_factory=dict)


class Store:
    """A leaderboard's database and files. Every write is one transaction, with its line in the audit log.

    Args:
        place: a SQLite file, or the URL of SQLite or PostgreSQL; `default_place()` when None.
        files: folder of bundles and clips; beside the SQLite file when None.

    Raises:
        SubmissionError: `place` is neither.

    Example:
        >>> Store("board.sqlite3").groups()  # doctest: +SKIP
        {}
    """

    def __init__(self, place: str | Path | None = None, *, files: Path | None = None) -> None:
        found = Place.of(default_place() if place is None else place)
        self.database = Database(found)
        root = files or found.files
        self._files = None if root is None else ContentFiles(root)
        self._entries = KnownEntries()

    @property
    def name(self) -> str:
        """The file, or the URL without its password."""
        return self.database.place.name

    @property
    def files(self) -> Path | None:
        """Folder of bundles and clips; None where none was named and a server's database has none of its own."""
        return None if self._files is None else self._files.root

    def add(
        self,
        submission: Submission,
        *,
        verdict: str = SELF_REPORTED,
        evidence: Mapping[str, str] | None = None,
        attachments: Attachments | None = None,
        submitter: str | None = None,
        key: RequestKey | None = None,
    ) -> int:
        """Store checked results; the number of the submission.

        The document is kept as it was sent; tables show the aggregates that were derived from it. Files are on disk
        before the row that names them is.

        Args:
            submission: checked.
            verdict: what the check found.
            evidence: the same for single metrics; those not named are self-reported.
            attachments: files that come with it.
            submitter: name of a token; None for somebody on the machine.
            key: where it was answered before, the same number is returned and nothing is written.

        Raises:
            AlreadyStored: the same results are there.
            KeyReused: the key came with another request before.
            SubmissionError: text that no database can hold.
            StoreUnavailable: the database or the folder cannot be used.
        """
        prepared = prepare(submission, verdict=verdict, evidence=evidence)
        return self.add_prepared(prepared, attachments=attachments, submitter=submitter, key=key)

    def add_prepared(
        self,
        prepared: Prepared,
        *,
        attachments: Attachments | None = None,
        submitter: str | None = None,
        key: RequestKey | None = None,
    ) -> int:
        """As `add`, of what another process has prepared."""
        actor = submitter or LOCAL
        fingerprint = str(prepared.values["fingerprint"])
        if not self.database.is_absent:
            with self.database.reading() as connection:  # before files are copied: most duplicates end here
                answered = self._answered(connection, actor, key, fingerprint)
            if answered is not None:
                return answered
        bundle_sha256, clips = self._keep(attachments or Attachments())
        values = {**prepared.values, "document": prepared.document, "submitted_at": now(), "submitter": submitter}
        with self.database.writing() as connection:
            answered = self._answered(connection, actor, key, fingerprint)
            if answered is not None:
                return answered
            number = _insert_unless_there(connection, {**values, "bundle_sha256": bundle_sha256})
            if number is None:  # another transaction of a server's database was faster
                answered = self._answered(connection, actor, key, fingerprint)
                assert answered is not None
                return answered
            connection.execute(insert(ENTRIES), [{"submission": number, **one} for one in prepared.entries])
            if clips:
                connection.execute(insert(CLIPS), [{"submission": number, **vars(clip)} for clip in clips])
            if key is not None:
                one = {"submitter": actor, "key": key.key, "request_sha256": key.sha256, "submission": number}
                connection.execute(insert(REQUESTS).values(**one))
            verdict = str(values["verdict"])
            record(connection, actor, "submission.accepted", f"submission {number}", verdict=verdict)
            changed(connection)
        return number

    def follow(
        self,
        number: int,
        verdict: str,
        *,
        prepared: Prepared | None = None,
        attachments: Attachments | None = None,
        submitter: str | None = None,
        key: RequestKey | None = None,
    ) -> None:
        """Let the numbers of a stored submission be followed farther than when it came.

        Args:
            number: of the submission.
            verdict: beyond the one that it has.
            prepared: the same results, as a check of the bundle that came with them now has left them; None where the
                bundle is there already and was only looked at again.
            attachments: the bundle and its clips.
            submitter: name of a token; None for somebody on the machine.
            key: answered with the same number from now on.

        Raises:
            SubmissionError: no such submission, other results, or a verdict that is not beyond the one there.
            StoreUnavailable: the database or the folder cannot be used.
        """
        actor = submitter or LOCAL
        before = self.submission(number)
        if prepared is not None and prepared.values["fingerprint"] != before.fingerprint:
            raise SubmissionError(f"expected the results of submission {number} but got others")
        bundle_sha256, clips = self._keep(attachments or Attachments())
        with self.database.writing() as connection:
            here = SUBMISSIONS.c.id == number
            stored = str(connection.execute(select(SUBMISSIONS.c.verdict).where(here)).scalar_one())
            if not is_beyond(verdict, stored):
                raise SubmissionError(
                    f"expected a verdict beyond {stored}, which submission {number} has, but got {verdict}"
                )
            connection.execute(update(SUBMISSIONS).where(here).values(verdict=verdict))
            if prepared is not None:
                connection.execute(update(SUBMISSIONS).where(here).values(bundle_sha256=bundle_sha256))
                connection.execute(delete(ENTRIES).where(ENTRIES.c.submission == number))
                connection.execute(insert(ENTRIES), [{"submission": number, **one} for one in prepared.entries])
            if clips:
                connection.execute(delete(CLIPS).where(CLIPS.c.submission == number))
                connection.execute(insert(CLIPS), [{"submission": number, **vars(clip)} for clip in clips])
            if key is not None:
                one = {"submitter": actor, "key": key.key, "request_sha256": key.sha256, "submission": number}
                connection.execute(insert(REQUESTS).values(**one))
            record(connection, actor, "submission.followed", f"submission {number}", verdict=verdict, before=stored)
            changed(connection)

    def answered(self, submitter: str, key: RequestKey) -> int | None:
        """The submission that a request with this key made before; None for a new key.

        Raises:
            KeyReused: the key came with another request before.
        """
        if self.database.is_absent:
            return None
        with self.database.reading() as connection:
            return _before(connection, submitter, key)

    def document(self, submission: int) -> str:
        """The results file of a submission, as it was sent: its row can be recomputed from it.

        Raises:
            SubmissionError: no such submission.
        """
        query = select(SUBMISSIONS.c.document).where(SUBMISSIONS.c.id == submission)
        with self.database.reading() as connection:
            found = connection.execute(query).scalar() if is_number(submission) else None
        if found is None:
            raise SubmissionError(f"{self.name} has no submission {submission}")
        return zlib.decompress(found).decode()

    def groups(self, protocol: str | None = None) -> dict[Group, list[Entry]]:
        """Entries by what makes them comparable, in order of submission; empty when there is no file yet.

        Args:
            protocol: only of this one.
        """
        if self.database.is_absent:
            return {}
        query = select(
            SUBMISSIONS.c.id, SUBMISSIONS.c.verdict, *(SUBMISSIONS.c[one.name] for one in fields(Group))
        ).order_by(SUBMISSIONS.c.protocol, SUBMISSIONS.c.case_limit.is_not(None), SUBMISSIONS.c.id)
        if protocol is not None:
            query = query.where(SUBMISSIONS.c.protocol == protocol)
        found: dict[Group, list[Entry]] = {}
        with self.database.reading() as connection:
            listed = connection.execute(query).fetchall()
            entries = self._entries.of(connection, [(row.id, row.verdict) for row in listed])
        for row in listed:
            found.setdefault(Group(*row[2:]), []).extend(entries[row.id, row.verdict])
        return {group: numbers for group, numbers in found.items() if numbers}

    def submissions(self, protocol: str | None = None) -> list[StoredSubmission]:
        """All submissions in order; empty when there is no file yet.

        Args:
            protocol: only of this one.
        """
        if self.database.is_absent:
            return []
        with self.database.reading() as connection:
            return _stored(connection, protocol=protocol)

    def submission(self, number: int) -> StoredSubmission:
        """One submission.

        Raises:
            SubmissionError: no such submission.
        """
        with self.database.reading() as connection:
            found = _stored(connection, number=number) if is_number(number) else []
        if not found:
            raise SubmissionError(f"{self.name} has no submission {number}")
        return found[0]

    def clips(self, number: int) -> tuple[Clip, ...]:
        """Previews of a submission by name; none when there is no such submission."""
        if not is_number(number):
            return ()
        query = select(CLIPS).where(CLIPS.c.submission == number).order_by(CLIPS.c.name)
        with self.database.reading() as connection:
            return tuple(Clip(row.name, row.sha256, row.size_bytes) for row in connection.execute(query))

    def clip_path(self, number: int, name: str) -> Path | None:
        """The file of a preview; None when there is none of this name."""
        found = next((clip for clip in self.clips(number) if clip.name == name), None)
        return None if found is None or self._files is None else self._files.path(found.sha256)

    def bundle_path(self, number: int) -> Path | None:
        """The archive that was submitted; None where only a results file came.

        Raises:
            SubmissionError: no such submission.
        """
        sha256 = self.submission(number).bundle_sha256
        return None if sha256 is None or self._files is None else self._files.path(sha256)

    def revision(self) -> int:
        """Grows with every write: what was made of an older one may be out of date."""
        if self.database.is_absent:
            return 0
        with self.database.reading() as connection:
            return int(connection.execute(select(BOARD.c.revision)).scalar_one())

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def _keep(self, attachments: Attachments) -> tuple[str | None, list[Clip]]:
        if attachments.bundle is None and not attachments.clips:
            return None, []
        if self._files is None:
            raise StoreUnavailable(
                f"expected a folder for bundles beside {self.name} but got none; name one with --files"
            )
        bundle = None if attachments.bundle is None else self._files.keep(attachments.bundle)[0]
        return bundle, [Clip(name, *self._files.keep(path)) for name, path in attachments.clips.items()]

    def _answered(self, connection: Connection, actor: str, key: RequestKey | None, fingerprint: str) -> int | None:
        """The number that the same request got before; None for a new one. Raises as `add`."""
        same = select(SUBMISSIONS.c.id, SUBMISSIONS.c.submitted_at).where(SUBMISSIONS.c.fingerprint == fingerprint)
        there = connection.execute(same).one_or_none()
        # After the results, which a server may commit between the two, and the key with them.
        before = None if key is None else _before(connection, actor, key)
        if before is not None:
            return before
        if there is not None:
            raise AlreadyStored(
                there.id,
                f"the same results are already in {self.name}: submission {there.id} of {there.submitted_at}",
            )
        return None


def _before(connection: Connection, actor: str, key: RequestKey) -> int | None:
    query = select(REQUESTS).where(REQUESTS.c.submitter == actor, REQUESTS.c.key == key.key)
    before = connection.execute(query).one_or_none()
    if before is None:
        return None
    if before.request_sha256 != key.sha256:
        raise KeyReused(
            f"expected a new idempotency key for a new request but {one_line(key.key)!r} was used for"
            f" submission {before.submission}"
        )
    return int(before.submission)


def _insert_unless_there(connection: Connection, values: Mapping[str, Any]) -> int | None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(SUBMISSIONS).values(**values).on_conflict_do_nothing(index_elements=["fingerprint"])
    return connection.execute(statement.returning(SUBMISSIONS.c.id)).scalar()


def _stored(
    connection: Connection, *, number: int | None = None, protocol: str | None = None
) -> list[StoredSubmission]:
    columns = [one for one in SUBMISSIONS.c if one.name != "document"]
    query = select(*columns).order_by(SUBMISSIONS.c.id)
    named = select(ENTRIES.c.submission, ENTRIES.c.method, ENTRIES.c.position).order_by(
        ENTRIES.c.submission, ENTRIES.c.position
    )
    if number is not None:
        query = query.where(SUBMISSIONS.c.id == number)
        named = named.where(ENTRIES.c.submission == number)
    if protocol is not None:
        query = query.where(SUBMISSIONS.c.protocol == protocol)
        named = named.join_from(ENTRIES, SUBMISSIONS).where(SUBMISSIONS.c.protocol == protocol)
    methods: dict[int, dict[str, None]] = {}
    for row in connection.execute(named):
        methods.setdefault(row.submission, {})[row.method] = None
    return [_one_stored(row, tuple(methods.get(row.id, ()))) for row in connection.execute(query)]


def _one_stored(row: Row[Any], methods: tuple[str, ...]) -> StoredSubmission:
    group = Group(**{one.name: getattr(row, one.name) for one in fields(Group)})
    return StoredSubmission(
        row.id, row.submitted_at, row.verdict, row.submitter, row.bundle_sha256, row.fingerprint, group, methods
    )
