"""The table on the terminal: one row per metric, one column per method, what went wrong beneath."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from benchmark.metrics import CARDS
from benchmark.metrics.catalog import reference_metrics
from benchmark.metrics.eyes import LEGEND, MARK, shared_with
from benchmark.metrics.unasked import UNASKED
from benchmark.report.method_cards import label_legends, label_of
from benchmark.report.tiers import rule, tier_lines
from benchmark.results.comparison import Comparisons, compare_results
from benchmark.results.schema import REFERENCE_ROW, Aggregate, Results
from feed_dataset.core.jobs.words import counted

if TYPE_CHECKING:
    from rich.console import Console

ARROWS = {True: "↑", False: "↓", None: " "}
_SHOWN_FAILURES = 12
_CALIBRATION = "csim_calibration"
_METRIC_WIDTH, _METHOD_WIDTH = 24, 18  # columns; tables with more methods than fit are printed in parts


def print_results(results: Results, console: Console, *, ours: str) -> None:
    """Print the table, what was not computed, what failed, and how sure the differences are."""
    names = [method.name for method in results.methods] if shown_metrics(results) else []  # no table without a row
    fitting = max(1, (console.width - _METRIC_WIDTH) // _METHOD_WIDTH)
    for start in range(0, len(names), fitting):
        console.print(build_table(results, names[start : start + fitting], ours=ours))
    for metric, line in calibration_lines(results).items():
        console.print(Text(f"{metric} {line}", style="dim"))
    found = shown_comparisons(results)
    for metric, line in tier_lines(found).items():
        console.print(Text(f"{metric}: {line}"))
    if found.differences:
        console.print(Text(rule(found), style="dim"))
    for line in not_computed_lines(results):
        console.print(Text(line, style="yellow"))
    for line in failure_lines(results):
        console.print(Text(line, style="red"))
    for line in unasked_lines(results):
        console.print(Text(f"not asked: {line}", style="dim"))
    for line in by_itself_lines(results):
        console.print(Text(line, style="dim"))


def build_table(results: Results, names: Sequence[str], *, ours: str) -> Table:
    """Metrics down, methods across; each cell is the mean, its 95 % interval and cases scored of expected."""
    protocol = results.protocol
    limited = f", only the first {protocol.limit}" if protocol.limit else ""
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        title=escape(
            f"{protocol.name} v{protocol.version} on {results.data.name}:"
            f" {counted(len(protocol.case_ids), 'case')}{limited}"
        ),
        caption=(
            f"mean over cases [{interval_kind(results)}], cases scored/expected;"
            f" ↑ higher is better, ↓ lower is better{f'; {LEGEND}' if is_marked(results) else ''}"
            f"{''.join(f'; {one}' for one in label_legends(results))}"
        ),
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("metric", no_wrap=True)
    for name in names:
        table.add_column(
            Text(label_of(results, name)), justify="right", style="bold" if name == ours else None, overflow="fold"
        )
    for metric in shown_metrics(results):
        cells = [results.aggregate(name, metric) for name in names]
        first = next(one for one in results.aggregates if one.metric == metric)  # a part may have no cell of it
        label = _label(metric, ARROWS[first.higher_is_better], first.unit)
        table.add_row(label, *[_cell(cell, mark_of(results, cell)) for cell in cells])
    return table


def interval_kind(results: Results) -> str:
    """What the intervals of a file are."""
    return "95 % interval over drivers and sources" if results.clusters_sources else "95 % bootstrap over drivers alone"


def metric_order(results: Results) -> list[str]:
    """Metrics in the protocol's order."""
    return list(dict.fromkeys(aggregate.metric for aggregate in results.aggregates))


def shown_metrics(results: Results) -> list[str]:
    """Those with a row in tables: computed for any method, and a method's score rather than a scale for others."""
    computed = {a.metric for a in results.aggregates if a.not_computed is None}
    return [m for m in metric_order(results) if m in computed and not m.startswith(f"{_CALIBRATION}[")]


