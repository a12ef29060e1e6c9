"""Nobody's results are overwritten: methods are added, and what would lose results is refused before any work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.engine.case_files import load_index
from benchmark.engine.earlier import clash_of, find_earlier
from benchmark.engine.plan import Plan
from benchmark.engine.run import execute
from benchmark.features.types.extractor import Compute
from benchmark.results.errors import BenchmarkError
from benchmark.results.rederiving import rederive
from benchmark.results.schema import RESULTS_FILE, Results
from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.jobs.writable import PlaceError
from tests.benchmark import harness
from tests.benchmark.harness import make_plan, run_plan, tiny_protocol

PROTOCOL = tiny_protocol().model_copy(update={"metrics": ("pose_error_deg[mesh468]", "csim[dlib]")})
BOTH = ("copy-source", "copy-driver")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def out(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two methods, scored one after the other on the first two cases."""
    out = tmp_path_factory.mktemp("out")
    for method in BOTH:
        run_plan(plan_of(data, out, method))
    return out


@pytest.fixture(scope="module")
def found(out: Path) -> Results:
    return Results.load(out / RESULTS_FILE)


def plan_of(data: Path, out: Path, *methods: str, limit: int | None = 2) -> Plan:
    return make_plan(data, out, protocol=PROTOCOL, methods=methods, limit=limit)


def test_a_second_method_is_a_further_row(data: Path, out: Path, found: Results, tmp_path: Path) -> None:
    """As if both had been named at once."""
    at_once = run_plan(plan_of(data, tmp_path, *BOTH)).results
    assert found.fingerprint() == at_once.fingerprint() and rederive(found) == []
    shown = load_index(out)
    assert list(shown) == found.protocol.case_ids
    assert all(set(files.outputs) == set(BOTH) for files in shown.values()), "the report has pictures of both"


def test_the_same_method_again_replaces_its_own_row(data: Path, out: Path, found: Results) -> None:
    again = run_plan(plan_of(data, out, "copy-driver")).results
    assert sorted(method.name for method in again.methods) == sorted(BOTH)
    assert sorted(row.model_dump_json() for row in again.rows) == sorted(row.model_dump_json() for row in found.rows)


@pytest.mark.parametrize("limit", [1, None])
def test_what_would_lose_results_is_refused_before_any_work(
    data: Path, out: Path, limit: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer cases lose cases; more cases of one method alone leave the other behind."""
    before = (out / RESULTS_FILE).read_bytes()
    plan = plan_of(data, out, "copy-driver", limit=limit)
    message = r"expected to add to the results in .* but it has .*; name another folder with --out, or replace them"
    with pytest.raises(BenchmarkError, match=message):
        execute(plan, None, None)  # type: ignore[arg-type]
    assert (out / RESULTS_FILE).read_bytes() == before
    assert find_earlier(replace(plan, replaces=True)).results is None, "--overwrite always"


def test_what_somebody_changed_is_not_mixed_with_new_results(data: Path, out: Path, found: Results) -> None:
    """A value of the method that would be kept; one of the method that is scored again is computed anyway."""

    def changed(method: str) -> Results:
        rows = [
            one.model_copy(update={"value": one.value + 0.1}) if one.method == method and one.value else one
            for one in found.rows
        ]
        return found.model_copy(update={"rows": rows})

    plan = plan_of(data, out, "copy-driver")
    clash = clash_of(plan, changed("copy-source"), {})
    assert clash is not None and clash.startswith("copy-source in a file that was changed after a run wrote it (copy-")
    assert clash_of(plan, changed("copy-driver"), {}) is None


def test_more_cases_of_every_method_are_no_loss(data: Path, out: Path) -> None:
    find_earlier(plan_of(data, out, *BOTH, limit=None))


def test_what_else_cannot_be_in_one_file(data: Path, out: Path, found: Results) -> None:
    plan = plan_of(data, out, "keypoint-warp")
    assert clash_of(plan, found, {}) is None
    protocol = replace(plan.protocol, version="9")
    assert clash_of(replace(plan, protocol=protocol), found, {}) == (
        f"those of feed-cross v{found.protocol.version}, not of feed-cross v9"
    )
    edited = replace(plan.protocol, case_list_sha256="0" * 64)
    assert "copy-driver on other cases" in str(clash_of(replace(plan, protocol=edited), found, {}))
    both = replace(plan_of(data, out, *BOTH), protocol=edited)
    assert clash_of(both, found, {}) is None, "one more metric in one's own protocol, for every method"
    for change in ({"seed": 7}, {"size_px": 32}, {"frames_per_case": 1}):
        other_protocol = replace(plan.protocol, **change)
        assert "of another size, length or seed" in str(clash_of(replace(both, protocol=other_protocol), found, {}))
    other_data = replace(plan, data=replace(plan.data, digest="0" * 64))
    assert clash_of(other_data, found, {}) == "copy-source, copy-driver on other data"
    gpu = replace(plan, compute=Compute("cuda:0"))
    assert clash_of(gpu, found, {}) == "copy-source, copy-driver scored on cpu in float32"
    fewer = replace(plan, metrics=plan.metrics[:1])
    assert clash_of(fewer, found, {}) == "also the metrics csim[dlib]"
    other = replace(plan.networks, present={**plan.networks.present, "dlib-face-resnet": "d" * 64})
    assert "other weights of dlib-face-resnet" in str(clash_of(replace(plan, networks=other), found, {}))
    changed = found.model_copy(update={"extractors": {**(found.extractors or {}), "dlib": "older"}})
    assert "features that this version makes in another way" in str(clash_of(plan, changed, {}))


def test_another_method_of_the_same_name_is_refused(data: Path, out: Path, tmp_path: Path) -> None:
    """Two experiments whose folders are both called `results`."""
    for experiment in ("one", "two"):
        (tmp_path / experiment / "results").mkdir(parents=True)
    run_plan(plan_of(data, tmp_path / "out", f"frames:{tmp_path}/one/results"))
    with pytest.raises(BenchmarkError, match=r"it has another 'results': .*/one/results on .*, not .*/two/results"):
        find_earlier(plan_of(data, tmp_path / "out", f"frames:{tmp_path}/two/results"))
    find_earlier(plan_of(data, tmp_path / "out", f"frames:{tmp_path}/one/results"))


def test_other_data_under_the_same_name_is_refused(data: Path, out: Path, tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="it has another 'copy-source'"):
        find_earlier(plan_of(harness.write_data(tmp_path / "data"), out, *BOTH))


def test_places_that_cannot_be_written_are_found_before_any_work(data: Path, out: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PlaceError, match="it is not a folder; name another folder with --out"):
        find_earlier(plan_of(data, tmp_path / "file", "copy-source"))
    (tmp_path / "out" / "predictions").mkdir(parents=True)
    (tmp_path / "out" / "predictions" / "copy-source").symlink_to(tmp_path)
    with pytest.raises(LayoutError, match="copy-source is none of this place: it is a link"):
        find_earlier(plan_of(data, tmp_path / "out", "copy-source"))


def test_a_file_that_cannot_be_read_is_not_replaced(data: Path, tmp_path: Path) -> None:
    (tmp_path / RESULTS_FILE).write_text("{}")
    with pytest.raises(BenchmarkError, match="results that this version cannot read .*--overwrite always"):
        find_earlier(plan_of(data, tmp_path, "copy-source"))
