"""Known values of the search for a velocity's lag: its ends, its shortest clip, and outputs that hardly move."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.doctor.known_values.value import EXACTLY, INDEPENDENT, Basis, KnownValue, of_function

_LONGEST_LAG, _STILL, _LEVEL = 15, 1e-9, 0.05
_CORRELATION, _LAG = "m_v_correlation[mesh468]", "m_v_lag[mesh468]"  # one function searches for all of them


def known_values() -> tuple[KnownValue, ...]:
    """Random velocities that come late or early by as much as is searched, or by more."""
    base, found = np.random.default_rng(21).normal(1.0, 1.0, (80, 6)), []
    for name, output, reference in (
        ("ten frames late of thirty, the longest lag", base[:30], base[10:40]),
        ("ten frames early of thirty", base[10:40], base[:30]),
        ("sixteen frames late of sixty, which is not searched", base[:60], base[16:76]),
        ("twelve pairs, the fewest", base[:12], base[3:15]),
    ):
        expected = max(by_lag(output, reference, range(len(output)), min(_LONGEST_LAG, len(output) // 3)))
        found.append(_of(name, output, reference, expected))
    for name, output, reference in (
        ("as late as is searched", base[:30], base[10:40]),
        ("as early as is searched", base[10:40], base[:30]),
        ("eleven pairs", base[:11], base[:11]),
    ):
        found.append(_has_lag(f"no lag: {name}", EXACTLY, output, reference, 0.0))
    few = of_function(_LAG, "eleven pairs: nothing is said", EXACTLY, lambda: _is_said(base[:11]), 0.0)
    return (*found, few, *_hardly_moving(), _by_chance())


def by_lag(output: np.ndarray, reference: np.ndarray, usable: Sequence[int], reach: int) -> list[float]:
    """Correlation of an output, where it is usable, with the reference so many frames earlier, pair by pair."""
    moved = output - np.mean([output[t] for t in usable], axis=0)
    truth = reference - reference.mean(axis=0)
    values = []
    for lag in range(-reach, reach + 1):
        times = np.array([t for t in usable if 0 <= t - lag < len(truth)])
        here, there = moved[times], truth[times - lag]
        values.append(float((here * there).sum() / np.sqrt((here**2).sum() * (there**2).sum())))
    return values


def _is_said(rows: np.ndarray) -> float:
    from benchmark.metrics.velocity_lag import find_velocity_lag

    return float(not isinstance(find_velocity_lag(rows, rows), str))


def _by_chance() -> KnownValue:
    """Motion that goes on for a while resembles itself. Blocks of five frames tell this lag from chance, those of four
    and six would not."""
    random = np.random.default_rng(8)
    parts = [np.stack([np.convolve(random.normal(size=50), np.ones(11), "valid")], axis=1) for _ in range(2)]
    output, reference = parts[0] + 0.5 * parts[1], parts[1]
    expected = share_by_chance(output, reference, 5) <= _LEVEL
    return _has_lag("slow motion in blocks of five", INDEPENDENT, output, reference, float(expected))


def share_by_chance(output: np.ndarray, reference: np.ndarray, block: int) -> float:
    """Share of searches, the true one among them, that find as much where blocks of the reference change places."""
    count, reach = len(output), min(_LONGEST_LAG, len(output) // 3)
    random, best = np.random.default_rng(0), max(by_lag(output, reference, range(count), reach))
    beaten = 0
    for _ in range(199):
        start = count - int(random.integers(count))
        turned = [(start + n) % count for n in range(count)]
        blocks = [turned[at : at + block] for at in range(0, count, block)]
        order = [row for place in random.permutation(len(blocks)) for row in blocks[place]]
        beaten += max(by_lag(output, reference[order], range(count), reach)) >= best
    return (1 + beaten) / 200


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


def _has_lag(name: str, basis: Basis, output: np.ndarray, reference: np.ndarray, expected: float) -> KnownValue:
    def ask() -> float:
        from benchmark.metrics.velocity_lag import find_velocity_lag

        found = find_velocity_lag(output, reference)
        return float(not isinstance(found if isinstance(found, str) else found.lag_frames, str))

    return of_function(_LAG, name, basis, ask, expected)
