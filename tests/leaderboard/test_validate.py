from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.results.schema import Results
from leaderboard.errors import SubmissionError
from leaderboard.protocols import KnownProtocol
from leaderboard.validate import read_submission

Write = Callable[[Any], Path]
Edit = Callable[[dict[str, Any]], None]


def edited(results: Results, edit: Edit) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(json.loads(results.to_json()))
    edit(document)
    return document


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(SubmissionError) as caught:
        read_submission(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_valid_file_is_read(results: Results, write: Write) -> None:
    assert read_submission(write(results)) == results


def test_folder_of_a_run_is_read(results: Results, write: Write) -> None:
    assert read_submission(write(results).parent) == results


def test_tampered_aggregate_names_method_and_metric(results: Results, write: Write) -> None:
    def edit(d: dict[str, Any]) -> None:
        d["aggregates"][0]["value"] += 1e-6

    message = refused(write(edited(results, edit)))
    assert "emoportraits/csim[dlib]" in message
    assert "value" in message


def test_tampered_interval_is_refused(results: Results, write: Write) -> None:
    def edit(d: dict[str, Any]) -> None:
        d["aggregates"][1]["ci_high"] += 0.1

    assert "emoportraits/pose_error_deg[mesh468]" in refused(write(edited(results, edit)))


def test_tampered_row_is_refused(results: Results, write: Write) -> None:
    def edit(d: dict[str, Any]) -> None:
        d["rows"][0]["value"] = 0.999

    assert "emoportraits/csim[dlib]" in refused(write(edited(results, edit)))


def test_hidden_failure_is_refused(results: Results, write: Write) -> None:
    def edit(d: dict[str, Any]) -> None:
        d["rows"][0]["value"] = None

    assert "3 of 4" in refused(write(edited(results, edit)))


def _drop_row(d: dict[str, Any]) -> None:
    d["rows"].pop(0)


def _extra_row(d: dict[str, Any]) -> None:
    d["rows"].append({**d["rows"][0], "case_id": "S99-x--S01"})


def _repeated_row(d: dict[str, Any]) -> None:
    d["rows"].append(d["rows"][0])


def _row_of_unknown_method(d: dict[str, Any]) -> None:
    d["rows"].append({**d["rows"][0], "method": "ghost"})


def _method_without_metric(d: dict[str, Any]) -> None:
    d["aggregates"] = [a for a in d["aggregates"] if not (a["method"] == "copy-source" and a["metric"] == "fd[dlib]")]


def _method_without_aggregates(d: dict[str, Any]) -> None:
    d["methods"].append({**d["methods"][0], "name": "idle"})


def _repeated_method(d: dict[str, Any]) -> None:
    d["methods"].append(d["methods"][0])


def _repeated_aggregate(d: dict[str, Any]) -> None:
    d["aggregates"].append(d["aggregates"][0])


def _no_cases(d: dict[str, Any]) -> None:
    d["protocol"]["case_ids"] = []


def _wrong_case_count(d: dict[str, Any]) -> None:
    d["aggregates"][2].update(cases_expected=9, cases_scored=9)


def _other_direction(d: dict[str, Any]) -> None:
    d["aggregates"][0]["higher_is_better"] = False


def _reversed_interval(d: dict[str, Any]) -> None:
    d["aggregates"][2].update(ci_low=2.0, ci_high=1.0)


def _value_beside_not_computed(d: dict[str, Any]) -> None:
    d["aggregates"][3]["value"] = 3.0


def _failure_of_unknown_case(d: dict[str, Any]) -> None:
    d["failures"] = [{"method": None, "case_id": "nowhere", "stage": "data", "reason": "truncated"}]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (_drop_row, "missing 'S05-a--S06'"),
        (_extra_row, "extra 'S99-x--S01'"),
        (_repeated_row, "repeated 'S05-a--S06'"),
        (_row_of_unknown_method, "ghost"),
        (_method_without_metric, "missing 'fd[dlib]'"),
        (_method_without_aggregates, "missing 'idle'"),
        (_repeated_method, "repeated 'emoportraits'"),
        (_repeated_aggregate, "repeated 'emoportraits/csim[dlib]'"),
        (_no_cases, "at least one case"),
        (_wrong_case_count, "expected 4 cases"),
        (_other_direction, "one level, unit and direction"),
        (_reversed_interval, "ci_low <= ci_high"),
        (_value_beside_not_computed, "beside not_computed"),
        (_failure_of_unknown_case, "extra 'nowhere'"),
    ],
)
def test_inconsistent_tables_are_refused(results: Results, write: Write, edit: Edit, expected: str) -> None:
    assert expected in refused(write(edited(results, edit)))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("field", ['"value": 12.5', '"generate": 1.0', '"seconds_generate": 1.5'])
