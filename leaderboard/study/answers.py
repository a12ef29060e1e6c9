"""Answers as data: what a rater chose and how the clips were seen; nothing about who the rater is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from benchmark.results.records import Count, Record, Sha256
from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.cells import csv_text
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.files import read_text, regular_size
from leaderboard.errors import SubmissionError
from leaderboard.study.votes import Choice

MOST_BYTES = 256 * 2**20
MOST_ANSWERS = 1_000_000

RaterId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""A hash of the random number in a rater's link; nothing else is known of anybody."""
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


QuestionId = Annotated[str, Field(pattern=r"^q[0-9]{1,6}$")]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Browser = Annotated[str, Field(pattern=r"^[A-Za-z ]{1,20}$")]
BrowserVersion = Annotated[int, Field(ge=0, le=100_000)]


class Answer(Record):
    """One answer.

    Args:
        study: digest of the study.
        seconds: from when both outputs had been seen once to the choice.
        plays: how often the clips were played to their end.
        in_view: all pictures were in view, and the page in front, throughout the first whole playing.
        frames, frames_dropped: that the browser was to show, and did not.
        browser, browser_version: name and major version.
        day: of the server; no time of day is kept.
    """

    study: Sha256
    rater: RaterId
    question: QuestionId
    choice: Choice
    seconds: Seconds
    plays: Count
    in_view: bool
    frames: Count
    frames_dropped: Count
    browser: Browser
    browser_version: BrowserVersion
    day: Day


COLUMNS = tuple(Answer.model_fields)


def answers_digest(answers: Sequence[Answer]) -> str:
    """sha256 of all answers, in whatever order they came."""
    lines = sorted(json.dumps(one.model_dump(), sort_keys=True) for one in answers)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def save_answers(path: Path, answers: Sequence[Answer]) -> None:
    """Write a table as .csv or .parquet, whole or not at all.

    Raises:
        SubmissionError: another suffix.
    """
    import csv

    import pyarrow
    import pyarrow.parquet

    if path.suffix not in (".csv", ".parquet"):
        raise SubmissionError(f"expected a file .csv or .parquet for answers but got {path.name!r}")
    with replacing(path) as temporary:
        if path.suffix == ".csv":
            with temporary.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(COLUMNS)
                writer.writerows([_cell(one) for one in row.model_dump().values()] for row in answers)
        else:
            rows = [one.model_dump() for one in answers]
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, _parquet_schema()), temporary)


def load_answers(path: Path) -> list[Answer]:
    """Read what `save_answers` wrote, or somebody wrote in its place: every cell is checked.

    Raises:
        SubmissionError: one line that names the first row at fault.
    """
    try:
        size = regular_size(path)
        if size > MOST_BYTES:
            raise SubmissionError(f"expected answers of at most {MOST_BYTES >> 20} MB but {path} has {size >> 20}")
        rows = _csv_rows(path) if path.suffix == ".csv" else _parquet_rows(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SubmissionError(f"cannot read {path}: {words_of(error)}") from error
    found = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(Answer.model_validate(row))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise SubmissionError(f"expected answers but row {number} of {path} has {place}: {first['msg']}") from error
    twice = _first_twice([(one.rater, one.question) for one in found])
    if twice is not None:
        raise SubmissionError(f"expected one answer of each rater to each question but {path} has {twice[1]} twice")
    return found


def _first_twice(keys: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    seen: set[tuple[str, str]] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return None


def _cell(value: object) -> str:
    return csv_text(value) if isinstance(value, str) else str(value).lower()


def _csv_rows(path: Path) -> list[dict[str, str]]:
    import csv

    reader = csv.DictReader(read_text(path, at_most_bytes=MOST_BYTES).splitlines())
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise SubmissionError(f"expected the columns {', '.join(COLUMNS)} but {path} has other ones")
    return [{str(name): value for name, value in row.items()} for row in reader]


def _parquet_rows(path: Path) -> list[dict[str, object]]:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        if tuple(file.schema_arrow.names) != COLUMNS or file.metadata.num_rows > MOST_ANSWERS:
            raise SubmissionError(f"expected a table of at most {MOST_ANSWERS} answers but {path} is another one")
        rows: list[dict[str, object]] = file.read().to_pylist()
    except pyarrow.ArrowException as error:
        raise SubmissionError(f"expected answers as .csv or .parquet but {path} is neither") from error
    return rows


def _parquet_schema() -> object:
    import pyarrow

    kinds: dict[object, object] = {int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    fields = {name: kinds.get(_plain(name), pyarrow.string()) for name in COLUMNS}
    return pyarrow.schema(list(fields.items()))


def _plain(name: str) -> object:
    return Answer.model_fields[name].annotation
