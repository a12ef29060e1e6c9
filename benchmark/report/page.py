"""From a results file and its run's folder to one self-contained HTML page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from benchmark.engine.case_files import MAX_SHEETS, load_index
from benchmark.engine.clips import CLIP_PX
from benchmark.metrics import CARDS
from benchmark.metrics.eyes import LEGEND
from benchmark.protocols.photos import PHOTOS
from benchmark.report.budget import SHEET_BYTES, Budget
from benchmark.report.cards import FullCard, facts, full_cards, lists
from benchmark.report.ceilings import BESIDE_CAPTION, BESIDE_TITLE, beside_text, ceiling_table, cell_text
from benchmark.report.clip_rows import gallery
from benchmark.report.differences import POWER_HEADING, compare, power_lines
from benchmark.report.method_cards import label_legends, label_of, method_views
from benchmark.report.overview import frames_per_second, headline_columns, overview
from benchmark.report.plots import method_colours, plot_cases, plot_spectrum, plot_speed
from benchmark.report.row_video import CODE_BITS, CODE_PX, COLUMNS
from benchmark.report.sheets import Sheet, build_sheet, fitting
from benchmark.report.single_cases import breakdowns, case_table
from benchmark.report.spectra import spectra
from benchmark.report.speeds import HEADING as SPEED_HEADING
from benchmark.report.speeds import speed_rows
from benchmark.report.survivorship import audit
from benchmark.report.table import (
    ARROWS,
    calibration_lines,
    failure_lines,
    interval_kind,
    is_marked,
    metric_order,
    shown_comparisons,
    unasked_lines,
)
from benchmark.report.tabular import Doctor, doctor_of, lacking, table_of
from benchmark.report.tiers import rule, tier_lines
from benchmark.report.user_study import STUDIES, OrderAgreement, order_agreement
from benchmark.results.schema import Results, write_text_atomic

REPORT_FILE = "report.html"
VIDEO = {"tile": CLIP_PX, "columns": COLUMNS, "bits": CODE_BITS, "block": CODE_PX}
"""How the page's script finds tiles and frame numbers in a row's video."""
_PLOTTED = 6
_SPEED_PLOTS = 3
OPEN_SHEETS = 4
"""Pictures of cases that are open; the others are a click away: a phone shows one after the other."""
_CAPTION_METRICS = (
    "expression_transfer[mesh468]",
    "expression_transfer[mesh478]",
    "pose_transfer[mesh468]",
    "pose_transfer[mesh478]",
    "csim[dlib]",
)


def write_report(results: Results, folder: Path, *, ours: str) -> Path:
    """Write FOLDER/report.html and return its path."""
    path = folder / REPORT_FILE
    write_text_atomic(path, render(results, folder, ours=ours))
    return path


def render(results: Results, folder: Path, *, ours: str) -> str:
    """The page as text."""
    return fill("template.html.j2", context(results, folder, ours=ours))


def fill(template: str, values: Mapping[str, Any]) -> str:
    """A template of this folder with values."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=FunctionLoader(_read)
    )
    environment.filters["code"] = with_code
    return environment.get_template(template).render(values)


