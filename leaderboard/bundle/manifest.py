"""The manifest: every member of a bundle with its size and sha256, and which features were left out, and why."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from benchmark.results.errors import ResultsError
from benchmark.results.loading import parse_object
from benchmark.results.records import Bytes, Name, Record, Sha256, Text
from leaderboard.bundle.archive import MANIFEST, MAX_MEMBERS
from leaderboard.bundle.problems import Refused

MAX_BYTES = 2 << 20


class ListedMember(Record):
    """What a member must be."""

    size: Bytes
    sha256: Sha256


class Manifest(Record):
    """Everything that a bundle has besides the manifest itself.

    Args:
        left_out: by name of a feature why the bundle has it not; metrics that read it stay as stated.
    """

    format: Literal["feed-bundle"] = "feed-bundle"
    version: Literal[1] = 1
    members: Annotated[dict[Name, ListedMember], Field(max_length=MAX_MEMBERS)]
    left_out: Annotated[dict[Name, Text], Field(max_length=200)] = {}

    def to_bytes(self) -> bytes:
        """The one text of a manifest."""
        return (json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n").encode()


def parse_manifest(content: bytes) -> Manifest:
    """Raises Refused unless it is a manifest as `pack` writes it, to the byte."""
    try:
        found = Manifest.model_validate(parse_object(content, MANIFEST), strict=True)
    except (ResultsError, ValidationError) as error:
        raise Refused(MANIFEST, f"expected a manifest of version 1 but got {first_line(error)}") from error
    if found.to_bytes() != content:
        raise Refused(MANIFEST, "expected the text that pack writes but got another one of the same meaning")
    return found


def first_line(error: Exception) -> str:
    """What a validator says first, with its place."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
