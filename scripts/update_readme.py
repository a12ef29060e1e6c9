"""Fill the README's short table and docs/results.md from a results file: numbers come from runs, not from hands.

python -m scripts.update_readme runs/feed-mini-cross/results.json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmark.metrics.eyes import LEGEND
from benchmark.report.ceilings import BESIDE_CAPTION, BESIDE_TITLE, beside_text, ceiling_table, cell_text
from benchmark.report.differences import POWER_HEADING, power_lines
from benchmark.report.method_cards import label_of, seen_legend
from benchmark.report.table import (
    calibration_lines,
    interval_kind,
    is_marked,
    mark_of,
    metric_order,
    shown_comparisons,
    shown_metrics,
)
from benchmark.report.tiers import rule, tier_lines
from benchmark.results.errors import ResultsError
from benchmark.results.schema import Aggregate, Results, write_text_atomic
from feed_dataset.core.jobs.cells import md_text
from leaderboard.tables import arrow, number

ROOT = Path(__file__).resolve().parent.parent
README, PAGE = ROOT / "README.md", ROOT / "docs" / "results.md"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
CEILINGS_BEGIN, CEILINGS_END = "<!-- ceilings:begin -->", "<!-- ceilings:end -->"
TELLING = (
    "csim[dlib]",
    "expression_transfer[mesh478]",
    "intensity[mesh478]",
    "asymmetry[mesh478]",
    "pose_transfer[mesh478]",
    "gaze_error_deg[iris]",
    "fd[dlib]",
)
"""Metrics of the README: one for each thing that a method should do, where a run without further downloads has it."""


def short_table(results: Results) -> str:
    """The README's table: value and interval of a few metrics.

    Raises:
        ValueError: the results have none of these metrics.
    """
    metrics = [metric for metric in shown_metrics(results) if metric in TELLING]
    if not metrics:
        raise ValueError(f"expected results with at least one metric among {', '.join(TELLING)} but got none")
    return "\n".join([*_rows(results, metrics, _value), "", md_text(f"{_caption(results)}.")])


def full_table(results: Results) -> str:
    """The table of docs/results.md: every metric that was computed, with the cases that have no value."""
    lines = _rows(results, shown_metrics(results), _value_and_counts)
    lines += ["", md_text(f"{_caption(results)}; {results.environment.device}.")]
    lines += [f"\n{md_text(f'{metric} {line}.')}" for metric, line in calibration_lines(results).items()]
    lines += _told_apart(results)
    missing: dict[str, list[str]] = {}
    for metric in metric_order(results):
        lacks = [a.not_computed for a in results.aggregates if a.metric == metric]
        if lacks and all(lack is not None for lack in lacks):
            missing.setdefault(next(lack.needs for lack in lacks if lack is not None), []).append(metric)
    for needs, metrics in missing.items():
        text = f"Not computed: {', '.join(metrics)}; needs {needs}."
        lines.append(f"\n{md_text(text)}")
    return "\n".join(lines)


def ceilings_table(results: Results) -> str:
    """The table of ceilings beside the methods, or why there is none."""
    table = ceiling_table(results)
    if not table.names:
        return md_text(f"{table.remark}.")
    methods = [method.name for method in results.methods]
    lines = [
        _row(["metric", *methods, *table.names]),
        f"|{'|'.join(['---', *['---:'] * (len(methods) + len(table.names))])}|",
    ]
    for line in table.lines:
        aggregates = [results.aggregate(name, line.metric) for name in methods]
        cells = ["–" if a is None else _value(a) for a in aggregates]
        label = f"{line.metric}{f' {line.arrow}' if line.arrow else ''}"
        lines.append(_row([label, *cells, *map(cell_text, line.values)]))
    lines += ["", *(f"`{name}`: {md_text(summary)}.  " for name, summary in table.legend)]
    if table.beside:
        lines += ["", f"{BESIDE_TITLE[0].upper()}{BESIDE_TITLE[1:]}: {BESIDE_CAPTION}.", ""]
        lines += [_row(["metric", *table.methods]), f"|{'|'.join(['---', *['---:'] * len(table.methods)])}|"]
        for beside in table.beside:
            label = f"{beside.metric}{f' {beside.arrow}' if beside.arrow else ''}"
            lines.append(_row([label, *map(beside_text, beside.cells)]))
    return "\n".join(lines)


def _told_apart(results: Results) -> list[str]:
    """Tiers, and what difference the protocol would find."""
    found = shown_comparisons(results)
    tiers = tier_lines(found)
    if not tiers:
        return []
    lines = [f"\n{md_text(rule(found))}", "", "| metric | from better to worse |", "|---|---|"]
    lines += [_row([metric, line]) for metric, line in tiers.items()]
    power = power_lines(results, found)
    if power:
        lines += [f"\n{md_text(POWER_HEADING)}", ""]
        lines += ["| metric | driver / source / rest | one comparison | all shown |", "|---|---:|---:|---:|"]
        lines += [_row([one.metric, one.shares, one.alone, one.corrected]) for one in power]
    return lines


def filled(markdown: str, content: str, begin: str = BEGIN, end: str = END) -> str:
    """The page with what stands between the two markers replaced.

    Raises:
        ValueError: a marker is missing or there are several.
    """
    if markdown.count(begin) != 1 or markdown.count(end) != 1 or markdown.index(begin) > markdown.index(end):
        raise ValueError(f"expected {begin} and then {end} once each in the page")
    before, rest = markdown.split(begin)
    return f"{before}{begin}\n{content}\n{end}{rest.split(end)[1]}"


def _rows(results: Results, metrics: list[str], cell: Callable[[Aggregate], str]) -> list[str]:
    names = [method.name for method in results.methods]
    lines = [
        _row(["metric", *[label_of(results, name) for name in names]]),
        f"|{'|'.join(['---', *['---:'] * len(names)])}|",
    ]
    for metric in metrics:
        aggregates = [results.aggregate(name, metric) for name in names]
        first = next(a for a in aggregates if a is not None)
        unit = f" ({first.unit})" if first.unit else ""
        cells = ["–" if a is None else f"{cell(a)}{mark_of(results, a)}" for a in aggregates]
        lines.append(_row([f"{metric}{unit}{arrow(first.higher_is_better)}", *cells]))
    return lines


def _caption(results: Results) -> str:
    protocol = results.protocol
    kind = "rendered" if results.data.synthetic else "real"
    part = f", the first {protocol.limit} only" if protocol.limit else ""
    return (
        f"{protocol.name} v{protocol.version}: {len(protocol.case_ids)} cases{part} of up to"
        f" {protocol.frames_per_case} frames, {results.data.name} ({kind}); mean and"
        f" {interval_kind(results)}"
        f"{f'; {LEGEND}' if is_marked(results) else ''}"
        f"{f'; {seen}' if (seen := seen_legend(results)) else ''}"
    )


def _value(a: Aggregate) -> str:
    if a.value is None:
        return "–"
    interval = "" if a.ci_low is None or a.ci_high is None else f" [{number(a.ci_low)}, {number(a.ci_high)}]"
    return f"{number(a.value)}{interval}"


def _value_and_counts(a: Aggregate) -> str:
    lost = a.value is not None and a.cases_failed
    return f"{_value(a)}{f' ({a.cases_scored} of {a.cases_expected} scored)' if lost else ''}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(map(md_text, cells))} |"


def main() -> int:
    """Rewrite both pages; 2 with one line when the results file is unusable."""
    parser = argparse.ArgumentParser(description="Fill README.md and docs/results.md from a results file.")
    parser.add_argument("results", type=Path, metavar="RESULTS")
    options = parser.parse_args()
    try:
        results = Results.load(options.results)
        tables = {README: short_table(results), PAGE: full_table(results)}
        pages = {path: filled(path.read_text(encoding="utf-8"), text) for path, text in tables.items()}
        pages[PAGE] = filled(pages[PAGE], ceilings_table(results), CEILINGS_BEGIN, CEILINGS_END)
        for path, text in pages.items():
            write_text_atomic(path, text)
    except (ResultsError, ValueError) as error:
        print(f"update_readme: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
