"""The results file: schema, round trip, fingerprint, and aggregates that can be derived again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.protocols.settings import THINNING
from benchmark.results.errors import ResultsError
from benchmark.results.rederiving import rederive
from benchmark.results.schema import Results, SpeedRecord, json_schema, write_text_atomic
from scripts import export_results_schema
from tests.benchmark import harness


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    data = harness.write_data(tmp_path_factory.mktemp("data"))
    return harness.run_plan(harness.make_plan(data, tmp_path_factory.mktemp("out"))).results


def changed(results: Results, change: Callable[[dict[str, Any]], None]) -> Results:
    content = results.model_dump(mode="json")
    change(content)
    return Results.model_validate(content)


def test_round_trip(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path / "results.json")
    assert Results.load(tmp_path / "results.json") == results


def test_fingerprint_leaves_out_times_and_machines(results: Results) -> None:
    def other_machine(content: dict[str, Any]) -> None:
        content |= {"created_at": "later", "timings_s": {"inputs": 9.0}, "command": "x"}
        content["environment"]["device"] = "a larger one"
        content["methods"][0]["seconds_generate"] = 99.0

    def other_value(content: dict[str, Any]) -> None:
        content["rows"][0]["value"] += 1e-12

    assert changed(results, other_machine).fingerprint() == results.fingerprint()
    assert changed(results, other_value).fingerprint() != results.fingerprint()


def _case(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(a for a in content["aggregates"] if a["level"] == "case" and a["value"] is not None)
    return found


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda c: _case(c).update(value=_case(c)["value"] + 1e-6), "expected value"),
        (lambda c: _case(c).update(ci_low=_case(c)["ci_low"] - 1e-6), "expected ci_low"),
        (lambda c: _case(c).update(ci_high=None), "expected ci_high"),
        (lambda c: _case(c).update(cases_scored=4, cases_failed=1), "cases scored"),
        (lambda c: c["rows"].pop(0), "expected one row for each"),
        (lambda c: c["rows"][0].update(case_id="another"), "expected one row for each"),
        (lambda c: c["rows"].append(c["rows"][0]), "expected one row for each"),
        (lambda c: c["rows"][0].update(cluster="S99"), "expected one driver and one source"),
        (lambda c: c["rows"][0].update(source_cluster="S99"), "expected one driver and one source"),
    ],
)
def test_rederive_finds_every_kind_of_mismatch(
    results: Results, change: Callable[[dict[str, Any]], None], problem: str
) -> None:
    assert rederive(results) == []
    assert any(problem in line for line in rederive(changed(results, change)))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(extra_key=1),
        lambda c: c.update(schema_version="2.0"),
        lambda c: c["rows"][0].update(value="0.5 or so"),
        lambda c: c["rows"][0].update(frames_scored=99),
        lambda c: c["rows"][0].pop("source_cluster"),
        lambda c: c.update(schema_version="1.1"),  # which had no source_cluster
        lambda c: c["protocol"].update(case_list_sha256="abc"),
        lambda c: _case(c).update(cases_failed=3),
        lambda c: _case(c).update(not_computed={"needs": "x", "command": None}),
        lambda c: c["networks"].update(mesh="short"),
    ],
)
def test_load_refuses_what_breaks_the_schema(
    results: Results, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    content = json.loads(results.to_json())
    change(content)
    path = tmp_path / "results.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match="problem"):
        Results.load(path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rows": NaN}', "\ud800".encode("utf-8", "surrogatepass")])
def test_load_refuses_what_is_no_results_file(tmp_path: Path, text: str | bytes) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ResultsError):
        Results.load(path)
    with pytest.raises(ResultsError, match="cannot read"):
        Results.load(tmp_path / "absent.json")


def test_infinities_and_nan_are_refused(results: Results) -> None:
    with pytest.raises(ValueError):
        changed(results, lambda c: c["rows"][0].update(value=float("nan")))
    with pytest.raises(ValueError):
        changed(results, lambda c: c["timings_s"].update(inputs=float("inf")))


def test_files_of_the_first_schema_still_load_with_their_fingerprint() -> None:
    """Written by the code that had schema 1.0; the leaderboard knows submissions by this fingerprint."""
    old = Results.load(Path(__file__).parent / "data" / "results-1.0.json")
    assert (old.schema_version, old.compute, old.extractors, old.doctor) == ("1.0", None, None, None)
    assert {row.source_cluster for row in old.rows} == {None}  # who was driven is not said: drivers alone are clusters
    assert old.fingerprint() == "760c28c37efea23fee076d1f3b3c1a03f3e4770d3e6252f39ba654acad7d79d5"
    assert rederive(old) == []


def test_files_of_before_frames_were_recorded_still_load_with_their_fingerprint() -> None:
    old = Results.load(Path(__file__).parent / "data" / "results-1.2.json")
    assert (old.schema_version, old.inputs, old.protocol.settings, old.environment.code) == ("1.2", None, None, None)
    assert old.fingerprint() == "b10c97b49d62a12ef07475aa8b4e885645e6ace92d4efbe648812bb6db445fed"
    assert rederive(old) == []


def test_what_was_scored_and_made_with_is_recorded(results: Results) -> None:
    cases = len(results.protocol.case_ids)
    assert results.inputs is not None
    assert len(results.inputs.drivers) == len(results.inputs.sources) == cases
    frames = {method.name: method.outputs for method in results.methods}
    assert frames["copy-driver"] == results.inputs.drivers  # the same pixels at the same times
    assert frames["copy-source"] != frames["keypoint-warp"]
    assert results.protocol.settings is not None and results.protocol.settings[THINNING] == "2"
    assert results.environment.code is not None and ", " in results.environment.code
    with pytest.raises(ValueError, match="expected one content of each of 5 cases but got 4 drivers"):
        changed(results, lambda c: c["inputs"]["drivers"].pop())
    with pytest.raises(ValueError, match="outputs of copy-source"):
        changed(results, lambda c: c["methods"][0]["outputs"].pop())


def test_rows_say_who_drives_and_who_is_driven(results: Results) -> None:
    for row in results.rows:
        driver, source = row.case_id.split("--")
        assert row.cluster == driver.partition("-")[0]
        assert row.source_cluster in (source, f"photo:{source}")


def test_how_numbers_were_made_is_part_of_the_results(results: Results) -> None:
    assert results.compute is not None and results.extractors is not None
    assert (results.compute.device, results.compute.precision) == ("cpu", "float32")
    assert {"mesh468", "dlib"} <= results.extractors.keys()
    other = changed(results, lambda c: c["compute"].update(precision="bfloat16"))
    assert other.fingerprint() != results.fingerprint()


def test_the_doctor_is_kept_but_makes_no_other_run(results: Results, tmp_path: Path) -> None:
    answer = {"check": "mirrored", "metric": "l1", "expected": "above 0", "got": 12.5, "passed": True}
    seen = changed(results, lambda c: c.update(doctor=[answer]))
    seen.save(tmp_path / "results.json")
    loaded = Results.load(tmp_path / "results.json")
    assert loaded.doctor is not None and loaded.doctor[0].got == 12.5
    assert loaded.fingerprint() == results.fingerprint()


def test_shipped_schema_is_current() -> None:
    assert export_results_schema.TARGET.read_text(encoding="utf-8") == json_schema()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text_atomic(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text_atomic(path, "\ud800")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_reading_results_imports_nothing_heavy() -> None:
    code = "import sys, benchmark.results.schema; print(sorted({'numpy', 'torch', 'cv2', 'av'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_memory_of_many_gigabytes_can_be_said() -> None:
    seconds = dict.fromkeys(("load_s", "warm_up_s", "prepare_s", "first_frame_s", "frame_p50_s", "frame_p95_s"), 0.1)
    record = SpeedRecord(**seconds, frames=6, peak_memory_bytes=96 * 2**30, peak_gpu_bytes=140 * 2**30)
    assert record.peak_gpu_bytes == 140 * 2**30