def shown_comparisons(results: Results) -> Comparisons:
    """Every two methods in the metrics that tables show."""
    return compare_results(results, shown_metrics(results))


def calibration_lines(results: Results) -> dict[str, str]:
    """By id of a CSIM what its network says of one person and of different people in these very videos."""
    lines = {}
    for aggregate in results.aggregates:
        name, _, network = aggregate.metric.partition("[")
        same, different = aggregate.extra.get("same"), aggregate.extra.get("different")
        if name == _CALIBRATION and isinstance(same, float) and isinstance(different, float):
            lines[f"csim[{network}"] = (
                f"on these videos: same person {format_value(same)}, different people {format_value(different)}"
            )
    return lines


def format_value(value: float | None) -> str:
    """Three significant places that line up: 0.831, 12.4, 245."""
    if value is None:
        return "–"
    size = abs(value)
    return f"{value:.3f}" if size < 10 else f"{value:.1f}" if size < 100 else f"{value:.0f}"


def _label(metric: str, arrow: str, unit: str) -> Text:
    name, bracket, network = metric.partition("[")
    beneath = "\n".join(part for part in (bracket + network, unit) if part)
    return Text(f"{name} {arrow}").append(f"\n{beneath}" if beneath else "", style="dim")


def mark_of(results: Results, aggregate: Aggregate | None) -> str:
    """The sign beside a value of a method that looks at faces with the eyes of the metric; "" elsewhere."""
    if aggregate is None or aggregate.value is None:
        return ""
    return mark_for(results, aggregate.method, aggregate.metric)


def mark_for(results: Results, method: str, metric: str) -> str:
    """The sign of every value that a method has in a metric."""
    card = CARDS.get(metric)
    reads_with = next((one.reads_with for one in results.methods if one.name == method), None)
    return MARK if card is not None and reads_with and shared_with(card, reads_with) is not None else ""


def is_marked(results: Results) -> bool:
    """Whether any value has the sign."""
    return any(mark_of(results, aggregate) for aggregate in results.aggregates)


def _cell(aggregate: Aggregate | None, mark: str = "") -> Text:
    if aggregate is None or aggregate.not_computed is not None:
        return Text("not computed", style="dim")
    counts = f"{aggregate.cases_scored}/{aggregate.cases_expected}"
    text = Text(f"{format_value(aggregate.value)}{mark or ' '} ")
    text.append(counts, style="red" if aggregate.cases_failed else "dim")
    if aggregate.ci_low is not None and aggregate.ci_high is not None:
        text.append(f"\n[{format_value(aggregate.ci_low)}, {format_value(aggregate.ci_high)}]", style="dim")
    return text


def not_computed_lines(results: Results) -> list[str]:
    """One line per reason with the metrics that have no value for it, naming the command where there is one."""
    methods_of: dict[tuple[str, str], list[str]] = {}
    for aggregate in results.aggregates:
        lack = aggregate.not_computed
        if lack is not None:
            command = f", get it with: {lack.command}" if lack.command else ""
            key = (aggregate.metric, f"not computed: needs {lack.needs}{command}")
            methods_of.setdefault(key, []).append(aggregate.method)
        elif aggregate.value is None and "reason" in aggregate.extra:
            key = (aggregate.metric, f"without a value: {aggregate.extra['reason']}")
            methods_of.setdefault(key, []).append(aggregate.method)
    everyone = len(results.methods)
    metrics_of: dict[tuple[str, str], list[str]] = {}
    for (metric, text), methods in methods_of.items():
        whose = "" if len(methods) == everyone else f" of {', '.join(methods)}"
        metrics_of.setdefault((whose, text), []).append(metric)
    return [f"{', '.join(metrics)}{whose} {text}" for (whose, text), metrics in metrics_of.items()]


