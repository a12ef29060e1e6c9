"""By how much one signal lags behind another, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SILENT_RMS = 1e-6
_FADE_S = 0.25


@dataclass(frozen=True)
class Lag:
    """Result of a cross-correlation."""

    lag_s: float  # what happens at t in the first signal happens at t + lag_s in the second
    distinctness: float  # 0 ... 1: correlation at the best lag, times how far it stands above any other


def find_lag(
    first: np.ndarray,  # float [N], both sampled at `rate_hz` from the same clock's zero
    second: np.ndarray,  # float [M]
    rate_hz: float,
    *,
    max_lag_s: float,
    peak_width_s: float,  # lags nearer than this to the best one are the same peak
    whitening: float,  # 0: plain correlation; 1: GCC-PHAT, by phase alone
    band_hz: tuple[float, float],  # frequencies that count
) -> Lag:
    """Generalised cross-correlation, refined between samples by a parabola through the peak.

    The distinctness is the correlation coefficient at the best lag (of what the whitening leaves), times one minus the
    ratio of the next best peak to it. Periodic or unrelated signals have many equal peaks and get nearly zero.

    Source: Knapp and Carter, The generalized correlation method for estimation of time delay (1976).
    """
    from scipy.fft import irfft, next_fast_len, rfft

    a, b = (_faded(signal - signal.mean(), rate_hz) for signal in (first, second))
    if min(a.std(), b.std()) < _SILENT_RMS:
        return Lag(0.0, 0.0)
    reach = min(int(max_lag_s * rate_hz), min(len(a), len(b)) // 2)
    size = next_fast_len(max(len(a), len(b)) + reach + 1, real=True)  # lags beyond the reach may wrap around
    spectra = [rfft(signal, size) for signal in (a, b)]
    frequency_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    in_band = (frequency_hz >= band_hz[0]) & (frequency_hz <= band_hz[1])
    for spectrum in spectra:
        magnitude = np.abs(spectrum)
        floor = 0.01 * magnitude[in_band].mean() + 1e-12  # bins with nothing in them must not count as much as others
        spectrum *= in_band / (magnitude + floor) ** whitening
    cross = spectra[1] * np.conj(spectra[0])
    energy = np.sqrt(np.prod([np.sum(np.abs(spectrum) ** 2) for spectrum in spectra]))
    correlation = irfft(cross, size) * size / (2 * energy)
    window = np.concatenate([correlation[-reach:], correlation[: reach + 1]]) if reach else correlation[:1]
    best = int(np.argmax(window))
    others = np.abs(np.arange(len(window)) - best) > peak_width_s * rate_hz
    rival = float(window[others].max()) if others.any() else 0.0
    peak = float(window[best])
    if peak <= 0:
        return Lag(0.0, 0.0)
    lag_s = (best - reach + _parabola(window, best)) / rate_hz
    return Lag(lag_s, float(np.clip(min(peak, 1.0) * (1 - max(rival, 0.0) / peak), 0.0, 1.0)))


def _faded(signal: np.ndarray, rate_hz: float) -> np.ndarray:
    """Both ends brought to zero: their edges would correlate at the lag of the recordings, not of the sound."""
    length = min(round(_FADE_S * rate_hz), len(signal) // 10)
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / max(length, 1))
    weight = np.ones(len(signal))
    weight[:length], weight[len(signal) - length :] = ramp, ramp[::-1]
    return signal * weight


def _parabola(values: np.ndarray, at: int) -> float:
    """Offset of the top of the parabola through three values, in samples, within half a sample."""
    if not 0 < at < len(values) - 1:
        return 0.0
    left, middle, right = values[at - 1 : at + 2]
    bend = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0
