"""Fill the README's results table from a results file: numbers in it come from runs, never from hands.

python -m scripts.update_readme runs/feed-mini-cross/results.json
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmark.report.table import calibration_lines, metric_order, shown_metrics
from benchmark.results.errors import ResultsError
from benchmark.results.schema import Aggregate, Results, write_text_atomic
from leaderboard.tables import arrow, number
from leaderboard.text import md_text

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"


def table(results: Results) -> str:
    """The aggregates as Markdown: a row per metric that was computed, a column per method."""
    names = [method.name for method in results.methods]
    lines = [_row(["metric", *names]), f"|{'|'.join(['---', *['---:'] * len(names)])}|"]
    for metric in shown_metrics(results):
        aggregates = [results.aggregate(name, metric) for name in names]
        first = next(a for a in aggregates if a is not None)
        unit = f" ({first.unit})" if first.unit else ""
        lines.append(_row([f"{metric}{unit}{arrow(first.higher_is_better)}", *map(_cell, aggregates)]))
    protocol, e = results.protocol, results.environment
    kind = "synthetic" if results.data.synthetic else "real"
    part = f", the first {protocol.limit} only" if protocol.limit else ""
    caption = (
        f"{protocol.name} v{protocol.version}: {len(protocol.case_ids)} cases{part} of up to"
        f" {protocol.frames_per_case} frames, {results.data.name} ({kind}); mean and"
        f" {100 * results.bootstrap.level:.0f} % interval over cases, resampled by driver;"
        f" {e.device}, {sum(results.timings_s.values()):.0f} s in all."
    )
    lines += ["", md_text(caption)]
    lines += [f"\n{md_text(f'{metric} {line}.')}" for metric, line in calibration_lines(results).items()]
    missing: dict[str, list[str]] = {}
    for metric in metric_order(results):
        lacks = [a.not_computed for a in results.aggregates if a.metric == metric]
        if lacks and all(lack is not None for lack in lacks):
            missing.setdefault(next(lack.needs for lack in lacks if lack is not None), []).append(metric)
    for needs, metrics in missing.items():
        text = f"Not computed: {', '.join(metrics)}; needs {needs}."
        lines.append(f"\n{md_text(text)}")
    return "\n".join(lines)


def filled(markdown: str, content: str) -> str:
    """The README with what stands between the two markers replaced.

    Raises:
        ValueError: a marker is missing or there are several.
    """
    if markdown.count(BEGIN) != 1 or markdown.count(END) != 1 or markdown.index(BEGIN) > markdown.index(END):
        raise ValueError(f"expected {BEGIN} and then {END} once each in the README")
    before, rest = markdown.split(BEGIN)
    return f"{before}{BEGIN}\n{content}\n{END}{rest.split(END)[1]}"


def _cell(a: Aggregate | None) -> str:
    if a is None or a.value is None:
        return "–"
    interval = "" if a.ci_low is None or a.ci_high is None else f" [{number(a.ci_low)}, {number(a.ci_high)}]"
    counts = f" ({a.cases_scored} of {a.cases_expected} scored)" if a.cases_failed else ""
    return f"{number(a.value)}{interval}{counts}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(map(md_text, cells))} |"


def main() -> int:
    """Rewrite the README; 2 with one line when the results file is unusable."""
    parser = argparse.ArgumentParser(description="Fill the README's results table from a results file.")
    parser.add_argument("results", type=Path, metavar="RESULTS")
    options = parser.parse_args()
    try:
        results = Results.load(options.results)
        write_text_atomic(README, filled(README.read_text(encoding="utf-8"), table(results)))
    except (ResultsError, ValueError) as error:
        print(f"update_readme: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
