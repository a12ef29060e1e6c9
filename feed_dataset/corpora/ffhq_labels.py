"""Who is in an FFHQ image: public age labels, and the paper's filter "non-child, single-person" (section 6.1).

Two public sources, either or both:

- `ffhq_aging_labels.csv` of the FFHQ-Aging dataset (Or-El et al., ECCV 2020): an age group per image, agreed by
  people. It says nothing about how many persons there are.
- the folder `json` of the ffhq-features-dataset: per image the list of faces that a face service found in the
  128 px thumbnail, each with an age in years (`[{"faceAttributes": {"age": 36.0, ...}}]`). The list has no entry
  where it found no face and several where it found several, so it is the one that says "single person". A second
  person too small or too much cut off for the service is not seen; the person looking at a sheet is the judge.

The paper states no age. `ADULT_YEARS` is 18: an age group counts as adult when it starts at 18 or later, so that
15-19, which is mostly of age and partly not, is left out. (The name of an index file in the official code holds a
16, which the 15-19 group would break as well.)
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.jobs.files import read_text, regular_size
from feed_dataset.corpora.ffhq import COUNT

ADULT_YEARS = 18
AGE_GROUPS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "0-2": (0, 2),
        "3-6": (3, 6),
        "7-9": (7, 9),
        "10-14": (10, 14),
        "15-19": (15, 19),
        "20-29": (20, 29),
        "30-39": (30, 39),
        "40-49": (40, 49),
        "50-69": (50, 69),
        "70-120": (70, 120),
    }
)
CSV_COLUMNS = ("image_number", "age_group", "age_group_confidence")
_JSON_NAME = re.compile(r"\d{5}")


class FfhqLabelError(FeedError):
    """Metadata of FFHQ is missing, or not in its documented format."""


@dataclass(frozen=True)
class FfhqLabels:
    """What the public metadata says about one image; None where a source is silent."""

    image: int
    age_years: tuple[float, float] | None  # youngest and oldest that the label allows, all persons together
    age_confidence: float | None  # 0 to 1, of the age group
    person_count: int | None


def read_aging_labels(path: Path) -> Mapping[int, FfhqLabels]:
    """Image number -> labels of `ffhq_aging_labels.csv`. Raises FfhqLabelError, with the line."""
    labels: dict[int, FfhqLabels] = {}
    try:
        regular_size(path)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in CSV_COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise FfhqLabelError(f"expected columns {', '.join(CSV_COLUMNS)} in {path} but {missing[0]} is missing")
            for row in reader:
                found = _of_row(row, f"{path}, line {reader.line_num}")
                if found.image in labels:
                    raise FfhqLabelError(f"{path}, line {reader.line_num}: image {found.image} is there twice")
                labels[found.image] = found
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FfhqLabelError(f"expected FFHQ-Aging labels in {path} but got: {words_of(error)}") from error
    if not labels:
        raise FfhqLabelError(f"expected FFHQ-Aging labels in {path} but got no rows")
    return MappingProxyType(labels)


def read_features(folder: Path) -> Mapping[int, FfhqLabels]:
    """Image number -> labels of the ffhq-features-dataset's folder `json`. Raises FfhqLabelError, with the file."""
    paths = sorted(path for path in folder.glob("*.json") if _JSON_NAME.fullmatch(path.stem))
    if not paths:
        raise FfhqLabelError(f"expected files 00000.json, 00001.json, ... in {folder} but got none")
    return MappingProxyType({int(path.stem): _of_json(path) for path in paths})


def merge(aging: Mapping[int, FfhqLabels], features: Mapping[int, FfhqLabels]) -> Mapping[int, FfhqLabels]:
    """Both sources together: ages and confidence of people's labels, persons of the service; ages of either."""
    merged: dict[int, FfhqLabels] = {}
    for image in sorted({*aging, *features}):
        first, second = aging.get(image), features.get(image)
        one, two = first or second, second or first
        assert one is not None and two is not None
        spans = [span for span in (one.age_years, two.age_years) if span is not None]
        years = (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None
        merged[image] = FfhqLabels(image, years, one.age_confidence, two.person_count)
    return MappingProxyType(merged)


def refusal(labels: FfhqLabels, *, adult_years: int = ADULT_YEARS) -> str | None:
    """Why an image is not "non-child, single-person", or None when it is. Unknown is never taken for yes."""
    if labels.person_count is None:
        return "the number of persons is not known"
    if labels.person_count != 1:
        return f"{labels.person_count} faces were found, expected 1"
    if labels.age_years is None:
        return "the age is not known"
    if labels.age_years[0] < adult_years:
        return f"may be {labels.age_years[0]:g} years old, expected {adult_years} or more"
    return None


def select_sources(labels: Mapping[int, FfhqLabels], *, adult_years: int = ADULT_YEARS) -> tuple[int, ...]:
    """Numbers of the images that the paper's filter lets through, ascending."""
    return tuple(image for image in sorted(labels) if refusal(labels[image], adult_years=adult_years) is None)


def _of_row(row: Mapping[str, str | None], where: str) -> FfhqLabels:
    number, group, confidence = (row[name] for name in CSV_COLUMNS)
    if number is None or not number.isascii() or not number.isdigit() or int(number) >= COUNT:
        raise FfhqLabelError(f"{where}: expected an image number below {COUNT} but got {number!r}")
    if group is None or group not in AGE_GROUPS:
        raise FfhqLabelError(f"{where}: expected an age group among {', '.join(AGE_GROUPS)} but got {group!r}")
    share = _share(confidence)
    if share is None:
        raise FfhqLabelError(f"{where}: expected a confidence from 0 to 1 but got {confidence!r}")
    low, high = AGE_GROUPS[group]
    return FfhqLabels(int(number), (float(low), float(high)), share, None)


def _share(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None


def _of_json(path: Path) -> FfhqLabels:
    try:
        faces = json.loads(read_text(path))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise FfhqLabelError(f"expected a list of faces in {path} but got: {words_of(error)}") from error
    if not isinstance(faces, list):
        raise FfhqLabelError(f"expected a list of faces in {path} but got {type(faces).__name__}")
    ages = [_age(face, path) for face in faces]
    if int(path.stem) >= COUNT:
        raise FfhqLabelError(f"expected an image number below {COUNT} but got {path}")
    return FfhqLabels(int(path.stem), (min(ages), max(ages)) if ages else None, None, len(ages))


def _age(face: object, path: Path) -> float:
    attributes = face.get("faceAttributes") if isinstance(face, dict) else None
    age = attributes.get("age") if isinstance(attributes, dict) else None
    if isinstance(age, bool) or not isinstance(age, int | float) or not math.isfinite(age) or not 0 <= age <= 130:
        raise FfhqLabelError(f"expected faceAttributes.age in years in {path} but got {age!r}")
    return float(age)
