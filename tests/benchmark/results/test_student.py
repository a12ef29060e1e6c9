from __future__ import annotations

import math

import pytest
from scipy.stats import t as student

from benchmark.results.student import quantile, two_sided_p


@pytest.mark.parametrize("df", [1, 2, 3.7, 19, 250.5])
def test_equals_scipy(df: float) -> None:
    for p in (0.5, 0.8, 0.975, 1 - 1e-6):
        assert quantile(p, df) == pytest.approx(student.ppf(p, df), rel=1e-8, abs=1e-12)
    for t in (0.0, 0.3, -2.5, 40.0):
        assert two_sided_p(t, df) == pytest.approx(2 * student.sf(abs(t), df), rel=1e-9)
    assert two_sided_p(math.inf, df) == 0.0


def test_refusals() -> None:
    with pytest.raises(ValueError, match="degrees of freedom > 0"):
        two_sided_p(1.0, 0.0)
    with pytest.raises(ValueError, match="p in"):
        quantile(1.0, 3)
