"""Clocks that run at different speeds: windows of two recordings, the lag of each, and a line through the lags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from feed_dataset.cameras.correlation import Lag

MAX_DRIFT_PPM = 300.0
"""Crystals of cameras differ by 10 to 50; more than this is another frame rate, not a clock."""
_WINDOW_S = 20.0
_SHORTEST_S = 5.0
_MOST_WINDOWS = 32
_FEWEST_WINDOWS = 4
_ON_LINE_S = 1e-3
_BLURS_PPM = 60.0  # within a window a faster drift blurs its lag: it is measured again once it is put right
_SPAN_S = 2e-4  # a drift that moves the ends apart by less than this changes no estimate

FindLag = Callable[[np.ndarray, np.ndarray], Lag]


@dataclass(frozen=True)
class Drift:
    """What the second recording's clock is to the first's: first = second x (1 + ppm / 1e6) - lag_s.

    Args:
        lag: of the second signal once its speed is put right; see `find_lag`.
        ppm: by how many millionths the second clock runs slow.
    """

    lag: Lag
    ppm: float


def find_drift(
    first: np.ndarray,  # float [N], both sampled at `rate_hz` from the same clock's zero
    second: np.ndarray,  # float [M]
    rate_hz: float,
    find: FindLag,
) -> Drift:
    """Lag and drift of two recordings: windows give a line, and the whole recordings decide whether it is better.

    The distinctness is that of the whole recordings after their speeds were made equal, so that it means the same
    with a drift and without: windows of unrelated sound give a line, too, but nothing stands out along it.
    """
    plain = Drift(find(first, second), 0.0)
    ppm = _line(window_lags(first, second, rate_hz, find))
    if ppm is not None and abs(ppm) > _BLURS_PPM:
        rest = _line(window_lags(first, at_speed(second, ppm), rate_hz, find))
        ppm = ppm if rest is None else ppm + rest
    if ppm is None or abs(ppm) * 1e-6 * min(len(first), len(second)) / rate_hz < _SPAN_S:
        return plain
    same_speed = Drift(find(first, at_speed(second, ppm)), ppm)
    return max(plain, same_speed, key=lambda found: found.lag.distinctness)


def at_speed(samples: np.ndarray, ppm: float) -> np.ndarray:
    """Samples of a clock that is slow by `ppm`, one by one left out or doubled until they are those of a right one."""
    factor = 1.0 + ppm * 1e-6
    places = np.round(np.arange(int(len(samples) * factor)) / factor).astype(np.int64)
    return samples[np.minimum(places, len(samples) - 1)]


def window_lags(first: np.ndarray, second: np.ndarray, rate_hz: float, find: FindLag) -> np.ndarray:
    """Of windows that overlap by half: float64 [K, 3] of the middle in s, the lag in s and its distinctness."""
    length_s = min(len(first), len(second)) / rate_hz
    window_s = min(_WINDOW_S, length_s / _FEWEST_WINDOWS)
    if window_s < _SHORTEST_S:
        return np.zeros((0, 3))
    count = min(int(2 * length_s / window_s) - 1, _MOST_WINDOWS)
    rows = []
    for start_s in np.linspace(0.0, length_s - window_s, count):
        part = slice(round(start_s * rate_hz), round((start_s + window_s) * rate_hz))
        lag = find(first[part], second[part])
        rows.append((start_s + window_s / 2, lag.lag_s, lag.distinctness))
    return np.array(rows)


def _line(windows: np.ndarray) -> float | None:
    """Drift in ppm of the line that most of the windows' weight lies on; None where no half of them agrees.

    A line through every two windows is tried: one that is wrong, or silent, draws none of the others to itself.
    """
    windows = windows[windows[:, 2] > 0] if len(windows) else windows
    if len(windows) < _FEWEST_WINDOWS:
        return None
    time_s, lag_s, weight = windows.T
    best, most = None, 0.5 * float(weight.sum())
    for one, other in combinations(range(len(windows)), 2):
        slope = (lag_s[other] - lag_s[one]) / (time_s[other] - time_s[one])
        if abs(slope) > MAX_DRIFT_PPM * 1e-6:
            continue
        on_line = np.abs(lag_s - lag_s[one] - slope * (time_s - time_s[one])) <= _ON_LINE_S
        if on_line.sum() >= _FEWEST_WINDOWS and float(weight[on_line].sum()) > most:
            best, most = on_line, float(weight[on_line].sum())
    if best is None:
        return None
    slope, _ = np.polyfit(time_s[best], lag_s[best], 1, w=np.sqrt(weight[best]))
    return float(-1e6 * slope)
