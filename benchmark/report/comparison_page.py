"""Several runs as one self-contained HTML page, from the pieces of a single run's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmark.engine.case_files import MAX_SHEETS, load_index
from benchmark.report.budget import SHEET_BYTES, Budget
from benchmark.report.cards import full_cards
from benchmark.report.differences import POWER_HEADING, compare, power_lines
from benchmark.report.joint_rows import joint_rows
from benchmark.report.method_cards import label_of
from benchmark.report.overview import overview
from benchmark.report.page import OPEN_SHEETS, VIDEO, CardView, case_plots, fill, legend_of, script, speed_plots
from benchmark.report.plots import method_colours
from benchmark.report.sheets import Sheet, build_sheet, fitting
from benchmark.report.speeds import HEADING as SPEED_HEADING
from benchmark.report.speeds import speed_rows
from benchmark.report.survivorship import audit
from benchmark.report.table import (
    calibration_lines,
    failure_lines,
    interval_kind,
    metric_order,
    shown_comparisons,
    unasked_lines,
)
from benchmark.report.tabular import lacking, table_of
from benchmark.report.tiers import rule, tier_lines
from benchmark.results.schema import write_text_atomic
from benchmark.runs.opened import Run
from benchmark.runs.together import Together


def write_comparison(tables: Sequence[Together], runs: Sequence[Run], path: Path, *, against: str) -> None:
    """Write the page.

    Args:
        against: the method that is compared with each other one, where a table has it.
    """
    write_text_atomic(path, render_comparison(tables, runs, against=against))


def render_comparison(tables: Sequence[Together], runs: Sequence[Run], *, against: str) -> str:
    """The page as text."""
    metrics = dict.fromkeys(metric for one in tables for metric in metric_order(one.results))
    text, policy = script()
    values = {
        "script": text,
        "policy": policy,
        "video": VIDEO,
        "open_sheets": OPEN_SHEETS,
        "runs": runs,
        "tables": [_view(one, runs, against) for one in tables],
        "cards": [CardView.of(card) for card in full_cards(metrics)],
    }
    return fill("comparison.html.j2", values)


def _view(one: Together, runs: Sequence[Run], against: str) -> dict[str, Any]:
    results = one.results
    names = [method.name for method in results.methods]
    ours = against if against in names else names[0]
    found = shown_comparisons(results)
    colours = method_colours(names)
    return {
        "overview": overview(results, names),
        "differing": joint_rows(one, runs, colours, ours),
        "speeds": speed_plots(results, colours),
        "speed_rows": speed_rows(results),
        "speed_heading": f"{SPEED_HEADING}. Machines may differ from run to run",
        "results": results,
        "runs": one.runs,
        "apart": one.apart,
        "notes": [*one.notes, *(results.notes or [])],
        "names": names,
        "ours": ours,
        "labels": {name: label_of(results, name) for name in names},
        "colours": colours,
        "interval": interval_kind(results),
        "scores": table_of(results, names, calibration_lines(results)),
        "legend": legend_of(results),
        "not_computed": lacking(results),
        "rule": rule(found),
        "statements": compare(found, results, ours),
        "tiers": tier_lines(found),
        "power": power_lines(results, found),
        "power_heading": POWER_HEADING,
        "plots": case_plots(results),
        "failures": failure_lines(results, limit=None),
        "unasked": unasked_lines(results),
        "survivorship": audit(results),
        "sheets": fitting(sheets_of(one, runs), Budget(SHEET_BYTES)),
    }


def sheets_of(one: Together, runs: Sequence[Run]) -> list[Sheet]:
    """Pictures of the cases of which any run still has some: source and driver once, then every method of every run."""
    folders = {run.label: run.folder for run in runs}
    indices = {label: load_index(folders[label]) for label in one.runs}
    sheets: list[Sheet] = []
    for case_id in one.results.protocol.case_ids:
        own = {
            label: build_sheet(folders[label], index[case_id]) for label, index in indices.items() if case_id in index
        }
        if own and len(sheets) < MAX_SHEETS:
            sheets.append(_joint(own, one.origins))
    return sheets


def _joint(own: Mapping[str, Sheet], origins: Mapping[str, tuple[str, str]]) -> Sheet:
    first = next(iter(own.values()))
    strips = {(label, strip.label): strip for label, sheet in own.items() for strip in sheet.strips}
    methods = [
        replace(strip, label=shown) for shown, place in origins.items() if (strip := strips.get(place)) is not None
    ]
    source = next((sheet.source for sheet in own.values() if sheet.source), None)
    return Sheet(first.files, source, (first.strips[0], *methods), first.motion)
