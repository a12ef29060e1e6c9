"""Ceilings that were computed before are shown beside the numbers that they fit, and beside no others."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from baselines.interface.errors import MethodUnavailable
from benchmark.ceilings.plan import with_ceilings
from benchmark.ceilings.shipped import FILE_NAME, CeilingsFile, ceilings_of, fitted, settings_sha256, shipped_path
from benchmark.metrics import CARDS
from benchmark.protocols import protocol as protocols
from benchmark.report.ceilings import ceiling_table, print_ceilings
from benchmark.report.page import render
from benchmark.results.errors import BenchmarkError, ResultsError
from benchmark.results.reserved import CEILINGS, DELAYED, EXACT_RENDER, REENCODED
from benchmark.results.schema import Results
from tests.benchmark import harness

METRICS = ("csim[dlib]", "expression_error[mesh468]", "pose_error_deg[mesh468]", "fd[dlib]", "auc_z")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with its ceilings beside it."""
    out = tmp_path_factory.mktemp("out")
    data = harness.write_data(tmp_path_factory.mktemp("data"))
    protocol = harness.tiny_protocol().model_copy(update={"metrics": METRICS})
    plan = harness.make_plan(data, out, protocol=protocol, methods=("copy-driver",))
    harness.run_plan(plan)
    CeilingsFile.of(harness.run_plan(with_ceilings(plan)).results).save(out / FILE_NAME)
    return out


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return Results.load(folder / "results.json")


@pytest.fixture(scope="module")
def file(folder: Path) -> CeilingsFile:
    return CeilingsFile.load(folder / FILE_NAME)


def test_a_perfect_face_that_is_late_or_encoded_again_is_not_perfect(results: Results, folder: Path) -> None:
    found = ceilings_of(results, folder)
    assert set(found.values) == {REENCODED, DELAYED}, "nothing here was rendered"
    for name in (REENCODED, DELAYED):
        error = found.values[name]["expression_error[mesh468]"]
        assert error.value is not None and 0 < error.value and error.cases_scored == error.cases == 5
        assert error.low is not None and error.high is not None and error.low <= error.value <= error.high
    assert "auc_z" not in found.values[REENCODED] and "auc_z" not in found.left_out, "it looks inside of a method"


def test_the_run_keeps_its_own_results(results: Results, file: CeilingsFile) -> None:
    assert [method.name for method in results.methods] == ["copy-driver"]
    assert [method.name for method in file.results.methods] == [REENCODED, DELAYED]


def test_fewer_cases_have_their_own_mean_and_no_set(results: Results, file: CeilingsFile) -> None:
    ids = results.protocol.case_ids[:2]
    few = results.model_copy(update={"protocol": results.protocol.model_copy(update={"case_ids": ids, "limit": 2})})
    found = fitted(file, few).values[DELAYED]
    rows = [row.value for row in file.results.case_rows(DELAYED, "csim[dlib]") if row.case_id in ids]
    assert found["csim[dlib]"].value == pytest.approx(sum(value or 0 for value in rows) / 2)
    assert found["csim[dlib]"].cases == 2
    assert "fd[dlib]" not in found


@pytest.mark.parametrize(
    ("part", "change", "reason"),
    [
        ("protocol", {"version": "8"}, "not v8"),
        ("protocol", {"case_list_sha256": "f" * 64}, "other cases"),
        ("protocol", {"case_ids": ["a stranger's"]}, "other cases"),
        ("data", {"digest": "other"}, "other data"),
        ("compute", {"precision": "bfloat16"}, "another precision"),
    ],
)
def test_another_run_has_no_ceilings(
    results: Results, file: CeilingsFile, part: str, change: dict[str, object], reason: str
) -> None:
    other = results.model_copy(update={part: getattr(results, part).model_copy(update=change)})
    found = fitted(file, other)
    assert not found.values and reason in found.refused


