"""Student's t without scipy, whose import takes longer than all statistics of a run."""

from __future__ import annotations

import math

_TINY = 1e-300
_ROUNDING = 1e-15
_MOST_TERMS = 500
_MOST_STEPS = 200


def two_sided_p(t: float, df: float) -> float:
    """Probability that |T| is at least |t| with `df` degrees of freedom, which need not be whole.

    I_x(df / 2, 1 / 2) with x = df / (df + t^2): Abramowitz and Stegun 26.7.1 and 26.5.27.
    """
    if not df > 0:
        raise ValueError(f"expected degrees of freedom > 0 but got {df}")
    if math.isinf(t):
        return 0.0
    return _incomplete_beta(df / 2, 0.5, df / (df + t * t), t * t / (df + t * t))


def quantile(p: float, df: float) -> float:
    """The t below which lies the share `p`, 0.5 <= p < 1: Newton's steps, halving where one leaves the bracket."""
    if not 0.5 <= p < 1:
        raise ValueError(f"expected p in [0.5, 1) but got {p}")
    wanted = 2 * (1 - p)
    low, high = 0.0, 1.0
    while two_sided_p(high, df) > wanted:
        low, high = high, 2 * high
    t = (low + high) / 2
    for _ in range(_MOST_STEPS):
        excess = two_sided_p(t, df) - wanted
        low, high = (t, high) if excess > 0 else (low, t)
        step = t + excess / (2 * _density(t, df))
        before, t = t, step if low < step < high else (low + high) / 2
        if abs(t - before) <= _ROUNDING * t:
            break
    return t


def _density(t: float, df: float) -> float:
    front = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    return math.exp(front - (df + 1) / 2 * math.log1p(t * t / df))


def _incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """The regularised incomplete beta function at x = 1 - rest, by its continued fraction (26.5.8; Lentz)."""
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away(1 + numerator * d)
            c = _away(1 + numerator / c)
            value *= c * d
        if abs(c * d - 1) < _ROUNDING:
            break
    return value


def _away(x: float) -> float:
    return x if abs(x) > _TINY else _TINY
