"""study.json: everything that decides what raters see, validated; the media lie beside it under their sha256.

STUDY/study.json         this document
STUDY/media/SHA256.mp4   one video for each case and two outputs: driver, first and second output side by side
STUDY/media/SHA256.png   sources, and the same for cases of one frame
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from benchmark.results.errors import ResultsError
from benchmark.results.loading import read_object
from benchmark.results.records import Name, Positive, Record, Seed, Sha256, Text
from benchmark.results.schema import write_text_atomic
from leaderboard.errors import SubmissionError
from leaderboard.study.votes import Choice, Kind

STUDY_FILE = "study.json"
MEDIA_FOLDER = "media"
MOST_BYTES = 64 * 2**20
_MANY = 100_000

Check = Literal["identical", "wrong-driver", "copy-source"]
"""identical: the same output twice. wrong-driver: the driver itself beside another driver. copy-source: the source
itself beside another source. Each has one right answer, whatever the methods are worth."""


class Media(Record):
    """One file of `media`.

    Args:
        tile_px: side of a picture in it.
        tiles: pictures beside each other.
        fps: on average.
    """

    kind: Literal["mp4", "png"]
    tile_px: Positive
    tiles: Annotated[int, Field(ge=1, le=3)]
    frames: Positive
    fps: Annotated[float, Field(gt=0, le=1000)]
    bytes: Positive


class Question(Record):
    """One question with the sides on which its outputs stand.

    Args:
        id: says nothing of what is asked.
        media: driver, first and second output.
        source: image of the source.
        first, second: methods; of a check what stands there, in words.
        swapped: the second one stands left.
        check: None for a question that counts.
        expected: the right answer of a check.
    """

    id: Annotated[str, Field(pattern=r"^q[0-9]{1,6}$")]
    kind: Kind
    case_id: Name
    media: Sha256
    source: Sha256
    first: Name
    second: Name
    swapped: bool
    check: Check | None = None
    expected: Choice | None = None

    @model_validator(mode="after")
    def _checks_have_answers(self) -> Question:
        if (self.check is None) != (self.expected is None):
            raise ValueError(f"expected a right answer of checks, and of nothing else, in {self.id}")
        if self.check is None and self.first == self.second:
            raise ValueError(f"expected two methods but got {self.first!r} twice in {self.id}")
        return self

    @property
    def left(self) -> str:
        return self.second if self.swapped else self.first

    @property
    def right(self) -> str:
        return self.first if self.swapped else self.second


class StudyMethod(Record):
    """A method, the run that it was taken from, and one hash of its frames of all cases."""

    name: Name
    weights_sha256: Sha256 | None
    run_fingerprint: Sha256
    outputs_sha256: Sha256


class StudyProtocol(Record):
    """On what the outputs were made."""

    name: Name
    version: Name
    case_list_sha256: Sha256
    data_name: Name
    data_digest: Text


class LeftOut(Record):
    """A case that is not asked about, and why."""

    case_id: Name
    reason: Text


class Study(Record):
    """The whole document.

    Args:
        forms: ids of questions in the order in which one rater sees them; the next rater gets the next form.
    """

    format: Literal["feed-study"] = "feed-study"
    version: Literal[1] = 1
    title: Text
    seed: Seed
    protocol: StudyProtocol
    methods: Annotated[list[StudyMethod], Field(min_length=2, max_length=100)]
    media: Annotated[dict[Sha256, Media], Field(max_length=_MANY)]
    questions: Annotated[list[Question], Field(min_length=1, max_length=_MANY)]
    forms: Annotated[list[Annotated[list[Name], Field(min_length=1, max_length=1000)]], Field(min_length=1)]
    left_out: Annotated[list[LeftOut], Field(max_length=_MANY)] = []

    @model_validator(mode="after")
    def _all_named_things_exist(self) -> Study:
        names = {one.name for one in self.methods}
        if len(names) < len(self.methods):
            raise ValueError("expected each method once")
        ids = {one.id for one in self.questions}
        if len(ids) < len(self.questions):
            raise ValueError("expected each question id once")
        for one in self.questions:
            if one.media not in self.media or one.source not in self.media:
                raise ValueError(f"expected the media of {one.id} in the list of media but they are not")
            if one.check is None and not {one.first, one.second} <= names:
                raise ValueError(f"expected methods of the study in {one.id} but got {one.first}, {one.second}")
        for place, form in enumerate(self.forms):
            if len(set(form)) < len(form) or not set(form) <= ids:
                raise ValueError(f"expected questions of the study, each once, in form {place}")
        return self

    @cached_property
    def by_id(self) -> dict[str, Question]:
        return {one.id: one for one in self.questions}

    @property
    def method_names(self) -> list[str]:
        return [one.name for one in self.methods]

    def to_json(self) -> str:
        """Canonical text: sorted keys."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True, allow_nan=False) + "\n"

    @cached_property
    def digest(self) -> str:
        """sha256 of the canonical text: which study an answer belongs to."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def save(self, folder: Path) -> None:
        """Write the document into a study's folder, whole or not at all."""
        write_text_atomic(folder / STUDY_FILE, self.to_json())

    @classmethod
    def load(cls, path: Path) -> Study:
        """Read and validate.

        Args:
            path: the document, or the folder that has it.

        Raises:
            SubmissionError: one line.
        """
        file = path / STUDY_FILE if path.is_dir() else path
        try:
            return cls.of_content(read_object(file, max_bytes=MOST_BYTES))
        except ResultsError as error:
            raise SubmissionError(f"expected a study: {error}") from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise SubmissionError(f"expected a study but {file} has {place or 'a fault'}: {first['msg']}") from error

    @classmethod
    def of_content(cls, content: dict[str, Any]) -> Study:
        """Validate what JSON gave. Raises ValidationError."""
        return cls.model_validate_json(json.dumps(content), strict=True)


def media_path(folder: Path, sha256: str, kind: str) -> Path:
    """Where a file of a study's folder lies."""
    return folder / MEDIA_FOLDER / f"{sha256}.{kind}"
