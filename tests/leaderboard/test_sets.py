"""What stands beside values of whole sets is what the metrics put there, and intervals are computed as they do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.doctor.known_values.catalog import known_values
from benchmark.metrics import CARDS, CaseFeatures, FaceFeatures, score_set
from benchmark.results.joining import of_metrics
from benchmark.results.schema import Aggregate
from leaderboard.rules.known import known_protocols
from leaderboard.rules.sets import BESIDE, LEFT_OUT, set_interval, set_problems
from leaderboard.rules.values import value_problems
from tests.leaderboard.honest import honest

SETS = [card.id for card in CARDS.values() if card.level == "set"]
CASES = known_protocols()["feed-mini-cross"].cases
FRAMES = 4


@pytest.mark.parametrize("metric", SETS)
def test_the_table_has_what_the_metric_puts_beside_its_value(metric: str) -> None:
    found = {name for one in known_values()[metric] for name in one.measure().extra}
    assert found <= {*BESIDE[metric.partition("[")[0]], *LEFT_OUT}


def features(n_cases: int) -> list[CaseFeatures]:
    """Cases of the shipped protocol with features of people and frames."""
    assert CASES is not None
    chosen, draw = CASES.cases[:n_cases], np.random.default_rng(0)
    people = {name: draw.normal(0, 1, 6) for one in chosen for name in (one.cluster, one.source_cluster)}
    made = []
    for one in chosen:
        driver, output = (people[who] + draw.normal(0, 0.3, (FRAMES, 6)) for who in (one.cluster, one.source_cluster))
        made.append(CaseFeatures(one.id, one.cluster, _video(output), _video(driver), _video(output[:1]), None))
        made[-1] = replace(made[-1], source_cluster=one.source_cluster)
    return made


def _video(rows: np.ndarray) -> FaceFeatures:
    nothing = np.full((len(rows), 468, 3), np.nan, np.float32)
    return FaceFeatures(nothing, ("no face",) * len(rows), {"inception[pytorch-fid]": rows.astype(np.float32)})


def stated(metric: str, n_cases: int) -> Aggregate:
    """What a run writes of the metric."""
    score = score_set(metric, features(n_cases))
    card = CARDS[metric]
    return Aggregate(
        method="mine",
        metric=metric,
        level="set",
        value=score.value,
        ci_low=score.ci_low,
        ci_high=score.ci_high,
        cases_expected=n_cases,
        cases_scored=n_cases,
        cases_failed=0,
        higher_is_better=card.higher_is_better,
        unit=card.unit,
        extra={**score.extra, "n": score.n},
    )


def test_without_rows_nobody_says_whose_the_cases_are() -> None:
    """As of a protocol on corpora that has metrics of whole sets alone."""
    known = replace(known_protocols()["feed-mini-cross"], cases=None)
    run = of_metrics(honest(), {"fd[dlib]"})
    assert not run.rows and list(value_problems(run, known)) == []
    more = [one.model_copy(update={"extra": {**one.extra, "n": 10**6}}) for one in run.aggregates]
    (first, *_) = value_problems(run.model_copy(update={"aggregates": more}), known)
    assert "expected n, the samples that entered, at most" in first


@pytest.mark.parametrize("n_cases", [2, 6, 28])
@pytest.mark.parametrize("name", ["fid", "kid", "precision", "recall"])
def test_what_a_run_writes_is_accepted(name: str, n_cases: int) -> None:
    assert CASES is not None
    metric = f"{name}[pytorch-fid]"
    aggregate = stated(metric, n_cases)
    problems = set_problems(aggregate, CARDS[metric], CASES.cases[:n_cases], FRAMES, [], against_reference=False)
    assert list(problems) == []
    interval = set_interval(aggregate)
    assert (interval is None) == (aggregate.ci_low is None)
    if interval is not None:
        assert (interval.low, interval.high) == pytest.approx((aggregate.ci_low, aggregate.ci_high), abs=1e-12)
