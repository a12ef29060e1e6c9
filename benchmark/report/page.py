"""From a results file and its run's folder to one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.metrics import METRICS
from benchmark.photos import PHOTOS
from benchmark.report.plots import method_colours, plot_cases, plot_spectrum
from benchmark.report.sheets import Sheet, build_sheet, load_index
from benchmark.results import Aggregate, Results, write_text_atomic
from benchmark.table import ARROWS, failure_lines, format_value, metric_order, not_computed_lines

REPORT_FILE = "report.html"
MAX_SHEETS = 24  # of cases shown with pictures: the page stays small enough to send by mail
_PLOTTED = 6
_CAPTION_METRICS = ("expression_transfer[mesh468]", "pose_transfer[mesh468]", "csim[dlib]")


@dataclass(frozen=True)
class Cell:
    """One number of the table."""

    value: str
    interval: str
    counts: str
    failed: bool
    computed: bool


def write_report(results: Results, folder: Path, *, ours: str) -> Path:
    """Write FOLDER/report.html and return its path."""
    path = folder / REPORT_FILE
    write_text_atomic(path, render(results, folder, ours=ours))
    return path


def render(results: Results, folder: Path, *, ours: str) -> str:
    """The page as text."""
    from jinja2 import Environment, StrictUndefined

    template = (resources.files("benchmark.report") / "template.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(context(results, folder, ours=ours))


def context(results: Results, folder: Path, *, ours: str) -> dict[str, Any]:
    """Everything that the template shows."""
    names = [method.name for method in results.methods]
    index = load_index(folder)
    shown = [case_id for case_id in results.protocol.case_ids if case_id in index][:MAX_SHEETS]
    sheets = [build_sheet(folder, index[case_id], names) for case_id in shown]
    # A photograph is what a reader recognises first, and motion is what the page is about.
    glimpse = max(
        (sheet for sheet in sheets if sheet.source),
        key=lambda sheet: (sheet.files.source_id.startswith("photo:"), sheet.motion),
        default=None,
    )
    return {
        "results": results,
        "ours": ours,
        "level": round(100 * results.bootstrap.level),
        "names": names,
        "colours": method_colours(names),
        "table": _table(results, names),
        "statements": compare(results, ours),
        "plots": _plots(results, folder),
        "glimpse": glimpse,
        "sheets": [sheet for sheet in sheets if sheet is not glimpse],
        "captions": {sheet.files.case_id: _captions(results, sheet) for sheet in sheets},
        "hidden_cases": len(results.protocol.case_ids) - len(sheets),
        "not_computed": not_computed_lines(results),
        "failures": failure_lines(results, limit=None),
        "total_s": sum(results.timings_s.values()),
        "credits": [
            photo.credit for photo in PHOTOS.values() if any(s.files.source_id == f"photo:{photo.name}" for s in sheets)
        ],
    }


def compare(results: Results, ours: str) -> list[dict[str, Any]]:
    """Plain sentences: our method against each other one, metric by metric; noise is called noise."""
    from benchmark.stats import describe_difference, paired_difference

    groups = []
    for other in (method.name for method in results.methods if method.name != ours):
        sentences = []
        for metric in metric_order(results):
            aggregate = results.aggregate(ours, metric)
            mine = {r.case_id: r for r in results.case_rows(ours, metric)}
            theirs = {r.case_id: r.value for r in results.case_rows(other, metric)}
            common = [c for c, row in mine.items() if row.value is not None and theirs.get(c) is not None]
            if aggregate is None or not common:
                continue
            difference = paired_difference(
                np.array([mine[c].value for c in common], dtype=np.float64),
                np.array([theirs[c] for c in common], dtype=np.float64),
                [mine[c].cluster for c in common],
                results.bootstrap.seed,
            )
            sentence = describe_difference(
                ours, other, difference, higher_is_better=aggregate.higher_is_better, unit=aggregate.unit
            )
            sentences.append((metric, sentence))
        groups.append({"other": other, "sentences": sentences})
    return [group for group in groups if group["sentences"]]


def _table(results: Results, names: list[str]) -> list[dict[str, Any]]:
    rows = []
    for metric in metric_order(results):
        cells = [results.aggregate(name, metric) for name in names]
        first = next(cell for cell in cells if cell is not None)
        known = METRICS.get(metric)
        rows.append(
            {
                "metric": metric,
                "title": known.title if known else metric,
                "summary": known.summary if known else "",
                "arrow": ARROWS[first.higher_is_better],
                "unit": first.unit,
                "cells": [_cell(cell) for cell in cells],
            }
        )
    return rows


def _cell(aggregate: Aggregate | None) -> Cell:
    if aggregate is None or aggregate.not_computed is not None:
        return Cell("not computed", "", "", failed=False, computed=False)
    low, high = aggregate.ci_low, aggregate.ci_high
    interval = "" if low is None or high is None else f"{format_value(low)} to {format_value(high)}"
    counts = f"{aggregate.cases_scored}/{aggregate.cases_expected}"
    return Cell(format_value(aggregate.value), interval, counts, failed=aggregate.cases_failed > 0, computed=True)


def _plots(results: Results, folder: Path) -> list[str]:
    plots: list[str | None] = []
    for metric in metric_order(results):
        known = METRICS.get(metric)
        if known is not None and known.level == "case" and len(plots) < _PLOTTED:
            title = f"{known.title} {ARROWS[known.higher_is_better].strip()}".strip()
            plots.append(plot_cases(results, metric, title))
    curves = _spectra(results, folder)
    areas = {name: a.value for name in curves if (a := results.aggregate(name, "auc_z")) and a.value is not None}
    plots.append(plot_spectrum({name: curve for name, curve in curves.items() if name in areas}, areas))
    return [plot for plot in plots if plot is not None]


def _spectra(results: Results, folder: Path) -> Mapping[str, np.ndarray]:
    """Cumulative explained variance [d] of each method that has an AUC_z value."""
    from benchmark.metrics.auc_z import latent_spectrum
    from benchmark.metrics.moments import moments_of
    from benchmark.predictions import PredictionPath, load_latents, load_record

    curves = {}
    for method in results.methods:
        aggregate = results.aggregate(method.name, "auc_z")
        if aggregate is None or aggregate.value is None:
            continue
        parts = []
        for case_id in results.protocol.case_ids:
            at = PredictionPath(folder / "predictions" / method.name, case_id)
            record = load_record(at)
            latents = None if record is None else load_latents(at, record)
            if latents is not None:
                parts.append(latents[np.isfinite(latents).all(axis=1)])
        if sum(len(part) for part in parts) == aggregate.extra.get("n"):
            curves[method.name] = latent_spectrum(moments_of(np.concatenate(parts))).cumulative
    return curves


def _captions(results: Results, sheet: Sheet) -> dict[str, str]:
    """Per method the case's own numbers, short."""
    case_id = sheet.files.case_id
    values = {(r.method, r.metric): r.value for r in results.rows if r.case_id == case_id}
    captions = {}
    for strip in sheet.strips:
        parts = []
        for metric in _CAPTION_METRICS:
            value = values.get((strip.label, metric))
            if value is not None and metric in METRICS:
                parts.append(f"{METRICS[metric].title} {value:.2f}")
        captions[strip.label] = ", ".join(parts)
    return captions
