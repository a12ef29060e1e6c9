"""Expectations hold what they should hold, and fail when the value is another one."""

from __future__ import annotations

import pytest

from benchmark.doctor.checks import judge
from benchmark.doctor.expectations import EXPECTATIONS
from benchmark.metrics import CARDS
from benchmark.metrics import conditions as on
from benchmark.metrics.known_answers import Between, Expectation, Measured, Near, NoValue, Same, Shifted, Worse

ERROR, SCORE = CARDS["l1"], CARDS["psnr"]


def values(**by_condition: float | None) -> dict[str, Measured]:
    named = {name.replace("_", "-"): value for name, value in by_condition.items()}
    return {name: Measured(value, None if value is not None else "nothing there") for name, value in named.items()}


@pytest.mark.parametrize(
    ("expectation", "measured", "holds"),
    [
        (Near(on.TRUTH, 1.0, 0.1), values(truth=1.05), True),
        (Near(on.TRUTH, 1.0, 0.1), values(truth=1.2), False),
        (Near(on.TRUTH, 0.0, 0.1), values(truth=None), False),
        (Between(on.TRUTH, None, 0.0), values(truth=-3.0), True),
        (Between(on.TRUTH, 0.0, None), values(truth=-3.0), False),
        (Worse(on.BLURRED), values(truth=0.0, blurred=2.0), True),
        (Worse(on.BLURRED), values(truth=2.0, blurred=2.0), False),
        (Worse(on.BLURRED, margin=3.0), values(truth=0.0, blurred=2.0), False),
        (Worse(on.BLURRED), values(truth=0.0, blurred=None), False),
        (Same(on.SHUFFLED, 0.1), values(truth=1.0, shuffled=1.05), True),
        (Same(on.SHUFFLED, 0.1), values(truth=1.0, shuffled=1.5), False),
        (Shifted(on.SOUND_LATER, -3, 0.5), values(truth=1.0, sound_later=-2.2), True),
        (Shifted(on.SOUND_LATER, -3, 0.5), values(truth=1.0, sound_later=4.0), False),
        (NoValue(on.BLACK), values(black=None), True),
        (NoValue(on.BLACK), values(black=0.0), False),
    ],
)
def test_a_value_is_held_against_what_is_expected(
    expectation: Expectation, measured: dict[str, Measured], holds: bool
) -> None:
    assert judge(ERROR, expectation, measured).passed is holds


def test_worse_follows_the_metrics_direction() -> None:
    measured = values(truth=5.0, blurred=2.0)
    assert judge(SCORE, Worse(on.BLURRED), measured).passed
    assert not judge(ERROR, Worse(on.BLURRED), measured).passed
    assert judge(SCORE, Worse(on.BLURRED), measured).expected == "worse than ground truth (below it)"


def test_a_missing_value_without_a_reason_or_by_an_error_is_no_known_answer() -> None:
    assert not judge(ERROR, NoValue(on.BLACK), {on.BLACK: Measured(None)}).passed
    assert not judge(ERROR, NoValue(on.BLACK), {on.BLACK: Measured(None, "raised X", broken=True)}).passed


def test_every_metric_has_known_answers() -> None:
    missing = [metric_id for metric_id in CARDS if not EXPECTATIONS.get(metric_id)]
    assert missing == [], "a new metric declares its known answers beside its card"


def test_every_expectation_belongs_to_a_metric() -> None:
    assert set(EXPECTATIONS) - set(CARDS) == set()


def test_expectations_can_be_asked() -> None:
    for metric_id, own in EXPECTATIONS.items():
        metric = CARDS[metric_id]
        assert len({(type(one).__name__, one.condition) for one in own}) == len(own), metric_id
        for one in own:
            assert one.condition in on.CONDITIONS, metric_id
            assert one.compared_with is None or one.compared_with in on.CONDITIONS, metric_id
            assert one.words(metric), metric_id
            assert not isinstance(one, Worse) or metric.higher_is_better is not None, metric_id
            if isinstance(one, Near) and one.tolerance < 0.2:
                low, high = metric.value_range
                assert (low is None or one.value >= low) and (high is None or one.value <= high), metric_id
