"""Studies, raters and answers in the leaderboard's database; the media as content-addressed files beside it."""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from leaderboard.errors import StoreUnavailable, SubmissionError
from leaderboard.store.files import ContentFiles
from leaderboard.store.schema import RATERS, STUDIES, STUDY_ANSWERS
from leaderboard.study.answers import Answer
from leaderboard.study.document import Study, media_path

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from leaderboard.store.submissions import Store

MOST_RATERS = 100_000
"""Of one study: whoever has its link can start, and a disk is finite."""
_ID_CHARACTERS = 16
_PSEUDONYM_CHARACTERS = 32
_ID = re.compile(r"[0-9a-f]{16}")
_KEPT_STUDIES = 16


class NoSuchStudy(SubmissionError):
    """No study or no rater has this id, or the rater was not asked this question."""


class AnswerStands(SubmissionError):
    """The rater answered this question otherwise before: the first answer counts."""


@dataclass(frozen=True)
class Progress:
    """How far a rater is.

    Args:
        form: ids of questions in their order.
        answered: those that have an answer.
    """

    form: tuple[str, ...]
    answered: frozenset[str]

    @property
    def next(self) -> str | None:
        """The first question without an answer; None at the end."""
        return next((one for one in self.form if one not in self.answered), None)


class StudyStore:
    """See the module.

    Args:
        store: the leaderboard's.
    """

    def __init__(self, store: Store) -> None:
        self._name, self._folder, self._database = store.name, store.files, store.database
        self.study = lru_cache(_KEPT_STUDIES)(self._read_study)

    def add(self, folder: Path) -> str:
        """Take a study in; its id. The same study again is the same id.

        Raises:
            SubmissionError: it is no study, or a file of it is missing or damaged.
        """
        study = Study.load(folder)
        for sha256, media in study.media.items():
            path = media_path(folder, sha256, media.kind)
            if not path.is_file():
                raise SubmissionError(f"expected {path} but it is not there; build the study again")
            kept, _ = self._files.keep(path)
            if kept != sha256:
                raise SubmissionError(f"expected {path} to have the sha256 of its name but it has {kept}")
        values = {
            "id": study.digest[:_ID_CHARACTERS],
            "digest": study.digest,
            "title": study.title,
            "added_on": today(),
            "document": zlib.compress(study.to_json().encode()),
        }
        with self._database.writing() as connection:
            _insert_unless_there(connection, STUDIES, values)
        return study.digest[:_ID_CHARACTERS]

    def ids(self) -> list[tuple[str, str, int, int]]:
        """Every study: id, title, raters that started, answers."""
        with self._database.reading() as connection:
            found = connection.execute(select(STUDIES.c.id, STUDIES.c.title).order_by(STUDIES.c.added_on, STUDIES.c.id))
            return [
                (one.id, one.title, _count(connection, RATERS, one.id), _count(connection, STUDY_ANSWERS, one.id))
                for one in found.all()
            ]

    def media_file(self, study_id: str, sha256: str) -> Path:
        """A file that the study's pages show. Raises NoSuchStudy."""
        if sha256 not in self.study(study_id).media:
            raise NoSuchStudy("this study has no such file")
        return self._files.path(sha256)

    def start(self, study_id: str) -> str:
        """The secret of a new rater's link: 128 random bits, of which only `pseudonym` is kept.

        Raises:
            SubmissionError: the study is full.
        """
        study, secret = self.study(study_id), secrets.token_hex(16)
        with self._database.writing() as connection:
            started = _count(connection, RATERS, study_id)
            if started >= MOST_RATERS:
                raise SubmissionError(f"expected at most {MOST_RATERS} raters but this study has them already")
            row = {"rater": pseudonym(secret), "form": started % len(study.forms), "started_on": today()}
            connection.execute(RATERS.insert().values(study=study_id, **row))
        return secret

    def progress(self, study_id: str, rater: str) -> Progress:
        """How far a rater is; `rater` is the pseudonym. Raises NoSuchStudy."""
        study = self.study(study_id)
        with self._database.reading() as connection:
            return _progress(connection, study, study_id, rater)

    def answer(self, study_id: str, answer: Answer) -> Progress:
        """Keep an answer; the same one again changes nothing.

        Raises:
            NoSuchStudy: the rater was not asked this question.
            AnswerStands: there is another answer.
        """
        study = self.study(study_id)
        values = {**answer.model_dump(exclude={"study"}), "study": study_id}
        with self._database.writing() as connection:
            if answer.question not in _progress(connection, study, study_id, answer.rater).form:
                raise NoSuchStudy("this rater was not asked this question")
            if not _insert_unless_there(connection, STUDY_ANSWERS, values):
                key = (STUDY_ANSWERS.c.rater == answer.rater) & (STUDY_ANSWERS.c.question == answer.question)
                where = (STUDY_ANSWERS.c.study == study_id) & key
                if connection.execute(select(STUDY_ANSWERS.c.choice).where(where)).scalar_one() != answer.choice:
                    raise AnswerStands("this question was answered before; the first answer counts")
            return _progress(connection, study, study_id, answer.rater)

    def answers(self, study_id: str) -> list[Answer]:
        """All answers, by rater and question."""
        digest = self.study(study_id).digest
        rows = select(STUDY_ANSWERS).where(STUDY_ANSWERS.c.study == study_id)
        with self._database.reading() as connection:
            found = connection.execute(rows.order_by(STUDY_ANSWERS.c.rater, STUDY_ANSWERS.c.question)).mappings().all()
        return [Answer.model_validate({**row, "study": digest}) for row in found]

    @property
    def _files(self) -> ContentFiles:
        if self._folder is None:
            raise StoreUnavailable(
                f"expected a folder for files beside {self._name} but got none; name one with --files"
            )
        return ContentFiles(self._folder)

    def _read_study(self, study_id: str) -> Study:
        if not _ID.fullmatch(study_id):
            raise NoSuchStudy("there is no such study")
        with self._database.reading() as connection:
            document = connection.execute(
                select(STUDIES.c.document).where(STUDIES.c.id == study_id)
            ).scalar_one_or_none()
        if document is None:
            raise NoSuchStudy("there is no such study")
        return Study.model_validate_json(zlib.decompress(document), strict=True)


