"""A method is set against the exact render over the cases that both have, and over no others."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmark.ceilings.beside import beside_exact
from benchmark.ceilings.shipped import CeilingsFile, shipped_path
from benchmark.report.ceilings import beside_text, ceiling_table, print_ceilings
from benchmark.report.page import render
from benchmark.results.reserved import DELAYED, EXACT_RENDER
from benchmark.results.schema import CaseRow, Results, summarise

INTENSITY, CSIM, ERROR = "intensity[mesh478]", "csim[dlib]", "expression_error[mesh478]"
SHARE = 0.9


@pytest.fixture(scope="module")
def ceilings() -> Results:
    return CeilingsFile.load(shipped_path("feed-mini-cross")).results


@pytest.fixture(scope="module")
def run(ceilings: Results) -> Results:
    """A method that goes nine tenths as far as the exact render, and nowhere in the cases that have none."""
    template = next(method for method in ceilings.methods if method.name == EXACT_RENDER)
    rows = []
    for metric in (INTENSITY, CSIM, ERROR):
        exact = {row.case_id: row for row in ceilings.case_rows(EXACT_RENDER, metric)}
        for row in ceilings.case_rows(DELAYED, metric):
            there = exact.get(row.case_id)
            value = 0.0 if there is None or there.value is None else SHARE * there.value
            rows.append(row.model_copy(update={"method": "mine", "value": value}))
    return ceilings.model_copy(update={
        "methods": [template.model_copy(update={"name": "mine"})],
        "rows": rows,
        "aggregates": [
            one.model_copy(update={"method": "mine"})
            for one in ceilings.aggregates
            if one.method == DELAYED and one.metric in (INTENSITY, CSIM, ERROR)
        ],
    })  # fmt: skip


def mean(rows: list[CaseRow]) -> float:
    value, _, _ = summarise(rows)
    assert value is not None
    return value


def test_cases_of_the_photograph_do_not_count(ceilings: Results, run: Results) -> None:
    found = beside_exact(run, ceilings, [INTENSITY])["mine"][INTENSITY]
    scored = [row for row in ceilings.case_rows(EXACT_RENDER, INTENSITY) if row.value is not None]
    assert found.cases == len(scored) < len(run.case_rows("mine", INTENSITY))
    assert (found.own, found.exact) == pytest.approx((SHARE * mean(scored), mean(scored)))
    assert (found.share, found.low, found.high) == pytest.approx((SHARE, SHARE, SHARE))
    of_all = mean(run.case_rows("mine", INTENSITY)) / mean(scored)
    assert of_all < SHARE - 0.05, "means over other cases would say something else"


def test_failed_cases_of_the_method_are_left_out_on_both_sides(ceilings: Results, run: Results) -> None:
    first = next(row.case_id for row in ceilings.case_rows(EXACT_RENDER, INTENSITY) if row.value is not None)
    rows = [row.model_copy(update={"value": None}) if row.case_id == first else row for row in run.rows]
    all_there = beside_exact(run, ceilings, [INTENSITY])["mine"][INTENSITY]
    found = beside_exact(run.model_copy(update={"rows": rows}), ceilings, [INTENSITY])["mine"][INTENSITY]
    assert found.cases == all_there.cases - 1 and found.exact != all_there.exact
    assert found.share == pytest.approx(SHARE)


def test_a_share_needs_a_zero(ceilings: Results, run: Results) -> None:
    """Strangers have a CSIM far above 0, and an error of nine tenths is no nine tenths of anything wanted."""
    found = beside_exact(run, ceilings, [CSIM, ERROR])["mine"]
    for metric in (CSIM, ERROR):
        assert found[metric].share is None and found[metric].own == pytest.approx(SHARE * found[metric].exact)


def test_a_metric_or_run_without_common_cases_has_none(ceilings: Results, run: Results) -> None:
    assert beside_exact(run, ceilings, ["pose_transfer[mesh478]"]) == {}
    lost = [row for row in ceilings.rows if row.method != EXACT_RENDER]
    assert beside_exact(run, ceilings.model_copy(update={"rows": lost}), [INTENSITY]) == {}


def test_reports_show_it(run: Results, tmp_path: Path) -> None:
    cell = next(line for line in ceiling_table(run).beside if line.metric == INTENSITY).cells[0]
    stream = io.StringIO()
    print_ceilings(run, tmp_path, Console(file=stream, width=160))
    for text in (beside_text(cell), stream.getvalue(), render(run, tmp_path, ours="mine")):
        assert ": 90 % [90, 90] (22)" in text
    assert beside_text(None) == "–"


def test_bounds_stand_beside_nothing(run: Results) -> None:
    """The copied driver would be far above the exact render, the photograph 0 of it."""
    methods = [method.model_copy(update={"name": name}) for method in run.methods for name in ("copy-driver", "mine")]
    rows = [row.model_copy(update={"method": name}) for row in run.rows for name in ("copy-driver", "mine")]
    assert ceiling_table(run.model_copy(update={"methods": methods, "rows": rows})).methods == ["mine"]
