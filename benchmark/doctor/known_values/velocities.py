"""Known values of the search for a velocity's lag: its ends, its shortest clip, and outputs that hardly move."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.doctor.known_values.value import EXACTLY, INDEPENDENT, KnownValue, of_function

_LONGEST_LAG, _STILL = 15, 1e-9
_CORRELATION, _LAG = "m_v_correlation[mesh468]", "m_v_lag[mesh468]"  # one function searches for all of them


def known_values() -> tuple[KnownValue, ...]:
    """Random velocities that come late or early by as much as is searched, or by more."""
    base, found = np.random.default_rng(21).normal(1.0, 1.0, (80, 6)), []
    for name, output, reference in (
        ("ten frames late of thirty, the longest lag", base[:30], base[10:40]),
        ("ten frames early of thirty", base[10:40], base[:30]),
        ("eighteen frames late of sixty, which is not searched", base[:60], base[18:78]),
        ("twelve pairs, the fewest", base[:12], base[3:15]),
    ):
        expected = max(by_lag(output, reference, range(len(output)), min(_LONGEST_LAG, len(output) // 3)))
        found.append(_of(name, output, reference, expected))
    for name, output, reference in (
        ("as late as is searched", base[:30], base[10:40]),
        ("as early as is searched", base[10:40], base[:30]),
        ("eleven pairs", base[:11], base[:11]),
    ):
        found.append(_without(name, output, reference))
    return (*found, *_hardly_moving())


def by_lag(output: np.ndarray, reference: np.ndarray, usable: Sequence[int], reach: int) -> list[float]:
    """Correlation of an output, where it is usable, with the reference so many frames earlier, pair by pair."""
    moved = output - np.mean([output[t] for t in usable], axis=0)
    truth = reference - reference.mean(axis=0)
    values = []
    for lag in range(-reach, reach + 1):
        pairs = [(t, t - lag) for t in usable if 0 <= t - lag < len(truth)]
        product = sum(float(moved[t] @ truth[u]) for t, u in pairs)
        one = sum(float(moved[t] @ moved[t]) for t, _ in pairs)
        other = sum(float(truth[u] @ truth[u]) for _, u in pairs)
        values.append(product / np.sqrt(one * other))
    return values


def _hardly_moving() -> list[KnownValue]:
    """An output with a hair less than a billionth of the reference's motion is still, one with a hair more is not.

    Most of either's motion is in its first frame.
    """
    found, large = [], 300.0
    reference = large * np.random.default_rng(22).normal(size=(20, 4))
    reference[0] *= 5
    for name, share in (("still", 0.99), ("just moving", 1.01)):
        output = reference * np.sqrt(share * _STILL)
        found.append(_of(f"an output that is {name}", output, reference, float(share > 1)))
    return found


def _of(name: str, output: np.ndarray, reference: np.ndarray, expected: float) -> KnownValue:
    def ask() -> float:
        from benchmark.metrics.velocity_lag import find_velocity_lag

        found = find_velocity_lag(output, reference)
        if isinstance(found, str):
            raise ValueError(found)
        return found.correlation

    return of_function(_CORRELATION, name, INDEPENDENT, ask, expected)


def _without(name: str, output: np.ndarray, reference: np.ndarray) -> KnownValue:
    def ask() -> float:
        from benchmark.metrics.velocity_lag import find_velocity_lag

        found = find_velocity_lag(output, reference)
        return float(not isinstance(found if isinstance(found, str) else found.lag_frames, str))

    return of_function(_LAG, f"no lag: {name}", EXACTLY, ask, 0.0)
