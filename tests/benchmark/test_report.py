"""The report page and the terminal table show what the results say, and need nothing from outside."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from benchmark.report.page import compare, render, write_report
from benchmark.report.plots import plot_cases, plot_spectrum
from benchmark.report.sheets import COLUMNS, THUMBNAIL_PX, strip_uri
from benchmark.results import FailedCase, NotComputed, Results
from benchmark.table import failure_lines, format_value, not_computed_lines, print_results
from tests.benchmark import harness

OURS = "keypoint-warp"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    data = harness.write_data(tmp_path_factory.mktemp("data"))
    harness.run_plan(harness.make_plan(data, out))
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
        if tag not in ("meta", "img", "br"):
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
    assert all(link.startswith(("data:image/", "#")) for link in parser.links)
    assert "<script" not in page
    assert not re.search(r"url\((?!#)|@import", page)


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


def test_pictures_decode(page: str) -> None:
    from PIL import Image

    uris = re.findall(r'"data:image/webp;base64,([^"]+)"', page)
    assert len(uris) == 5 * (2 + len(harness.METHODS))
    sizes = {Image.open(io.BytesIO(base64.b64decode(uri))).size for uri in uris}
    assert sizes == {(THUMBNAIL_PX, THUMBNAIL_PX), (5 * THUMBNAIL_PX, THUMBNAIL_PX)}


def test_strips_show_first_and_last_frame() -> None:
    from PIL import Image

    frames = np.stack([np.full((32, 32, 3), 10 * t, np.uint8) for t in range(20)])
    strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(strip_uri(frames).split(",")[1]))))
    assert strip.shape == (THUMBNAIL_PX, COLUMNS * THUMBNAIL_PX, 3)
    assert abs(int(strip[70, 70, 0]) - 0) <= 3
    assert abs(int(strip[70, -70, 0]) - 190) <= 3


def test_results_without_their_folder_still_give_a_page(results: Results, tmp_path: Path) -> None:
    path = write_report(results, tmp_path, ours=OURS)
    assert "pictures of this run are not beside" in path.read_text(encoding="utf-8")


def test_hostile_names_are_escaped(results: Results, tmp_path: Path) -> None:
    bad = FailedCase(method=OURS, case_id="<script>x</script>", stage="generate", reason="<img src=x onerror=y>")
    page = render(results.model_copy(update={"failures": [bad], "command": "<b>"}), tmp_path, ours=OURS)
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_plots_take_the_colour_of_the_page(results: Results) -> None:
    plot = plot_cases(results, "csim[dlib]", "CSIM")
    assert plot is not None
    assert plot.startswith("<svg")
    assert "currentColor" in plot
    assert "#010203" not in plot
    assert plot_cases(results, "fid[inception]", "FID") is None
    curve = plot_spectrum({"m": np.linspace(0.2, 1, 8)}, {"m": 0.6})
    assert curve is not None
    assert "AUC_z 0.600" in curve


def test_differences_are_said_in_words(results: Results) -> None:
    groups = compare(results, OURS)
    assert [group["other"] for group in groups] == ["copy-source", "copy-driver"]
    sentences = dict(groups[0]["sentences"])
    assert re.match("keypoint-warp (and|is) .*copy-source.*5 cases of 3 drivers", sentences["csim[dlib]"])


def test_the_table_shows_intervals_counts_and_what_is_missing(results: Results) -> None:
    buffer = io.StringIO()
    print_results(results, Console(file=buffer, width=110), ours=OURS)
    text = buffer.getvalue()
    for part in ("csim ↑", "pose_error_deg ↓", "5/5", "copy-source", "not computed", "get it with: get it"):
        assert part in text
    assert re.search(r"\[\d\.\d{3}, \d\.\d{3}\]", text)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_table_never_cuts_a_number(results: Results, width: int) -> None:
    buffer = io.StringIO()
    print_results(results, Console(file=buffer, width=width), ours=OURS)
    assert "…" not in buffer.getvalue()


def test_what_is_missing_is_listed_once(results: Results) -> None:
    lines = not_computed_lines(results)
    assert len(lines) == 2
    assert lines[0] == "fid[inception] not computed: needs the network fid-inception, get it with: get it"
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


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.8312, "0.831"), (-0.05, "-0.050"), (12.34, "12.3"), (245.4, "245")]
)
def test_numbers_keep_three_places(value: float | None, text: str) -> None:
    assert format_value(value) == text
