from __future__ import annotations

import numpy as np
import pytest

from benchmark.results.statistics import PairedDifference, bootstrap_ci, describe_difference, paired_difference


def test_the_interval_against_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    clusters = [f"S{i % 7}" for i in range(40)]
    values = rng.normal(size=40) + np.array([int(c[1]) for c in clusters])
    groups = [values[[c == name for c in clusters]] for name in sorted(set(clusters))]
    loop = np.random.default_rng(1)
    means = [np.concatenate([groups[i] for i in loop.integers(0, 7, 7)]).mean() for _ in range(20_000)]
    got = bootstrap_ci(values, clusters, seed=3, n_resamples=20_000)
    assert got.mean == pytest.approx(values.mean())
    assert got.low == pytest.approx(np.quantile(means, 0.025), abs=0.1)
    assert got.high == pytest.approx(np.quantile(means, 0.975), abs=0.1)
    assert (got.n, got.n_clusters) == (40, 7)


def test_seeded_and_indifferent_to_cluster_names() -> None:
    values, clusters = np.arange(12.0), list("aabbccddeeff")
    first = bootstrap_ci(values, clusters, seed=5)
    assert first == bootstrap_ci(list(values), tuple(clusters), seed=5)
    assert first == bootstrap_ci(values, [ord(c) for c in clusters], seed=5)
    assert first != bootstrap_ci(values, clusters, seed=6)


def test_copies_of_a_case_do_not_narrow_the_interval() -> None:
    values = np.random.default_rng(0).normal(size=10)
    once = bootstrap_ci(values, range(10), seed=0, n_resamples=4000)
    copied = bootstrap_ci(np.repeat(values, 50), np.repeat(range(10), 50).tolist(), seed=0, n_resamples=4000)
    naive = bootstrap_ci(np.repeat(values, 50), range(500), seed=0, n_resamples=4000)
    assert once.low is not None and once.high is not None and naive.low is not None and naive.high is not None
    assert (copied.low, copied.high) == pytest.approx((once.low, once.high))
    assert naive.high - naive.low < 0.3 * (once.high - once.low)


def test_coverage_is_near_nominal() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        offsets = rng.normal(size=25)
        values = np.repeat(offsets, 4) + 0.3 * rng.normal(size=100)
        interval = bootstrap_ci(values, np.repeat(range(25), 4).tolist(), seed=trial, n_resamples=400)
        hits += interval.low <= 0.0 <= interval.high
    assert 0.87 < hits / 200 < 0.99


def test_one_cluster_has_a_mean_and_no_interval() -> None:
    interval = bootstrap_ci([1.0, 3.0], ["a", "a"], seed=0)
    assert (interval.mean, interval.low, interval.high, interval.n_clusters) == (2.0, None, None, 1)
    difference = paired_difference([1.0, 3.0], [0.0, 0.0], ["a", "a"], 0)
    assert (difference.mean, difference.p_value) == (2.0, None)


@pytest.mark.parametrize(
    ("values", "clusters", "message"),
    [
        ([], [], "at least one value"),
        ([1.0, float("nan")], "ab", "finite"),
        ([1.0], "ab", "one cluster per value"),
    ],
)
def test_refusals(values, clusters, message) -> None:
    with pytest.raises(ValueError, match=message):
        bootstrap_ci(values, list(clusters), seed=0)


@pytest.mark.parametrize(("keywords", "message"), [({"level": 1.0}, "level"), ({"n_resamples": 0}, "n_resamples")])
def test_refused_settings(keywords, message) -> None:
    with pytest.raises(ValueError, match=message):
        bootstrap_ci([1.0, 2.0], ["a", "b"], seed=0, **keywords)


def test_pairing_sees_what_the_means_hide() -> None:
    rng = np.random.default_rng(0)
    difficulty = rng.normal(0, 10, 30)
    a, b = difficulty + 0.5 + 0.2 * rng.normal(size=30), difficulty
    found = paired_difference(a, b, list(range(30)), 0)
    assert found.low is not None and found.low > 0.3
    assert found.p_value is not None and found.p_value < 0.001
    back = paired_difference(b, a, list(range(30)), 0)
    assert back.mean == pytest.approx(-found.mean)
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))
    assert back.p_value == found.p_value
    with pytest.raises(ValueError, match="paired"):
        paired_difference(a, b[:-1], list(range(30)), 0)


def test_p_values_without_a_difference() -> None:
    assert paired_difference([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "abc", 0).p_value == 1.0
    rng = np.random.default_rng(0)
    p = [
        paired_difference(rng.normal(size=30), rng.normal(size=30), range(30), t, n_resamples=500).p_value
        for t in range(300)
    ]
    assert 0.01 < np.mean(np.array(p) < 0.05) < 0.11
    assert 0.4 < np.mean(p) < 0.6


def test_few_drivers_cannot_be_significant_and_enough_can() -> None:
    for k, expected in ((2, 0.5), (5, 2 / 32), (8, 2 / 256)):
        found = paired_difference(np.arange(1.0, k + 1), np.zeros(k), list(range(k)), 0)
        assert found.p_value == pytest.approx(expected)
        sentence = describe_difference("a", "b", found, higher_is_better=True)
        assert ("too few to be sure" in sentence) == (expected > 0.05)


def test_sign_flip_by_hand() -> None:
    # cluster totals 3, -1, 2
    patterns = [abs(i * 3 - j * 1 + k * 2) for i in (1, -1) for j in (1, -1) for k in (1, -1)]
    expected = np.mean([p >= 4 for p in patterns])
    assert paired_difference([3.0, -1.0, 1.0, 1.0], np.zeros(4), "abcc", 0).p_value == pytest.approx(expected)


def test_the_sentence_says_what_the_cases_are_worth() -> None:
    rng = np.random.default_rng(0)
    clusters = np.repeat(range(6), 20).tolist()
    per_driver = np.repeat(rng.normal(size=6), 20)
    alike = paired_difference(per_driver + 0.01 * rng.normal(size=120), np.zeros(120), clusters, 0)
    assert alike.n_effective == pytest.approx(6, abs=0.1)
    text = describe_difference("a", "b", alike, higher_is_better=True)
    assert "within noise" in text and "120 cases of 6 drivers, worth about 6 independent ones" in text
    independent = paired_difference(rng.normal(size=120), np.zeros(120), clusters, 0)
    assert "worth about" not in describe_difference("a", "b", independent, higher_is_better=True)


def test_a_mean_says_what_its_cases_are_worth() -> None:
    assert bootstrap_ci([1.0, 1.1, 5.0, 5.1], list("aabb"), seed=0).n_effective == pytest.approx(2, abs=0.01)
    assert bootstrap_ci([1.0, 2.0, 3.0], list("abc"), seed=0).n_effective == 3.0
    assert bootstrap_ci([1.0, 2.0], list("aa"), seed=0).n_effective is None


def test_sentences() -> None:
    def say(mean: float, low: float | None, high: float | None, higher: bool | None = True) -> str:
        difference = PairedDifference(mean, low, high, None if low is None else 0.01, 24, 6)
        return describe_difference("ours", "theirs", difference, higher_is_better=higher, unit="deg")

    assert "ours is better than theirs by 2 deg" in say(2, 1, 3)
    assert "ours is worse than theirs by 2 deg" in say(2, 1, 3, higher=False)
    assert "ours is worse than theirs" in say(-2, -3, -1)
    assert "ours is lower than theirs" in say(-2, -3, -1, higher=None)
    assert "within noise" in say(0.2, -1, 1.4)
    assert "24 cases of 6 drivers" in say(2, 1, 3)
    assert "one driver is too few" in say(2, None, None)
