"""Known values of the search for a velocity's lag: its ends, its shortest clip, and outputs that hardly move."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.doctor.known_values.strangers import chance, in_random_order, with_random_phases
from benchmark.doctor.known_values.value import EXACTLY, INDEPENDENT, Basis, KnownValue, of_function

_LONGEST_LAG, _STILL = 15, 1e-9
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
    return (*found, few, *_hardly_moving(), *_strangers())


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


def _strangers() -> list[KnownValue]:
    """How often others' motion fits as well: slow motion in few directions, some frames of both missing."""
    found = []
    for seed, frames, missing in ((31, 40, ((7, 8), (20,))), (32, 26, ((), ())), (33, 60, ((), (3, 50, 51)))):
        random = np.random.default_rng(seed)
        into = np.linalg.qr(random.normal(size=(6, 6)))[0]
        output, reference = (_slow(random, frames) for _ in range(2))
        output = output @ into[:2] + 0.3 * _slow(random, frames) @ into[2:4] + 2.0  # also where the other never goes
        reference = reference @ into[:2] - 1.0
        for rows, gone in zip((output, reference), missing, strict=True):
            rows[list(gone)] = np.nan
        expected = _chance(output, reference, into[:2])
        name = f"how often strangers' motion of {frames} frames fits"
        found.append(_of_strangers(name, output, reference, expected))
    phases = "random phases of signals with offsets"
    for metric in (_LAG, "av_chance[mesh468]"):
        found.append(of_function(metric, phases, INDEPENDENT, _off_by_phases, 0.0, tolerance=1e-9))
    few = np.random.default_rng(34).normal(size=(25, 3))
    found.append(_has_lag("25 pairs, the fewest with a lag", EXACTLY, few, few, 1.0))
    found.append(_has_lag("24 pairs, one too few", EXACTLY, few[1:], few[1:], 0.0))
    return found


def _off_by_phases() -> float:
    from benchmark.metrics import permuted

    rows = _slow(np.random.default_rng(35), 31) + np.array([3.0, -1.0])
    copies = np.concatenate(list(permuted.with_random_phases(rows)))
    return float(np.abs(copies - np.array(with_random_phases(rows))).max())


def _slow(random: np.random.Generator, frames: int) -> np.ndarray:
    steps = random.normal(size=(frames + 3, 2))
    return steps[3:] + steps[2:-1] + steps[1:-2] + steps[:-3]


def _chance(output: np.ndarray, reference: np.ndarray, plane: np.ndarray) -> float:
    """By waves and blocks, in the plane in which the reference moves."""
    here, there = (np.isfinite(rows[:, 0]) for rows in (output, reference))
    moved, truth = ((rows - np.nanmean(rows, axis=0)) @ plane.T for rows in (output, reference))
    moved, truth = np.nan_to_num(moved), np.nan_to_num(truth)
    reach = min(_LONGEST_LAG, int(np.sum(here & there)) // 3)

    def search(rows: np.ndarray) -> float:
        products = moved @ rows.T, np.outer((moved**2).sum(axis=1), there), np.outer(here, (rows**2).sum(axis=1))
        by_lag = [[float(np.trace(one, -lag)) for one in products] for lag in range(-reach, reach + 1)]
        share = [1 - abs(lag) / len(rows) for lag in range(-reach, reach + 1)]
        return max(top / (one * other) ** 0.5 * w**0.5 for (top, one, other), w in zip(by_lag, share, strict=True))

    drawn = with_random_phases(truth)
    drawn = [np.where(there[:, None], rows - rows[there].mean(axis=0), 0.0) for rows in drawn]
    return chance(search, truth, (in_random_order(truth, 5), drawn))


def _of_strangers(name: str, output: np.ndarray, reference: np.ndarray, expected: float) -> KnownValue:
    def ask() -> float:
        from benchmark.metrics.velocity_lag import find_velocity_lag

        found = find_velocity_lag(output, reference)
        if isinstance(found, str):
            raise ValueError(found)
        return found.chance

    return of_function(_LAG, name, INDEPENDENT, ask, expected)


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
