"""What a page plays, sorts and breaks down, as far as it can be said without a browser (see tests/browser)."""

from __future__ import annotations

import base64
import io
import re
import shutil
from pathlib import Path
from statistics import fmean

import av
import numpy as np
import pytest

from benchmark.engine.clips import CLIP_PX
from benchmark.engine.showcase import Curve, ShownCase
from benchmark.metrics import CARDS
from benchmark.metrics.headline import HEADLINES, curve_metrics, curve_of, headline_metrics
from benchmark.protocols import protocol as protocols
from benchmark.report import clip_rows, row_video, single_cases
from benchmark.report import page as page_module
from benchmark.report.budget import PAGE_BYTES, ROW_BYTES, SHEET_BYTES, Budget
from benchmark.report.clip_rows import NOT_KEPT, RowClips, gallery, rows_of
from benchmark.report.curves import plot_curve
from benchmark.report.overview import overview
from benchmark.report.page import render
from benchmark.report.plots import method_colours, outline, plot_speed
from benchmark.report.row_video import CODE_BITS, CODE_PX, COLUMNS, row_frames, row_video_uri
from benchmark.report.single_cases import breakdowns, case_table
from benchmark.report.table import format_value
from benchmark.results.joining import of_metrics
from benchmark.results.schema import Results, SpeedRecord
from tests.benchmark import harness

OURS = "keypoint-warp"
METRICS = (
    "csim[dlib]",
    "expression_transfer[mesh468]",
    "expression_error[mesh468]",
    "pose_error_deg[mesh468]",
    "fd[dlib]",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    data = harness.write_data(tmp_path_factory.mktemp("data"))
    protocol = harness.tiny_protocol().model_copy(update={"metrics": METRICS})
    harness.run_plan(harness.make_plan(data, out, protocol=protocol, methods=(OURS, "copy-source", "copy-driver")))
    return out


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return Results.load(folder / "results.json")


def names_of(results: Results) -> list[str]:
    return [method.name for method in results.methods]


def frames_of(uri: str) -> tuple[np.ndarray, av.container.InputContainer]:
    """Decoded frames uint8 [T, H, W, 3] of a data URI."""
    container = av.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]), container


def test_headlines_are_metrics_that_exist_and_curves_have_values_of_frames() -> None:
    assert {metric for one in HEADLINES for metric in (*one.metrics, *one.by_frame)} <= CARDS.keys()
    assert headline_metrics({"csim[dlib]", "csim[arcface]", "psnr"}) == ["csim[arcface]", "psnr"]
    assert curve_metrics({"pose_error_deg[mesh468]"}) == ["pose_error_deg[mesh468]"]
    assert curve_of("pose_transfer[mesh478]", {"pose_error_deg[mesh468]"}) == "pose_error_deg[mesh468]"
    assert curve_of("fd[dlib]", CARDS) is None


@pytest.mark.parametrize("name", protocols.names())
def test_the_short_table_of_a_protocol_has_each_thing_once(name: str) -> None:
    metrics = protocols.load(name).metrics
    shown = headline_metrics(metrics)
    for thing in ("pose", "expression"):
        measured = [one for one in metrics if one.startswith((f"{thing}_transfer[", f"{thing}_error"))]
        columns = [one for one in shown if one.startswith(thing)]
        assert len(columns) == min(1, len(measured)), f"expected one column for {thing} where {measured} are measured"
        assert all("transfer" in one for one in columns) or not any("transfer" in one for one in measured)
    assert len(shown) <= len(HEADLINES)


def test_pose_has_a_column_where_it_is_what_a_protocol_is_for() -> None:
    shown = headline_metrics(protocols.load("feed-mini-multiview").metrics)
    assert "pose_error_deg[mesh478]" in shown
    assert headline_metrics({"expression_error[mesh468]", "gaze_error_deg[iris]"})[0] == "expression_error[mesh468]"


