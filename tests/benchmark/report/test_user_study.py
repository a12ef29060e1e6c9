"""The order of a results file against the paper's user study."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmark.metrics.catalog import CARDS
from benchmark.report.user_study import MOTION_METRICS, STUDIES, order_agreement, rank_agreement
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import (
    Aggregate,
    DataRecord,
    Environment,
    MethodRecord,
    ProtocolRecord,
    Results,
)

METRIC = "expression_transfer[mesh468]"


def results(scores: dict[str, float | None], metric: str = METRIC, higher: bool | None = True) -> Results:
    """A results file with one metric of several methods."""
    aggregates = [
        Aggregate(
            method=name, metric=metric, level="case", value=value, higher_is_better=higher, unit="",
            cases_expected=1, cases_scored=int(value is not None), cases_failed=int(value is None),
        )
        for name, value in scores.items()
    ]  # fmt: skip
    return Results(
        protocol=ProtocolRecord(
            name="p", version="1", case_list_sha256="0" * 64, case_ids=["c"], size_px=8, frames_per_case=1, seed=0
        ),
        data=DataRecord(name="d", digest="x", synthetic=True),
        methods=[MethodRecord(name=n, licence="x", weights_sha256=None, seconds_generate=0.0) for n in scores],
        rows=[], aggregates=aggregates, failures=[], networks={},
        environment=Environment(python="3", platform="x", packages={}, device="cpu", reader="x"),
        timings_s={}, created_at="now", command="x",
    )  # fmt: skip


AS_PEOPLE = {"fomm": 0.1, "uva": 0.05, "style-heat": 0.2, "mega_portraits": 0.3, "emoportraits": 0.6, "nofa": 0.25}


def one(*arguments: object, **options: object):
    (found,) = order_agreement(*arguments, metrics=[METRIC], **options)  # type: ignore[arg-type]
    return found


def test_perfect_agreement_has_the_smallest_exact_p() -> None:
    found = one(results(AS_PEOPLE))
    assert found.methods == ("emoportraits", "mega_portraits", "nofa", "style-heat", "fomm", "uva")
    assert (found.kendall_tau, found.spearman) == (pytest.approx(1), pytest.approx(1))
    assert found.kendall_p == found.spearman_p == pytest.approx(2 / 720)  # this order or the reverse of 6!


def test_lower_is_better_turns_the_order() -> None:
    errors = {name: -value for name, value in AS_PEOPLE.items()}
    assert one(results(errors, higher=False)).kendall_tau == pytest.approx(1)
    assert one(results(errors, higher=True)).kendall_tau == pytest.approx(-1)


def test_methods_that_were_not_in_the_study_and_missing_scores_are_left_out() -> None:
    scores: dict[str, float | None] = {**AS_PEOPLE, "copy-source": 0.0, "fomm": None}
    found = one(results(scores))
    assert set(found.methods) == set(AS_PEOPLE) - {"fomm"}
    assert one(results(AS_PEOPLE), "paper-table3-mead").methods == (
        "emoportraits", "mega_portraits", "style-heat", "fomm", "uva",
    )  # fmt: skip


def test_two_methods_are_no_order() -> None:
    found = one(results({"emoportraits": 0.5, "fomm": 0.1}))
    assert found.kendall_tau is None and found.spearman_p is None
    assert "3 to 8 pairs" in (found.reason or "")
    assert one(results(dict.fromkeys(AS_PEOPLE, 0.5))).reason == "expected methods that differ but all are equal"


def test_a_metric_that_was_not_run_says_so() -> None:
    found = order_agreement(results(AS_PEOPLE), metrics=["asymmetry[mesh478]"])[0]
    assert (found.methods, found.kendall_tau) == ((), None)


def test_names_can_be_given() -> None:
    scores = {"mine": 0.9, "b": 0.3, "c": 0.1}
    names = {"mine": "EMOPortraits", "b": "MegaPortraits", "c": "FOMM"}
    assert one(results(scores), names=names).kendall_tau == pytest.approx(1)
    with pytest.raises(BenchmarkError, match="did you mean 'FOMM'"):
        one(results(scores), names={"c": "FOM"})
    with pytest.raises(BenchmarkError, match="expected one method for 'FOMM'"):
        one(results({"fomm": 1.0, "FOMM": 2.0}))


def test_no_direction_no_order() -> None:
    with pytest.raises(BenchmarkError, match="no direction"):
        order_agreement(results(AS_PEOPLE, "intensity[mesh478]", None), metrics=["intensity[mesh478]"])
    with pytest.raises(BenchmarkError, match="user study"):
        order_agreement(results(AS_PEOPLE), "paper-table3")


def test_what_is_compared_has_a_direction() -> None:
    for name in MOTION_METRICS:
        assert CARDS[name].higher_is_better is not None


@pytest.mark.parametrize("seed", range(5))
def test_statistics_equal_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.permutation(6).astype(float), rng.permutation(6).astype(float)
    tau, tau_p, rho, rho_p = rank_agreement(x, y)
    exact = stats.kendalltau(x, y, method="exact")
    assert (tau, tau_p) == (pytest.approx(exact.statistic), pytest.approx(exact.pvalue))
    assert rho == pytest.approx(stats.spearmanr(x, y).statistic)
    every_order = {"permutation_type": "pairings", "n_resamples": np.inf, "vectorized": False}
    permuted = stats.permutation_test((x,), lambda s: stats.spearmanr(s, y).statistic, **every_order)
    assert rho_p == pytest.approx(permuted.pvalue, abs=1e-9)
    tied = np.minimum(x, 4)
    assert rank_agreement(tied, y)[0] == pytest.approx(stats.kendalltau(tied, y).statistic)


def test_the_numbers_are_those_of_the_published_tables() -> None:
    from leaderboard.published import published_tables

    for table in published_tables():
        columns = [column.id for column in table.columns]
        if table.id not in STUDIES or "umtn" not in columns:
            continue
        printed = {row.method: row.values[columns.index("umtn")] for row in table.rows}
        known = {name: value for name, value in printed.items() if value is not None}
        ours = STUDIES[table.id].umtn_percent
        assert sorted(ours.values()) == sorted(known.values())
        if table.id != "paper-table4":  # there the names are descriptions
            assert dict(ours) == known
