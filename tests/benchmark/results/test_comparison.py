"""The rule for "better": who is called better, who is not, and what a protocol cannot tell."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.results.comparison import (
    CaseValue,
    Comparisons,
    Difference,
    Score,
    compare_scores,
    holm,
    sentence,
    smallest_p,
)
from benchmark.results.crossed import Crossing, Spread
from benchmark.results.power import components, detectable
from tests.benchmark.results.test_crossed import crossed, drawn


def score(
    method: str, values: np.ndarray, crossing: Crossing, *, metric: str = "m", higher: bool | None = True
) -> Score:
    people = zip(crossing.drivers.tolist(), crossing.sources.tolist(), strict=True)
    cases = {f"{d}-{s}": CaseValue(float(x), str(d), str(s)) for x, (d, s) in zip(values, people, strict=True)}
    return Score(method, metric, float(values.mean()), higher, "deg", cases, {}, complete=True)


def of_set(method: str, value: float, extra: dict[str, object], *, complete: bool = True) -> Score:
    return Score(method, "fid", value, False, "", {}, extra, complete)


def without(base: np.ndarray) -> dict[str, object]:
    return {f"without_{part}": base.tolist() for part in ("drivers", "sources", "cells")}


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_better_and_worse_and_not_told_apart() -> None:
    rng, design = np.random.default_rng(0), crossed(12, 6)
    base = drawn(design, 1, 1, 0, rng)
    noisy = [base + 0.1 * rng.normal(size=72) + shift for shift in (0.0, 0.0, 1.0)]
    found = compare_scores([score(name, x, design) for name, x in zip("abc", noisy, strict=True)])
    assert found.n_tested == 3
    assert found.tiers("m") in ([["c"], ["a", "b"]], [["c"], ["b", "a"]])
    better, same = found.of("m", "c", "a"), found.of("m", "a", "b")
    assert better is not None and same is not None
    assert sentence(better).startswith("c is better than a by")
    assert "72 cases of 12 drivers and 6 sources" in sentence(better)
    assert "corrected for 3 comparisons" in sentence(better)
    assert "cannot be told apart" in sentence(same) and "would be found" in sentence(same)
    back = found.of("m", "a", "c")
    assert back is not None and sentence(back).startswith("a is worse than c by")


@pytest.mark.parametrize(
    ("real", "tiers"),
    [
        ("", ["abcd"]),
        ("ab ac ad bc bd cd", ["a", "b", "c", "d"]),
        ("ac ad", ["abcd"]),  # a is better than c, b is not: no "a, b > c"
        ("ac bc ad bd", ["ab", "cd"]),
        ("ab ac ad", ["a", "bcd"]),
        ("ab ac ad bd cd", ["a", "bc", "d"]),
        ("ad bd cd", ["abc", "d"]),
        ("ba ca da", ["abcd"]),  # on the cases that both have, the other way round than their means
    ],
)
def test_everyone_before_a_sign_is_really_better_than_everyone_after_it(real: str, tiers: list[str]) -> None:
    scores = [Score(name, "m", -float(rank), True, "", {}, {}, complete=True) for rank, name in enumerate("abcd")]
    better = [(pair[0], pair[1], 0.01) for pair in real.split()]
    same = [(a, b, 0.5) for a in "abcd" for b in "abcd" if a < b and f"{a}{b}" not in real and f"{b}{a}" not in real]
    found = [Difference("m", a, b, 1.0, True, "", None, 0, 0, 0, adjusted_p=p) for a, b, p in better + same]
    flipped = [one.reversed() for one in found]
    for differences in (found, flipped):
        assert ["".join(tier) for tier in Comparisons(tuple(differences), tuple(scores[::-1])).tiers("m")] == tiers


def test_lower_may_be_better_and_without_a_direction_nothing_is() -> None:
    design = crossed(6, 6)
    x = drawn(design, 0, 0, 0.01, np.random.default_rng(1))
    for higher, word in ((False, "worse"), (None, "higher")):
        found = compare_scores([score("a", x + 1, design, higher=higher), score("b", x, design, higher=higher)])
        assert f"a is {word} than b" in sentence(found.differences[0])
        assert found.tiers("m") == ([["b"], ["a"]] if higher is False else [])


@pytest.mark.parametrize(("drivers", "sources"), [(4, 40), (40, 5)])
def test_a_protocol_with_few_people_cannot_tell_however_large_the_difference(drivers: int, sources: int) -> None:
    design = crossed(drivers, sources)
    x = drawn(design, 0, 0, 0.01, np.random.default_rng(2))
    found = compare_scores([score("a", x + 9, design), score("b", x, design)])
    (one,) = found.differences
    assert (one.is_real, one.p_value, found.n_tested) == (False, None, 0)
    assert found.tiers("m") == [["a", "b"]]
    assert f"cannot tell whether that is real: {drivers} drivers and {sources} sources" in sentence(one)
    assert smallest_p(6, 9) < 0.05 < smallest_p(5, 9)


def test_more_comparisons_need_more() -> None:
    design = crossed(8, 8)
    x = drawn(design, 0.2, 0.2, 1, np.random.default_rng(3))
    pair = [score("a", x - x.mean() + 0.9, design), score("b", np.zeros(64), design)]
    alone = compare_scores(pair)
    assert alone.differences[0].is_real
    null = [drawn(design, 1, 1, 1, np.random.default_rng(seed)) for seed in range(8)]
    many = compare_scores([*pair, *(score(str(n), y, design, metric="other") for n, y in enumerate(null))])
    assert many.n_tested == 29
    assert not many.differences[0].is_real
    few, most = many.differences[0].detectable or (0.0, 0.0)
    assert few < most


def test_sets_are_compared_by_what_both_lose_without_the_same_people() -> None:
    wobble = np.random.default_rng(4).normal(size=8)
    a, b = of_set("a", 10.0, without(wobble)), of_set("b", 11.0, without(wobble + 0.01 * np.arange(8)))
    paired = compare_scores([a, b]).differences[0]
    assert "a is better than b by 1" in sentence(paired)
    apart = compare_scores([a, of_set("b", 11.0, without(wobble), complete=False)]).differences[0]
    assert "cannot be told apart" in sentence(apart)  # other cases: as if they shared none
    unknown = compare_scores([a, of_set("b", 11.0, {})]).differences[0]
    assert "nothing more can be said" in sentence(unknown)


def test_methods_without_a_common_case_are_not_compared() -> None:
    design = crossed(6, 6)
    x = np.ones(36)
    other = score("b", x, design)
    moved = Score("b", "m", 1.0, True, "", {f"x{name}": v for name, v in other.cases.items()}, {}, complete=True)
    assert "without common cases" in sentence(compare_scores([score("a", x, design), moved]).differences[0])


def test_components_are_found_again() -> None:
    rng, design = np.random.default_rng(5), crossed(12, 6)
    wanted = (0.2, 0.6, 0.3)
    found = [components(drawn(design, *wanted, rng), design) for _ in range(300)]
    means = np.mean([(one.driver, one.source, one.rest) for one in found if one is not None], axis=0)
    np.testing.assert_allclose(means, wanted, rtol=0.15)
    sparse = Crossing.of([n // 2 for n in range(24)], [(n + n // 6) % 6 for n in range(24)])
    found = [components(drawn(sparse, 1, 0, 1, rng), sparse) for _ in range(300)]
    assert np.mean([one.driver for one in found if one is not None]) == pytest.approx(1.0, rel=0.2)
    own = Crossing.of([n // 3 for n in range(12)], [None] * 12)
    alone = components(drawn(own, 1, 0, 0.1, rng), own)
    assert alone is not None and alone.source == 0.0 and sum(alone.shares) == pytest.approx(1)
    assert components([1.0, 2.0, 3.0], Crossing.of("abc", "abc")) is None


def test_what_is_detectable_is_detected_in_four_of_five() -> None:
    rng = np.random.default_rng(6)
    size = detectable(Spread(1.0 / 20, 19.0), 0.05)
    design = Crossing.of(range(20), [None] * 20)
    zero = score("b", np.zeros(20), design)
    real = [compare_scores([score("a", size + rng.normal(size=20), design), zero]) for _ in range(400)]
    assert 0.72 < np.mean([one.differences[0].is_real for one in real]) < 0.88