def script() -> tuple[str, str]:
    """The page's script, and the policy by which it is the only one that runs and nothing is fetched from anywhere."""
    text = _read("page.js")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, (
        f"default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )


def _read(name: str) -> str:
    return (resources.files("benchmark.report") / name).read_text(encoding="utf-8")


def context(results: Results, folder: Path, *, ours: str) -> dict[str, Any]:
    """Everything that the template shows."""
    names = [method.name for method in results.methods]
    index = load_index(folder)
    shown = [case_id for case_id in results.protocol.case_ids if case_id in index][:MAX_SHEETS]
    sheets = fitting((build_sheet(folder, index[case_id]) for case_id in shown), Budget(SHEET_BYTES))
    colours = method_colours(names)
    playing = gallery(results, folder, colours)
    # Where nothing plays: a photograph is what a reader recognises first, and motion is what the page is about.
    glimpse = max(
        (sheet for sheet in sheets if sheet.source and not playing.rows),
        key=lambda sheet: (sheet.files.source_id.startswith("photo:"), sheet.motion),
        default=None,
    )
    doctor: Doctor | None = doctor_of(results)
    found = shown_comparisons(results)
    text, policy = script()
    return {
        "script": text,
        "policy": policy,
        "video": VIDEO,
        "overview": overview(results, names),
        "gallery": playing,
        "speeds": speed_plots(results, colours),
        "breakdowns": breakdowns(results, names),
        "single": case_table(results, names, ours),
        "results": results,
        "ours": ours,
        "interval": interval_kind(results),
        "names": names,
        "colours": colours,
        "table": table_of(results, names, calibration_lines(results)),
        "ceilings": ceiling_table(results, folder),
        "ceiling_text": cell_text,
        "beside_text": beside_text,
        "beside_title": BESIDE_TITLE,
        "beside_caption": BESIDE_CAPTION,
        "statements": compare(found, results, ours),
        "rule": rule(found),
        "tiers": tier_lines(found),
        "power": power_lines(results, found),
        "power_heading": POWER_HEADING,
        "survivorship": audit(results),
        "cards": [CardView.of(one) for one in full_cards(metric_order(results))],
        "notes": results.notes or [],
        "doctor": doctor,
        "plots": case_plots(results),
        "spectrum": _spectrum(results, folder),
        "studies": user_studies(results),
        "glimpse": glimpse,
        "open_sheets": OPEN_SHEETS,
        "sheets": [sheet for sheet in sheets if sheet is not glimpse],
        "legend": legend_of(results),
        "labels": {name: label_of(results, name) for name in names},
        "method_views": method_views(results),
        "speed_rows": speed_rows(results),
        "speed_heading": SPEED_HEADING,
        "captions": {sheet.files.case_id: _captions(results, sheet) for sheet in sheets},
        "hidden_cases": len(results.protocol.case_ids) - len(sheets),
        "not_computed": lacking(results),
        "failures": failure_lines(results, limit=None),
        "unasked": unasked_lines(results),
        "total_s": sum(results.timings_s.values()),
        "credits": [
            photo.credit for photo in PHOTOS.values() if any(s.files.source_id == f"photo:{photo.name}" for s in sheets)
        ],
    }


@dataclass(frozen=True)
class StudyView:
    """A user study that has at least three of the methods."""

    source: str
    methods: Sequence[str]
    lines: Sequence[OrderAgreement]


def user_studies(results: Results) -> list[StudyView]:
    """How the metrics order the methods beside how people did, where enough methods are of the paper."""
    views = []
    for study in STUDIES.values():
        lines = [line for line in order_agreement(results, study.id) if line.kendall_tau is not None]
        if lines:
            views.append(StudyView(study.source, lines[0].methods, lines))
    return views


@dataclass(frozen=True)
class CardView:
    """A metric's card as the page shows it."""

    id: str
    title: str
    summary: str
    facts: Sequence[tuple[str, str]]
    lists: Sequence[tuple[str, Sequence[str]]]

    @classmethod
    def of(cls, one: FullCard) -> CardView:
        return cls(one.metric.id, one.metric.title, one.metric.summary, facts(one), lists(one))


def with_code(text: str) -> Any:
    """The text as HTML, with what stands between backticks as code; everything else is escaped."""
    from markupsafe import Markup, escape

    parts = [escape(part) if i % 2 == 0 else Markup("<code>%s</code>") % part for i, part in enumerate(text.split("`"))]
    return Markup("").join(parts)


def legend_of(results: Results) -> str:
    """What the signs beside values and names mean; "" where there are none."""
    return "; ".join([*([LEGEND] if is_marked(results) else []), *label_legends(results)])


def case_plots(results: Results) -> list[str]:
    """The first metrics of single cases, every case as a dot."""
    plots: list[str] = []
    for metric in metric_order(results):
        known = CARDS.get(metric)
        if known is not None and known.level == "case" and len(plots) < _PLOTTED:
            title = f"{known.title} {ARROWS[known.higher_is_better].strip()}".strip()
            plot = plot_cases(results, metric, title)
            plots += [] if plot is None else [plot]
    return plots


def speed_plots(results: Results, colours: Mapping[str, str]) -> list[str]:
    """The first headline metrics against speed, of the methods whose speed was measured."""
    plots: list[str] = []
    for column in headline_columns(results)[:_SPEED_PLOTS]:
        points = {}
        for name in colours:
            rate, found = frames_per_second(results, name), results.aggregate(name, column.metric)
            if rate is not None and found is not None and found.value is not None:
                points[name] = (rate, found.value)
        plot = plot_speed(points, f"{column.title} {column.arrow}".strip(), colours)
        plots += [] if plot is None else [plot]
    return plots


def _spectrum(results: Results, folder: Path) -> str | None:
    curves = spectra(results, folder)
    areas = {name: a.value for name in curves if (a := results.aggregate(name, "auc_z")) and a.value is not None}
    return plot_spectrum({name: curve for name, curve in curves.items() if name in areas}, areas)


def _captions(results: Results, sheet: Sheet) -> dict[str, str]:
    """Per method the case's own numbers, short."""
    case_id = sheet.files.case_id
    values = {(r.method, r.metric): r.value for r in results.rows if r.case_id == case_id}
    captions = {}
    for strip in sheet.strips:
        parts = []
        for metric in _CAPTION_METRICS:
            value = values.get((strip.label, metric))
            if value is not None and metric in CARDS:
                parts.append(f"{CARDS[metric].title} {value:.2f}")
        captions[strip.label] = ", ".join(parts)
    return captions