def test_numbers_that_are_not_finite_are_refused(results: Results, write: Write, field: str, number: str) -> None:
    text = results.to_json()
    assert field in text
    key = field.split(":")[0]
    assert "finite" in refused(write(text.replace(field, f"{key}: {number}", 1)))


@pytest.mark.parametrize("content", ["", "[]", "null", "{", "\ufeff{}", "[" * 100_000, b"\xff\xfe\x00", b"\x00" * 64])
def test_what_is_no_results_file_is_refused(write: Write, content: str | bytes) -> None:
    refused(write(content))


def test_truncated_file_is_refused(results: Results, write: Write) -> None:
    text = results.to_json()
    for end in (len(text) // 7, len(text) // 2, len(text) - 3):
        refused(write(text[:end]))


@pytest.mark.parametrize("version", ["0.9", "2.0", 1, None])
def test_other_schema_version_is_refused(results: Results, write: Write, version: object) -> None:
    message = refused(write(edited(results, lambda d: d.update(schema_version=version))))
    assert "schema_version" in message


def test_unknown_keys_are_refused(results: Results, write: Write) -> None:
    assert "rank" in refused(write(edited(results, lambda d: d.update(rank=1))))


def test_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    with path.open("wb") as stream:
        stream.truncate(10**12)  # sparse: reading it would not end well
    assert "at most 64 MB" in refused(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    import os

    assert "cannot read" in refused(tmp_path / "missing.json")
    assert "cannot read" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refused(tmp_path / "pipe")


def test_message_of_a_hostile_name_is_one_printable_line(results: Results, write: Write) -> None:
    name = "evil\u001b[2J\nsubmission 1 stored\u202e"
    message = refused(write(edited(results, lambda d: d["rows"].append({**d["rows"][0], "method": name}))))
    assert message.isprintable()


class TestKnownProtocol:
    @pytest.fixture
    def known(self, results: Results) -> dict[str, KnownProtocol]:
        p, data = results.protocol, results.data
        exact = KnownProtocol(p.name, p.version, p.case_list_sha256, tuple(p.case_ids), data.name, data.digest)
        return {p.name: exact}

    def test_exact_match_is_accepted(self, results: Results, write: Write, known: dict[str, KnownProtocol]) -> None:
        assert read_submission(write(results), known=known) == results

    @pytest.mark.parametrize(
        ("part", "key", "value", "expected"),
        [
            ("protocol", "version", "2", "expected version 1 but got 2"),
            ("protocol", "case_list_sha256", "c" * 64, "expected case list aaaaaaaaaaaa"),
            ("data", "digest", "e" * 64, "expected data feed-mini dddddddddddd"),
            ("data", "name", "feed", "expected data feed-mini"),
        ],
    )
    def test_other_inputs_are_refused(
        self,
        results: Results,
        write: Write,
        known: dict[str, KnownProtocol],
        part: str,
        key: str,
        value: str,
        expected: str,
    ) -> None:
        document = edited(results, lambda d: d[part].update({key: value}))
        assert expected in refused(write(document), known=known)

    def test_consistent_subset_of_cases_is_refused(
        self, results: Results, write: Write, known: dict[str, KnownProtocol]
    ) -> None:
        longer = {
            name: KnownProtocol(**{**vars(exact), "case_ids": (*exact.case_ids, "S08-a--S05")})
            for name, exact in known.items()
        }
        assert "missing 'S08-a--S05'" in refused(write(results), known=longer)

    def test_limit_means_the_first_cases(self, write: Write, results: Results, known: dict[str, KnownProtocol]) -> None:
        document = edited(results, lambda d: d["protocol"].update(limit=4))
        longer = {
            name: KnownProtocol(**{**vars(exact), "case_ids": (*exact.case_ids, "S08-a--S05")})
            for name, exact in known.items()
        }
        assert read_submission(write(document), known=longer).protocol.limit == 4
        shifted = {
            name: KnownProtocol(**{**vars(exact), "case_ids": ("S08-a--S05", *exact.case_ids)})
            for name, exact in known.items()
        }
        assert "extra 'S06-b--S08'" in refused(write(document), known=shifted)