def test_each_frame_of_a_rows_video_carries_its_number_and_all_tiles() -> None:
    tiles = [np.full((count, CLIP_PX, CLIP_PX, 3), 10 * number, np.uint8) for number, count in enumerate((9, 5, 9))]
    frames = row_frames(tiles)
    assert frames.shape == (9, CLIP_PX + CODE_PX, 3 * CLIP_PX, 3)
    middles = CODE_PX // 2 + CODE_PX * np.arange(CODE_BITS)
    bits = frames[:, -CODE_PX // 2, middles, 0] > 127
    assert (bits @ (1 << np.arange(CODE_BITS))).tolist() == list(range(9))
    assert np.array_equal(frames[4, :CLIP_PX, CLIP_PX : 2 * CLIP_PX], tiles[1][4])
    assert (frames[5, :CLIP_PX, CLIP_PX : 2 * CLIP_PX] == 128).all(), "grey after the end of a shorter one"
    many = row_frames(tiles * 3)
    assert many.shape[1:3] == (2 * CLIP_PX + CODE_PX, COLUMNS * CLIP_PX)
    assert np.array_equal(many[2, CLIP_PX : 2 * CLIP_PX, :CLIP_PX], tiles[0][2]), "the seventh begins a second line"


def test_a_rows_video_is_what_browsers_show_alike() -> None:
    """H.264 with all four tags, no sound, even sizes, every frame at its own time."""
    tile = np.full((5, CLIP_PX, CLIP_PX, 3), (0, 0, 255), np.uint8)
    times_s = (0.0, 0.1, 0.35, 0.4, 0.9)
    frames, container = frames_of(row_video_uri([tile], 5.0, times_s))
    stream = container.streams.video[0]
    context = stream.codec_context
    assert [one.type for one in container.streams] == ["video"]
    assert (context.name, context.pix_fmt, context.width % 2, context.height % 2) == ("h264", "yuv420p", 0, 0)
    assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (6, 1, 1, 1)
    assert np.abs(frames[:, 80, 80].astype(int) - (0, 0, 255)).max() <= 3, "PyAV rounds its own way"
    container.seek(0)
    shown = [frame.time for frame in container.decode(video=0)]
    assert shown == pytest.approx(times_s, abs=1e-3)


def test_rows_have_a_tile_for_everything_and_say_what_is_not_there(results: Results, folder: Path) -> None:
    shown = gallery(results, folder, method_colours(names_of(results)))
    assert shown.method == OURS and shown.rows
    for row in shown.rows:
        assert [tile.label for tile in row.tiles] == ["source", "driver", OURS, "copy-source", "copy-driver"]
        assert all(tile.still for tile in row.tiles) and row.video and not row.problem
        assert len(row.curves) == 3


def test_what_was_not_kept_is_made_from_the_predictions_or_named(
    results: Results, folder: Path, tmp_path: Path
) -> None:
    run, colours = tmp_path / "run", method_colours(names_of(results))
    shutil.copytree(folder, run)
    before = gallery(results, run, colours).rows[0]
    shutil.rmtree(run / "clips")
    without = gallery(results, run, colours).rows[0]
    assert [tile.problem for tile in without.tiles[:2]] == ["no source image", NOT_KEPT]
    assert without.still_frame != before.still_frame or [t.still for t in without.tiles[2:]] == [
        tile.still for tile in before.tiles[2:]
    ]
    assert all(tile.still for tile in without.tiles[2:]) and without.video
    shutil.rmtree(run / "predictions")
    nothing = gallery(results, run, colours).rows[0]
    assert nothing.video is None and {tile.problem for tile in nothing.tiles[1:]} == {NOT_KEPT}


def test_a_case_of_one_picture_neither_plays_nor_has_curves(results: Results) -> None:
    picture = np.zeros((1, CLIP_PX, CLIP_PX, 3), np.uint8)
    curve = Curve(method=OURS, metric="csim[dlib]", every=1, values=(0.5,))
    case = ShownCase(
        case_id="a", driver_id="b", source_id="c", reasons=(), first_frame=0, frames=1, fps=25, times_s=None,
        has_reference=False, source=None, driver=None, curves=(curve,),
    )  # fmt: skip
    (row,) = rows_of(results, [(case, RowClips(picture, picture, {OURS: picture}))], {OURS: "#123456"})
    assert (row.video, row.problem, row.curves) == (None, "", ())
    assert all(tile.still for tile in row.tiles)


def test_no_encoder_is_said_and_stills_stay(results: Results, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", {"ffv1"})
    assert "no encoder libx264" in (row_video.encoder_problem() or "")
    page = render(results, folder, ours=OURS)
    assert "No clip: this build of PyAV" in page
    assert "data:video" not in page and 'class="case row"' in page


def test_a_page_has_a_largest_size(results: Results, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are left out, in words, before a page grows too large to be sent."""
    budget = Budget(10)
    assert budget.take("12345678") == "12345678" and budget.take("123") is None and budget.take("12") == "12"
    assert ROW_BYTES + SHEET_BYTES <= PAGE_BYTES - 1_000_000, "tables and plots need some room"
    monkeypatch.setattr(clip_rows, "ROW_BYTES", 30_000)
    monkeypatch.setattr(page_module, "SHEET_BYTES", 15_000)
    page = render(results, folder, ours=OURS)
    sheets = re.findall(r'<div class="sheet">', page)
    hidden = len(results.protocol.case_ids) - len(sheets)
    assert 0 < len(sheets) and f"{hidden} more cases are in the predictions folder" in page
    assert "would make the page too large" in page
    rows = re.findall(r'<section class="case row".*?</section>', page, re.DOTALL)
    assert rows and sum(map(len, re.findall(r'"data:[^"]*"', "".join(rows)))) <= 30_500


def test_the_short_table_has_values_and_speed(results: Results) -> None:
    table = overview(results, names_of(results))
    shown = ["csim[dlib]", "expression_transfer[mesh468]", "pose_error_deg[mesh468]", "fd[dlib]"]
    assert [column.metric for column in table.columns] == shown
    for name, cells in table.rows.items():
        for column, cell in zip(table.columns, cells, strict=False):
            found = results.aggregate(name, column.metric)
            assert found is not None and cell.text.startswith(format_value(found.value))
            assert found.value is not None and float(cell.sort) == found.value
    speed = SpeedRecord(
        load_s=1, warm_up_s=1, prepare_s=1, first_frame_s=1, frame_p50_s=0.04, frame_p95_s=1, frames=9,
        peak_memory_bytes=1, peak_gpu_bytes=None,
    )  # fmt: skip
    methods = [results.methods[0].model_copy(update={"speed": speed}), *results.methods[1:]]
    timed = overview(results.model_copy(update={"methods": methods}), names_of(results))
    assert timed.has_speed and timed.rows[OURS][-1].text == "25"


def test_without_a_headline_the_short_table_has_what_there_is(results: Results) -> None:
    (column,) = overview(of_metrics(results, {"pose_error_deg[mesh468]"}), names_of(results)).columns
    assert column.metric == "pose_error_deg[mesh468]"


def test_groups_and_single_cases_hold_the_rows_values(results: Results) -> None:
    names = names_of(results)
    assert [one.by for one in breakdowns(results, names)] == ["task", "source", "driver"]
    (by_task, *_) = breakdowns(results, names)
    tasks = {row[0]: row[1] for row in by_task.grids[0].rows}
    rows = [row for row in results.case_rows(OURS, "csim[dlib]") if "rotations" in row.case_id.partition("--")[0]]
    mean = fmean(row.value for row in rows if row.value is not None)
    assert getattr(tasks["rotations"], "text", None) == format_value(mean)
    table = case_table(results, names, OURS)
    assert len(table.lines) == len(names) * len(results.protocol.case_ids) and table.left_out == 0


def test_long_tables_keep_the_worst_cases_and_say_how_many_are_left_out(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_cases, "MOST_CASE_LINES", 3)
    monkeypatch.setattr(single_cases, "MOST_GROUPS", 1)
    table = case_table(results, names_of(results), OURS)
    values = sorted(row.value for row in results.case_rows(OURS, "csim[dlib]") if row.value is not None)
    assert [line.method for line in table.lines] == [OURS] * 3
    assert [float(line.numbers[0][1]) for line in table.lines] == values[:3]
    assert table.left_out == len(results.protocol.case_ids) - 3
    (first, *_) = breakdowns(results, names_of(results))
    assert len(first.grids[0].rows) == 2 and "more groups" in first.grids[0].notes[-1]


def test_a_curve_is_not_drawn_across_frames_without_a_value() -> None:
    curve = Curve(method="m", metric="csim[dlib]", every=2, values=(1.0, 0.5, None, 0.2, 0.3, None, 0.7))
    plot = plot_curve([curve], 14, "CSIM", {"m": "#123456"}, window=(4, 6), still_frame=2)
    assert plot is not None
    lines = re.findall(r'<path d="M([^"]*)" fill="none" stroke="#123456"', plot)
    assert [line.count("L") for line in lines] == [1, 1] and plot.count("<circle") == 1
    first, last, at = (
        float(found) for found in re.findall(r'data-first="([^"]*)" data-last="([^"]*)" x1="([^"]*)"', plot)[0]
    )
    assert first < at < last and (at - first) / (last - first) == pytest.approx(2 / 5, abs=0.01)
    empty = curve.model_copy(update={"values": (None,)})
    assert plot_curve([empty], 1, "CSIM", {"m": "#123456"}, window=(0, 1), still_frame=0) is None


def test_very_many_cases_are_an_outline_that_is_widest_where_most_are() -> None:
    values = np.random.default_rng(0).normal(0.5, 0.1, 3000).tolist()
    around = outline(values, 2.0)
    widest = max(around, key=lambda point: point[0])
    assert widest[1] == pytest.approx(0.5, abs=0.05) and len(around) < 100
    assert min(x for x, _ in around) == pytest.approx(4.0 - widest[0]), "mirrored"
    for one_value in ([1.0] * 200, [1.0, np.nextafter(1.0, 0.0)] * 100):  # the source's own similarity to itself
        assert outline(one_value, 0.0) == [(-0.16, min(one_value)), (0.16, min(one_value))]


def test_speed_is_on_a_logarithmic_axis() -> None:
    plot = plot_speed({"slow": (0.5, 1.0), "fast": (50.0, 2.0)}, "CSIM", {"slow": "#111111", "fast": "#222222"})
    assert plot is not None
    assert [label for label in ("0.1", "1", "10", "100") if f">{label}<" in plot] == ["0.1", "1", "10", "100"]
    xs = [float(x) for x in re.findall(r'<circle cx="([^"]*)"', plot)]
    (left, right) = (float(x) for x in re.findall(r'<text x="([^"]*)"[^>]*>(?:0\.1|100)<', plot))
    assert (xs[1] - xs[0]) / (right - left) == pytest.approx(2 / 3, abs=0.01)
    assert plot_speed({}, "CSIM", {}) is None
