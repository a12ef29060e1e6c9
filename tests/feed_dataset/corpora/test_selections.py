"""The paper's choice of sources: FFHQ adults alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feed_dataset.corpora.ffhq_labels import (
    FfhqLabelError,
    FfhqLabels,
    merge,
    read_aging_labels,
    read_features,
    refusal,
    select_sources,
)

HEADER = (
    "image_number,age_group,age_group_confidence,gender,gender_confidence,"
    "head_pitch,head_roll,head_yaw,left_eye_occluded,right_eye_occluded,glasses"
)


def aging(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "ffhq_aging_labels.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def row(image: int, group: str, confidence: str = "0.8") -> str:
    return f"{image},{group},{confidence},female,1.0,-1.5,2.0,0.1,3.1,0.0,None"


def features(folder: Path, **ages: list[float]) -> Path:
    for name, years in ages.items():
        faces = [{"faceRectangle": {"top": 40}, "faceAttributes": {"age": age}} for age in years]
        (folder / f"{name.removeprefix('n')}.json").write_text(json.dumps(faces))
    return folder


def test_adults_alone_are_let_through(tmp_path: Path) -> None:
    people = read_aging_labels(aging(tmp_path, row(0, "20-29"), row(1, "7-9"), row(2, "30-39"), row(3, "15-19")))
    faces = read_features(features(tmp_path, n00000=[24.0], n00001=[8.0], n00002=[31.0, 33.0], n00003=[21.0]))
    labels = merge(people, faces)
    assert select_sources(labels) == (0,)
    reasons = [refusal(labels[image]) for image in range(4)]
    assert reasons[0] is None
    assert reasons[1:] == [
        "may be 7 years old, expected 18 or more",
        "2 faces were found, expected 1",
        "may be 15 years old, expected 18 or more",
    ]


def test_the_younger_of_two_labels_counts(tmp_path: Path) -> None:
    people = read_aging_labels(aging(tmp_path, row(5, "20-29")))
    faces = read_features(features(tmp_path, n00005=[16.0]))
    assert refusal(merge(people, faces)[5]) == "may be 16 years old, expected 18 or more"


def test_what_is_not_known_is_not_let_through(tmp_path: Path) -> None:
    only_ages = read_aging_labels(aging(tmp_path, row(0, "40-49")))
    assert refusal(only_ages[0]) == "the number of persons is not known"
    no_face = read_features(features(tmp_path, n00000=[]))
    assert refusal(no_face[0]) == "0 faces were found, expected 1"
    assert refusal(FfhqLabels(0, None, None, 1)) == "the age is not known"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (row(70_000, "20-29"), "image number below 70000"),
        (row(3, "21-29"), "age group"),
        (row(3, "20-29", "1.5"), "confidence from 0 to 1"),
        (row(3, "20-29", "nan"), "confidence from 0 to 1"),
        (row(3, "20-29", ""), "confidence from 0 to 1"),
        ("3", "age group"),
        (f"{row(3, '20-29')}\n{row(3, '20-29')}", "line 3: image 3 is there twice"),
    ],
)
def test_malformed_rows_are_errors_with_the_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(FfhqLabelError, match=message):
        read_aging_labels(aging(tmp_path, line))


def test_other_tables_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FfhqLabelError, match="age_group is missing"):
        read_aging_labels(aging(tmp_path, "1,2", header="image_number,age"))
    with pytest.raises(FfhqLabelError, match="no rows"):
        read_aging_labels(aging(tmp_path))
    with pytest.raises(FfhqLabelError, match="No such file"):
        read_aging_labels(tmp_path / "absent.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FfhqLabelError, match="bytes.csv"):
        read_aging_labels(tmp_path / "bytes.csv")


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"age": 3}', "[{}]", '[{"faceAttributes": {"age": "3"}}]', '[{"faceAttributes": {"age": NaN}}]'],
)
def test_malformed_features_are_errors_with_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "00007.json").write_text(text)
    with pytest.raises(FfhqLabelError, match="00007.json"):
        read_features(tmp_path)


def test_a_folder_without_features_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FfhqLabelError, match="got none"):
        read_features(tmp_path)
