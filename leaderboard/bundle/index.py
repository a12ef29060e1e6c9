"""The index of a bundle's features: which rows of which array are of which video, and which videos make a case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from benchmark.results.errors import ResultsError
from benchmark.results.loading import parse_object, validate_items
from benchmark.results.records import Count, Name, Positive, Record, Sha256, Text
from leaderboard.bundle.manifest import first_line
from leaderboard.bundle.problems import Refused

INDEX = "features/index.json"
MAX_BYTES = 32 << 20
MAX_VALUES = 1_000_000
TIMES = "times"
"""Name of the array with the times of frames, the one of float64."""
_MOST = 100_000

Group = Literal["videos", "pairs", "audio", "latents"]
Place = Annotated[int, Field(ge=0, lt=_MOST)]


class VideoItem(Record):
    """One video (or image) of which there are features; see `benchmark.features.types.case.FaceFeatures`.

    Args:
        id: content id.
        reasons: per frame why there is no face, as runs of equal ones.
        faces: fields of `FacesSeen` in their order.
    """

    id: Sha256
    frames: Positive
    frame_hw: Annotated[list[Count], Field(min_length=2, max_length=2)]
    reasons: Annotated[list[tuple[Text | None, Positive]], Field(max_length=10_000)]
    problem: Text | None
    faces: Annotated[list[Count], Field(min_length=5, max_length=5)]


class ArrayItem(Record):
    """One array of features: rows of all items of its group, one after the other.

    Args:
        rows: how many each item has.
    """

    group: Group
    rows: Annotated[list[Count], Field(max_length=_MOST)]


class OutputItem(Record):
    """One output of a method, by places in the lists of the groups; see `benchmark.features.scored.ScoredCase`."""

    case_id: Name
    cluster: Name
    source_cluster: Name
    output: Place
    driver: Place
    source: Place | None
    pairs: Place | None
    audio: Place | None
    latents: Place | None
    no_source: Text | None
    no_pairs: Text | None
    no_audio: Text | None
    has_reference: bool
    fps: Annotated[float, Field(gt=0, le=10_000)]


class Index(Record):
    """Everything of the features besides their numbers.

    Args:
        stride: thinned features exist for every n-th frame.
        sizes: how many items each group has.
        arrays: by name of the feature, which is also that of the member.
        cases: by method.
    """

    version: Literal[1] = 1
    stride: Positive
    sizes: dict[Group, Count]
    videos: Annotated[list[VideoItem], Field(max_length=_MOST)]
    arrays: Annotated[dict[Name, ArrayItem], Field(max_length=200)]
    cases: Annotated[dict[Name, list[OutputItem]], Field(max_length=100)]

    def to_bytes(self) -> bytes:
        """The one text of an index."""
        return (json.dumps(self.model_dump(mode="json"), separators=(",", ":"), sort_keys=True) + "\n").encode()


def parse_index(content: bytes) -> Index:
    """Raises Refused unless it is an index as `pack` writes it, to the byte."""
    try:
        raw = parse_object(content, INDEX, most_values=MAX_VALUES)
        validate_items(raw, "videos", lambda one: VideoItem.model_validate(_tuples(one), strict=True))
        for found in _objects(raw, "arrays").values():
            _check_integers(found)
        cases = _objects(raw, "cases")
        for method in cases:
            validate_items(cases, method, lambda one: OutputItem.model_validate(one, strict=True))
        index = Index.model_validate(raw, strict=True)
    except (ResultsError, ValidationError) as error:
        raise Refused(INDEX, f"expected an index of features of version 1 but got {first_line(error)}") from error
    if index.to_bytes() != content:
        raise Refused(INDEX, "expected the text that pack writes but got another one of the same meaning")
    return index


def member_of(feature: str) -> str:
    """The member with the array of a feature.

    Example:
        >>> member_of("inception[pytorch-fid]")
        'features/inception-pytorch-fid.safetensors'
    """
    return f"features/{feature.replace('[', '-').replace(']', '')}.safetensors"


def _objects(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = raw.get(key)
    return found if isinstance(found, dict) else {}


def _tuples(item: Any) -> Any:
    """Runs of reasons as tuples, which strict validation asks for."""
    if isinstance(item, dict) and isinstance(item.get("reasons"), list):
        runs = [tuple(run) if isinstance(run, list) else run for run in item["reasons"]]
        return {**item, "reasons": runs}
    return item


def _check_integers(item: Any) -> None:
    """One message for a million wrong items."""
    rows = item.get("rows") if isinstance(item, dict) else None
    if isinstance(rows, list) and not all(type(one) is int for one in rows):
        raise ResultsError("arrays.rows: whole numbers are expected")