def not_of_references(results: Results) -> dict[str, list[str]]:
    """Why the row of the references has no value of metrics that tables show: metrics by reason."""
    found: dict[str, list[str]] = {}
    for metric in shown_metrics(results):
        card = CARDS.get(metric)
        if card is None or reference_metrics([card]) or results.aggregate(REFERENCE_ROW, metric) is not None:
            continue
        is_inside = "latents" in card.needs
        reason = "a video has no expression descriptors z" if is_inside else "it would be compared with itself"
        found.setdefault(f"not computed: {reason}", []).append(metric)
    return found if any(one.name == REFERENCE_ROW for one in results.methods) else {}


def by_itself_lines(results: Results) -> list[str]:
    """The same in words, one line for each reason."""
    return [f"{', '.join(metrics)} of {REFERENCE_ROW} {why}" for why, metrics in not_of_references(results).items()]


def failure_lines(results: Results, *, limit: int | None = _SHOWN_FAILURES) -> list[str]:
    """Cases without frames, then how many frames of each metric had no value and why, but for `unasked_lines`."""
    lines = []
    for failed in results.failures:
        who = failed.method or "every method"
        lines.append(f"failed ({failed.stage}): {failed.case_id} for {who}: {failed.reason}")
    lines += [
        f"{counted(count, 'frame')} without a value: {who} in {', '.join(metrics)}: {reason}"
        for (who, reason, count), metrics in _lost_frames(results).items()
        if reason not in UNASKED
    ]
    lines += [
        f"{counted(lost, 'sample')} without a value: {a.method} in {a.metric}, computed on the other {a.extra['n']:.0f}"
        for a in results.aggregates
        if isinstance(lost := a.extra.get("n_failed"), float) and lost > 0 and a.value is not None
    ]
    hidden = 0 if limit is None else len(lines) - limit
    return lines if hidden <= 0 else [*lines[:limit], f"... and {hidden} more, in results.json"]


def unasked_lines(results: Results) -> list[str]:
    """Metrics that say nothing of some frames because the driver does not do what they measure: no failures."""
    return [
        f"{', '.join(metrics)} of {who}: {counted(count, 'frame')}: {reason}"
        for (who, reason, count), metrics in _lost_frames(results).items()
        if reason in UNASKED
    ]


_NUMBERS = re.compile(r" \([^()]*\d[^()]*\)$")  # of one case, at the end of a reason


def _without_numbers(counts: Mapping[tuple[str, str, str], int]) -> dict[tuple[str, str, str], int]:
    """Reasons that several cases give with numbers of their own, such as "no peak (r 0.1, p 0.2)", are one."""
    stems: dict[str, set[str]] = {}
    for _, _, reason in counts:
        stems.setdefault(_NUMBERS.sub("", reason), set()).add(reason)
    found: dict[tuple[str, str, str], int] = {}
    for (method, metric, reason), count in counts.items():
        stem = _NUMBERS.sub("", reason)
        key = (method, metric, stem if len(stems[stem]) > 1 else reason)
        found[key] = found.get(key, 0) + count
    return found


def _lost_frames(results: Results) -> dict[tuple[str, str, int], list[str]]:
    """(method, reason, frames) -> metrics, without the cases that failed as a whole."""
    failed = {(f.method, f.case_id) for f in results.failures}
    counts: dict[tuple[str, str, str], int] = {}
    for row in results.rows:
        if (row.method, row.case_id) in failed or (None, row.case_id) in failed:
            continue
        for failure in row.failures:
            key = (row.method, row.metric, failure.reason)
            counts[key] = counts.get(key, 0) + failure.count
    counts = _without_numbers(counts)
    by_metric: dict[tuple[str, str, int], list[str]] = {}
    for (method, metric, reason), count in counts.items():
        by_metric.setdefault((metric, reason, count), []).append(method)
    merged: dict[tuple[str, str, int], list[str]] = {}
    for (metric, reason, count), methods in by_metric.items():
        merged.setdefault((", ".join(methods), reason, count), []).append(metric)
    return merged
