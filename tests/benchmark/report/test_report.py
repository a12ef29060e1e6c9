"""The report page and the terminal table show what the results say, and need nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from benchmark.cli import main
from benchmark.engine.case_files import load_index
from benchmark.engine.clips import CLIP_PX
from benchmark.engine.thumbnails import COLUMNS, THUMBNAIL_PX, shrink
from benchmark.metrics.eyes import LEGEND, MARK
from benchmark.report.differences import compare
from benchmark.report.page import render, with_code, write_report
from benchmark.report.plots import plot_cases, plot_spectrum
from benchmark.report.sheets import strip_uri
from benchmark.report.survivorship import audit
from benchmark.report.table import (
    calibration_lines,
    failure_lines,
    format_value,
    not_computed_lines,
    print_results,
    shown_comparisons,
    unasked_lines,
)
from benchmark.report.tabular import lacking, table_of
from benchmark.report.tiers import rule, tier_lines
from benchmark.results.joining import of_methods
from benchmark.results.schema import DoctorRecord, FailedCase, Failure, NotComputed, Results, summarise
from feed_dataset.core.media.thinning import spread
from tests.benchmark import harness

OURS = "keypoint-warp"
SHOWN = (
    "csim[dlib]",
    "id_l2[dlib]",
    "expression_transfer[mesh468]",
    "expression_error[mesh468]",
    "pose_error_deg[mesh468]",
    "fid[pytorch-fid]",
    "fd[dlib]",
    "auc_z",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    data = harness.write_data(tmp_path_factory.mktemp("data"))
    protocol = harness.tiny_protocol().model_copy(update={"metrics": SHOWN})
    # The first method's cases are played: of a method that is not alike in all of them.
    harness.run_plan(harness.make_plan(data, out, protocol=protocol, methods=("copy-driver", "copy-source", OURS)))
    return out


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return Results.load(folder / "results.json")


@pytest.fixture(scope="module")
def page(results: Results, folder: Path) -> str:
    return render(results, folder, ours=OURS)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "img", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]


def test_the_page_is_well_formed_and_self_contained(page: str) -> None:
    parser = _Links()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert parser.links
    assert all(link.startswith(("data:image/", "data:video/mp4;", "#")) for link in parser.links)
    assert not re.search(r"url\((?!#)|@import", page)


def test_the_pages_policy_knows_its_one_script_and_nothing_else(page: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert page.count("<script") == 1
    rules = dict(rule.split(" ", 1) for rule in html.unescape(policy).split("; "))
    assert rules.pop("script-src") == f"'sha256-{digest}'"
    assert rules.pop("style-src") == "'unsafe-inline'"
    assert rules == {"default-src": "'none'", "img-src": "data:", "media-src": "data:"}


def test_the_page_shows_every_value_and_every_case(page: str, results: Results) -> None:
    for aggregate in results.aggregates:
        assert aggregate.metric in page
        if aggregate.value is not None:
            assert format_value(aggregate.value) in page
    for case_id in results.protocol.case_ids:
        assert f"{case_id.split('--')[0].replace('-', '/', 1)} <span" in page
    for digest in results.networks.values():
        assert digest in page
    assert "public domain" in page


def test_the_page_is_the_same_each_time(page: str, results: Results, folder: Path) -> None:
    assert render(results, folder, ours=OURS) == page


def test_only_what_copies_is_called_a_bound(page: str, results: Results) -> None:
    """Also of a warp that is ahead of a trained method: it competes."""
    names = [record.name for record in results.methods]
    assert {"copy-source", "keypoint-warp"} <= set(names)
    words = re.sub(r'"data:[^"]*"', "", page)
    assert set(re.findall(r"(\S+) is a bound", words)) == {name for name in names if name.startswith("copy-")}


def test_pictures_decode(page: str) -> None:
    from PIL import Image

    uris = re.findall(r'"data:image/webp;base64,([^"]+)"', page)
    rows = page.count('class="case row"')
    assert len(uris) == (5 + rows) * (2 + len(harness.METHODS))
    sizes = {Image.open(io.BytesIO(base64.b64decode(uri))).size for uri in uris}
    assert sizes == {(THUMBNAIL_PX, THUMBNAIL_PX), (5 * THUMBNAIL_PX, THUMBNAIL_PX), (CLIP_PX, CLIP_PX)}


def test_strips_show_first_and_last_frame() -> None:
    from PIL import Image

    thumbnails = np.stack([shrink(np.full((32, 32, 3), 10 * t, np.uint8)) for t in spread(20, COLUMNS)])
    strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(strip_uri(thumbnails).split(",")[1]))))
    assert strip.shape == (THUMBNAIL_PX, COLUMNS * THUMBNAIL_PX, 3)
    assert abs(int(strip[70, 70, 0]) - 0) <= 3
    assert abs(int(strip[70, -70, 0]) - 190) <= 3


def test_results_without_their_folder_still_give_a_page(results: Results, tmp_path: Path) -> None:
    path = write_report(results, tmp_path, ours=OURS)
    assert "pictures of this run are not beside" in path.read_text(encoding="utf-8")


def test_metrics_that_this_version_no_longer_has_still_show(results: Results, folder: Path, tmp_path: Path) -> None:
    """Files of older versions hold, for instance, the lip sync of the real clip under a name of its own."""
    path = tmp_path / "results.json"
    path.write_text(results.to_json().replace('"id_l2[dlib]"', '"syncnet_confidence_gt"'), encoding="utf-8")
    old = Results.load(path)
    assert old.case_rows(OURS, "syncnet_confidence_gt")
    assert "syncnet_confidence_gt" in render(old, folder, ours=OURS)
    shown = io.StringIO()
    print_results(old, Console(file=shown, width=400), ours=OURS)
    assert "syncnet_confidence_gt" in shown.getvalue()


def test_hostile_names_are_escaped(results: Results, tmp_path: Path) -> None:
    bad = FailedCase(method=OURS, case_id="<script>x</script>", stage="generate", reason="<img src=x onerror=y>")
    page = render(results.model_copy(update={"failures": [bad], "command": "<b>"}), tmp_path, ours=OURS)
    assert page.count("<script") == 1, "the page's own"
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_names_are_text_to_the_plots(results: Results) -> None:
    """A name that another plotting library would take for a formula, and one with markup."""
    for name in (r"$\frac{1}{", "a_b^{2}$", "<g>&amp;"):
        renamed = Results.model_validate_json(results.to_json().replace(f'"{OURS}"', json.dumps(name)))
        plot = plot_cases(renamed, "csim[dlib]", name)
        assert plot is not None
        texts = "".join(ElementTree.fromstring(plot).itertext())
        assert name.replace("-", "-\n", 1) in texts


@pytest.mark.parametrize("way", ["absolute", "dots", "link"])
def test_no_picture_from_outside_of_the_run_is_embedded(
    folder: Path, results: Results, tmp_path: Path, way: str
) -> None:
    """A folder of results comes from anybody; its page is sent on."""
    run = tmp_path / "run"
    shutil.copytree(folder, run)
    private = tmp_path / "private.safetensors"
    shutil.copy(next((run / "thumbnails").iterdir()), private)
    if way == "link":
        (run / "link.safetensors").symlink_to(private)
    place = {"absolute": str(private), "dots": "../private.safetensors", "link": "link.safetensors"}[way]
    entries = json.loads((run / "cases.json").read_text())
    for entry in entries:
        entry |= {"source": place, "driver": place, "outputs": dict.fromkeys(entry["outputs"], place)}
    (run / "cases.json").write_text(json.dumps(entries))
    clips = json.loads((run / "showcase.json").read_text())
    for entry in clips["cases"]:
        entry |= {"source": place, "driver": place, "outputs": dict.fromkeys(entry["outputs"], place)}
    (run / "showcase.json").write_text(json.dumps(clips))
    shutil.copy(next((run / "clips").iterdir()), private)  # what would be shown if it were read
    (run / "predictions").rename(tmp_path / "predictions")
    (run / "predictions").symlink_to(tmp_path / "predictions")
    page = render(results, run, ours=OURS)
    assert "data:image/webp" not in page and "data:video" not in page


@pytest.mark.parametrize("index", ["[", "5", '[{"case_id": 5}]', '[{"case_id": "a", "outputs": [1]}]', "[" * 9000])
def test_an_index_of_another_kind_is_none(results: Results, tmp_path: Path, index: str) -> None:
    (tmp_path / "cases.json").write_text(index)
    assert load_index(tmp_path) == {}
    write_report(results, tmp_path, ours=OURS)


def test_results_without_a_method_are_one_clear_line(
    results: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = results.model_copy(update={"methods": [], "rows": [], "aggregates": [], "failures": []})
    empty.save(tmp_path / "results.json")
    assert main(["report", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_plots_take_the_colour_of_the_page(results: Results) -> None:
    plot = plot_cases(results, "csim[dlib]", "CSIM")
    assert plot is not None
    assert plot.startswith("<svg")
    assert "currentColor" in plot
    assert plot_cases(results, "fid[pytorch-fid]", "FID") is None
    curve = plot_spectrum({"m": np.linspace(0.2, 1, 8)}, {"m": 0.6})
    assert curve is not None
    assert "AUC_z 0.600" in curve


def test_differences_are_said_in_words(results: Results) -> None:
    groups = compare(shown_comparisons(results), results, OURS)
    assert [group.other for group in groups] == ["copy-driver", "copy-source"]
    sentences = dict(groups[0].sentences)
    assert "this protocol cannot tell" in sentences["csim[dlib]"]  # 5 cases of 3 drivers


def crossed_runs(results: Results, shift: float) -> Results:
    """The same methods on 8 drivers x 6 sources in one metric; ours is better by `shift`, the bounds are equal."""
    rng, metric = np.random.default_rng(0), "csim[dlib]"
    first = next(row for row in results.rows if row.metric == metric and row.value is not None)
    base = rng.normal(size=(8, 1)) + rng.normal(size=(1, 6))
    rows, aggregates = [], []
    for method in (one.name for one in results.methods):
        values = base + 0.1 * rng.normal(size=base.shape) + (shift if method == OURS else 0.0)
        mine = [
            first.model_copy(
                update={"method": method, "case_id": f"{d}-{s}", "cluster": f"D{d}", "source_cluster": f"P{s}"}
                | {"value": float(values[d, s])}
            )
            for d in range(8)
            for s in range(6)
        ]
        value, low, high = summarise(mine)
        known = results.aggregate(method, metric)
        assert known is not None
        counts = {"cases_expected": 48, "cases_scored": 48, "cases_failed": 0}
        aggregates.append(known.model_copy(update={"value": value, "ci_low": low, "ci_high": high, **counts}))
        rows += mine
    return results.model_copy(update={"rows": rows, "aggregates": aggregates})


def test_one_rule_says_who_is_better_on_the_page_and_on_the_terminal(results: Results, tmp_path: Path) -> None:
    for shift, order in ((1.0, f"{OURS} > "), (0.0, ", ")):
        run = crossed_runs(results, shift)
        shown = io.StringIO()
        print_results(run, Console(file=shown, width=300), ours=OURS)
        page = html.unescape(render(run, tmp_path, ours=OURS))
        line = tier_lines(shown_comparisons(run))["csim[dlib]"]
        assert order in line and (" > " in line) == (shift > 0)
        assert f"csim[dlib]: {line}" in shown.getvalue()
        assert f"<code>csim[dlib]</code> {line}" in page
        for text in (page, shown.getvalue()):
            assert "Holm-corrected for the 3 comparisons of all methods in all metrics shown" in text
        assert ("is better than" in page) == (shift > 0)
        assert "Power" in page


def test_the_rule_says_when_nothing_could_be_asked(results: Results) -> None:
    few, enough = rule(shown_comparisons(results)), rule(shown_comparisons(crossed_runs(results, 1.0)))
    assert "too few drivers or sources here" in few and "takes 6 of each" in few and "Holm" not in few
    assert "both A and B are better than C" in enough and "too few" not in enough
    alone = rule(shown_comparisons(of_methods(results, {OURS})))
    assert alone == "Nothing is tested: it takes two methods.", "one method is not a matter of how many drivers"


def test_the_table_shows_intervals_counts_and_what_is_missing(results: Results) -> None:
    buffer = io.StringIO()
    print_results(results, Console(file=buffer, width=110), ours=OURS)
    text = buffer.getvalue()
    for part in ("csim ↑", "pose_error_deg ↓", "5/5", "copy-source", "not computed", "get it with: get it"):
        assert part in text
    assert re.search(r"\[\d\.\d{3}, \d\.\d{3}\]", text)
    none = [a.model_copy(update={"not_computed": NotComputed(needs="x"), "value": None}) for a in results.aggregates]
    print_results(results.model_copy(update={"aggregates": none}), Console(file=(bare := io.StringIO())), ours=OURS)
    assert "not computed: needs x" in bare.getvalue() and "mean over cases" not in bare.getvalue(), "no empty table"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_table_never_cuts_a_number(results: Results, width: int) -> None:
    buffer = io.StringIO()
    print_results(results, Console(file=buffer, width=width), ours=OURS)
    assert "…" not in buffer.getvalue()


def test_what_is_missing_is_listed_once(results: Results) -> None:
    lines = not_computed_lines(results)
    assert len(lines) == 2
    assert lines[0] == "fid[pytorch-fid] not computed: needs the network fid-inception, get it with: get it"
    one = [
        a.model_copy(update={"not_computed": NotComputed(needs="x"), "value": None})
        if (a.method, a.metric) == (OURS, "fd[dlib]")
        else a
        for a in results.aggregates
    ]
    assert f"fd[dlib] of {OURS} not computed: needs x" in not_computed_lines(
        results.model_copy(update={"aggregates": one})
    )


def test_failures_are_listed_and_long_lists_cut(results: Results) -> None:
    many = [FailedCase(method=None, case_id=f"c{n}", stage="data", reason="no face") for n in range(20)]
    failed = results.model_copy(update={"failures": many, "rows": []})
    assert failure_lines(failed)[0] == "failed (data): c0 for every method: no face"
    assert failure_lines(failed)[-1] == "... and 8 more, in results.json"
    assert len(failure_lines(failed, limit=None)) == 20


def test_reasons_with_numbers_of_single_cases_are_one_line(results: Results) -> None:
    reasons = ["no peak (r 0.10, p 0.2)", "no peak (r 0.20, p 0.3)", "no face", "a gap (3 frames)"]
    rows = [
        row.model_copy(update={"value": None, "frames_scored": 0, "failures": [Failure(reason=reason, count=2)]})
        for row, reason in zip(results.case_rows(OURS, "csim[dlib]"), reasons, strict=False)
    ]
    assert failure_lines(results.model_copy(update={"failures": [], "rows": rows, "aggregates": []})) == [
        f"4 frames without a value: {OURS} in csim[dlib]: no peak",
        f"2 frames without a value: {OURS} in csim[dlib]: no face",
        f"2 frames without a value: {OURS} in csim[dlib]: a gap (3 frames)",
    ]


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.8312, "0.831"), (-0.05, "-0.050"), (12.34, "12.3"), (245.4, "245")]
)
def test_numbers_keep_three_places(value: float | None, text: str) -> None:
    assert format_value(value) == text


def changed(results: Results, method: str, metric: str, **changes: object) -> Results:
    """The results with one aggregate changed."""
    aggregates = [
        a.model_copy(update=changes) if (a.method, a.metric) == (method, metric) else a for a in results.aggregates
    ]
    return results.model_copy(update={"aggregates": aggregates})


def test_lost_frames_are_counted_at_their_worst_and_best(results: Results) -> None:
    assert audit(results) == []
    lost = [
        row.model_copy(update={"frames_scored": row.frames_expected // 3, "value": 0.9})
        if (row.method, row.metric) == (OURS, "csim[dlib]")
        else row
        for row in results.rows
    ]
    (one,) = audit(results.model_copy(update={"rows": lost}))
    assert (one.method, one.metric) == (OURS, "csim[dlib]")
    assert one.lost == pytest.approx(2 / 3)
    assert one.if_worst == pytest.approx(0.9 / 3 - 2 / 3)
    assert one.if_best == pytest.approx(0.9 / 3 + 2 / 3)


def test_what_the_driver_does_not_show_is_no_methods_loss(results: Results) -> None:
    still = [
        row.model_copy(
            update={
                "frames_scored": 0,
                "value": None,
                "failures": [Failure(reason="driver: face does not move", count=row.frames_expected)],
            }
        )
        if row.metric == "csim[dlib]"
        else row
        for row in results.rows
    ]
    assert audit(results.model_copy(update={"rows": still})) == []


def test_a_driver_who_does_not_do_what_is_measured_is_no_failure(results: Results, tmp_path: Path) -> None:
    rows = [
        row.model_copy(update={"failures": [Failure(reason="driver: does not wink", count=row.frames_expected)]})
        if row.metric == "csim[dlib]"
        else row
        for row in results.rows
    ]
    silent = results.model_copy(update={"rows": rows})
    assert failure_lines(silent, limit=None) == failure_lines(results, limit=None)
    (line,) = unasked_lines(silent)
    assert line.startswith("csim[dlib] of ") and line.endswith("driver: does not wink")
    shown, before = (render(one, tmp_path / name, ours=OURS) for one, name in ((silent, "a"), (results, "b")))
    head = re.compile(r"<li><b>Failures</b> .*?</li>")
    assert head.findall(shown) == head.findall(before)
    assert "Not asked" in shown and "Not asked" not in before


def test_an_error_without_a_limit_has_no_worst_value(results: Results) -> None:
    nothing = [
        row.model_copy(update={"frames_scored": 0, "value": None}) if row.metric == "id_l2[dlib]" else row
        for row in results.rows
    ]
    found = audit(results.model_copy(update={"rows": nothing}))
    assert [(one.worst, one.best) for one in found] == [("no limit", "0.000")] * len(harness.METHODS)


def test_the_doctors_outcome_is_shown(results: Results, tmp_path: Path) -> None:
    assert "not run" in render(results.model_copy(update={"doctor": None}), tmp_path, ours=OURS)
    right = DoctorRecord(check="blurred", metric="psnr", expected="worse", got=20.0, passed=True)
    wrong = right.model_copy(update={"passed": False, "check": "mirrored"})
    assert "1 known answers right" in render(results.model_copy(update={"doctor": [right]}), tmp_path, ours=OURS)
    page = render(results.model_copy(update={"doctor": [right, wrong]}), tmp_path, ours=OURS)
    assert "1 checks failed" in page
    assert "mirrored: expected worse but got 20.0" in page


def test_the_cards_of_the_reports_metrics_are_in_the_page(page: str, results: Results) -> None:
    shown = set(re.findall(r'<details class="card"><summary><b>[^<]*</b> <code>([^<]*)</code>', page))
    assert shown == {aggregate.metric for aggregate in results.aggregates}
    assert "<dt>Definition</dt>" in page
    assert "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30" in page


def test_code_in_cards_is_code_and_nothing_else_is_markup() -> None:
    assert str(with_code("a `b < c` <i>")) == "a <code>b &lt; c</code> &lt;i&gt;"


def test_calibration_lines_stand_at_the_similarity_they_explain(results: Results) -> None:
    first = results.aggregates[0]
    lines = {"same": 0.98, "different": 0.84}
    extra = first.model_copy(update={"metric": "csim_calibration[dlib]", "extra": lines})
    assert calibration_lines(results.model_copy(update={"aggregates": [first, extra]})) == {
        "csim[dlib]": "on these videos: same person 0.980, different people 0.840"
    }


def test_cases_that_resemble_each_other_are_said_to_be_worth_less(results: Results) -> None:
    by_cluster = {name: 0.1 * n for n, name in enumerate(sorted({row.cluster for row in results.rows}))}
    rows = [row.model_copy(update={"value": by_cluster[row.cluster]}) for row in results.rows]
    lines = table_of(results.model_copy(update={"rows": rows}), [OURS], {})
    csim = next(line for line in lines if line.metric == "csim[dlib]")
    assert csim.cells[0].worth == "worth 3.0 independent ones"  # 5 cases, equal within each of 3 drivers


def test_what_misses_one_network_is_listed_together(results: Results) -> None:
    (one,) = lacking(results)[:1]
    assert one.metrics[0].startswith("fid[")
    assert (one.whose, one.command) == ("", "get it")


def test_what_has_no_value_says_whose_and_why(results: Results) -> None:
    csim = results.aggregate(OURS, "csim[dlib]")
    assert csim is not None
    lost = csim.model_copy(update={"value": None, "extra": {"reason": "too few"}})
    others = [one for one in results.aggregates if one is not csim]
    found = lacking(results.model_copy(update={"aggregates": [*others, lost]}))
    (one,) = [one for one in found if one.metrics == ["csim[dlib]"]]
    assert (one.whose, one.reason, one.command) == (f" of {OURS}", "without a value: too few", None)


def test_a_method_with_the_metrics_eyes_is_marked_in_its_cells_and_nowhere_else(results: Results, page: str) -> None:
    lines = {line.metric: dict(zip([m.name for m in results.methods], line.cells, strict=True))
             for line in table_of(results, [m.name for m in results.methods], {})}  # fmt: skip
    marked = {(metric, name) for metric, cells in lines.items() for name, cell in cells.items() if MARK in cell.value}
    mesh = ("expression_transfer[mesh468]", "expression_error[mesh468]", "pose_error_deg[mesh468]")
    assert marked == {(metric, "keypoint-warp") for metric in mesh if lines[metric]["keypoint-warp"].value[0] != "–"}
    assert marked and LEGEND in page
    console = Console(width=200, record=True, file=io.StringIO())
    print_results(results, console, ours=OURS)
    assert MARK in (text := console.export_text()) and "reads faces with a network" in " ".join(text.split())
