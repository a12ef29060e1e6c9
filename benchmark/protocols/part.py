"""What every part of a protocol's file is: closed, frozen, with names that come once."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.corpora import CORPORA


class Part(BaseModel):
    """Base of every part: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names. Raises ValueError where one is there twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"expected each once but got {', '.join(twice)} more than once")
    return names


def _known_corpus(name: str) -> str:
    if name not in CORPORA:
        raise ValueError(unknown("corpus", name, CORPORA))
    return name


Names = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(distinct)]
CorpusName = Annotated[str, AfterValidator(_known_corpus)]