def test_another_network_preprocessing_or_definition_costs_its_metrics(
    results: Results, file: CeilingsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = results.model_copy(update={"networks": {**results.networks, "dlib-face-resnet": "f" * 64}})
    assert set(fitted(file, network).left_out) == {"csim[dlib]", "fd[dlib]"}
    assert results.extractors is not None
    other = results.model_copy(update={"extractors": {**results.extractors, "dlib": "another crop"}})
    assert set(fitted(file, other).left_out) == {"csim[dlib]", "fd[dlib]"}
    card = replace(CARDS["pose_error_deg[mesh468]"], definition="the median")
    monkeypatch.setitem(CARDS, "pose_error_deg[mesh468]", card)  # type: ignore[call-overload]
    assert set(fitted(file, results).left_out) == {"pose_error_deg[mesh468]"}


def test_reports_show_them_apart_from_methods(results: Results, folder: Path) -> None:
    table = ceiling_table(results, folder)
    assert table.names == [REENCODED, DELAYED] and table.remark == ""
    stream = io.StringIO()
    print_ceilings(results, folder, Console(file=stream, width=120))
    page = render(results, folder, ours="copy-driver")
    for text in (stream.getvalue(), page):
        assert DELAYED in text and "no methods" in text and "expression_error[mesh468]" in text


@pytest.mark.parametrize(
    ("protocol", "words"),
    [("score", "videos that exist already are scored"), ("mine", "none are there for mine; make them with: feed")],
)
def test_a_run_without_ceilings_says_how_to_get_them_only_where_one_can(
    results: Results, protocol: str, words: str
) -> None:
    named = results.protocol.model_copy(update={"name": protocol})
    remark = ceiling_table(results.model_copy(update={"protocol": named})).remark
    assert words in remark and ("feed benchmark ceilings" in remark) == (protocol != "score")


@pytest.mark.parametrize("protocol", ["feed-mini-cross", "feed-mini-self", "feed-mini-speech"])
def test_shipped_ceilings_are_of_the_metrics_as_they_are_now(protocol: str) -> None:
    """Else reports leave them out: make them again with `feed benchmark ceilings --protocol PROTOCOL`."""
    file = CeilingsFile.load(shipped_path(protocol))
    shown = {one.metric for one in file.results.aggregates if one.not_computed is None}
    assert shown <= file.settings.keys()
    of_another_definition = [m for m in shown if settings_sha256(m, file.results) != file.settings[m]]
    assert not of_another_definition
    assert file.results.protocol.version == protocols.load(protocol).version
    assert file.results.command == f"feed benchmark ceilings --protocol {protocol}"  # no folder of a maintainer


def test_the_main_protocol_can_score_all_of_its_metrics_and_leaves_room() -> None:
    """Every metric has a dozen cases, and a perfect method would be far above a face that does not move."""
    results = CeilingsFile.load(shipped_path("feed-mini-cross")).results
    for metric in protocols.load("feed-mini-cross").metrics:
        reencoded = results.aggregate(REENCODED, metric)
        if reencoded is not None and reencoded.level == "case" and reencoded.not_computed is None:
            assert reencoded.cases_scored >= 12, metric
    for kind in ("expression_transfer", "intensity", "asymmetry", "wink_f1", "pose_transfer"):
        metric = next(name for name in protocols.load("feed-mini-cross").metrics if name.startswith(f"{kind}["))
        exact = results.aggregate(EXACT_RENDER, metric)
        assert exact is not None and exact.cases_scored >= 12, metric
        assert exact.ci_low is not None and exact.ci_low >= 0.25, metric


def test_files_are_checked(folder: Path, file: CeilingsFile, tmp_path: Path) -> None:
    methods = [one.model_copy(update={"name": "mine"}) for one in file.results.methods]
    path = tmp_path / FILE_NAME
    file.model_copy(update={"results": file.results.model_copy(update={"methods": methods})}).save(path)
    with pytest.raises(ResultsError, match="expected ceilings among driver-reencoded"):
        CeilingsFile.load(path)
    path.write_text("{")
    with pytest.raises(ResultsError, match="expected ceilings but cannot use"):
        CeilingsFile.load(path)


def test_a_strangers_file_is_measured_before_it_is_built(folder: Path, file: CeilingsFile, tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    content = file.model_dump(mode="json")
    content["results"]["rows"] = [[]] * 200_000
    path.write_text(json.dumps(content, separators=(",", ":")))
    with pytest.raises(ResultsError, match="values in a results file of that size"):
        CeilingsFile.load(path)


def test_no_method_has_the_name_of_a_ceiling(tmp_path: Path) -> None:
    for name in CEILINGS:
        code = tmp_path / f"{name}.py"
        code.write_text(
            "from baselines import Capabilities, Method\n"
            f"class Mine(Method):\n    name = {name!r}\n"
            '    capabilities = Capabilities(drives={"image"}, licence="x")\n'
            "    def prepare(self, source): return source\n    def drive(self, prepared, driver): return []\n"
        )
        with pytest.raises((BenchmarkError, MethodUnavailable), match="reserved for a ceiling"):
            harness.make_plan(harness.write_data(tmp_path / "data"), tmp_path / "out", methods=(f"{code}:Mine",))


def test_settings_are_known_only_where_all_of_them_are(results: Results) -> None:
    assert settings_sha256("csim[dlib]", results) is not None
    assert settings_sha256("csim[arcface]", results) is None, "its network was not there"
    assert settings_sha256("csim[dlib]", results.model_copy(update={"extractors": None})) is None
    assert EXACT_RENDER in CEILINGS