def pseudonym(secret: str) -> str:
    """What is kept of the secret in a rater's link: whoever sees answers cannot answer in the rater's name."""
    return hashlib.sha256(secret.encode()).hexdigest()[:_PSEUDONYM_CHARACTERS]


def today() -> str:
    """The day, in UTC: no time of day is kept of anybody."""
    return datetime.now(UTC).date().isoformat()


def _progress(connection: Connection, study: Study, study_id: str, rater: str) -> Progress:
    where = (RATERS.c.study == study_id) & (RATERS.c.rater == rater)
    form = connection.execute(select(RATERS.c.form).where(where)).scalar_one_or_none()
    if form is None:
        raise NoSuchStudy("there is no such rater")
    answers = (STUDY_ANSWERS.c.study == study_id) & (STUDY_ANSWERS.c.rater == rater)
    answered = connection.execute(select(STUDY_ANSWERS.c.question).where(answers)).scalars().all()
    return Progress(tuple(study.forms[form]), frozenset(answered))


def _count(connection: Connection, table: Table, study_id: str) -> int:
    return int(
        connection.execute(select(func.count()).select_from(table).where(table.c.study == study_id)).scalar_one()
    )


def _insert_unless_there(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Whether a row was new."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    key = next(iter(table.primary_key.columns))
    insert = dialect.insert(table).values(values).on_conflict_do_nothing().returning(key)
    return connection.execute(insert).first() is not None


def chosen(studies: Sequence[tuple[str, str, int, int]], study_id: str | None) -> str:
    """The study that is meant; the only one where none is named. Raises SubmissionError."""
    ids = [one[0] for one in studies]
    if study_id is None and len(ids) == 1:
        return ids[0]
    if not ids:
        raise SubmissionError("expected a leaderboard with a study but it has none; take one in with study add")
    if study_id is None:
        raise SubmissionError(f"expected the ID of one of its studies but got none: {', '.join(ids)}")
    if study_id not in ids:
        raise SubmissionError(f"expected a study among {', '.join(ids)} but got {study_id}")
    return study_id
