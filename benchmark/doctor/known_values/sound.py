"""Known values of what lip sync hears: levels of tones, and cepstra from sums written out."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.value import EXACTLY, INDEPENDENT, KnownValue, of_function

_RATE_HZ = 16_000


def known_values() -> tuple[KnownValue, ...]:
    """A tone at a tenth of the amplitude is 20 dB lower: half way to the floor of 40 dB. The band is 300 to 3400 Hz."""
    tone, high, low, above, below = (_tone(hz, _RATE_HZ) for hz in (1000, 3400, 300, 6025, 100))
    parts = [0.5 * tone, 0.05 * tone, 0.5 * high, 0.5 * low, 0.5 * above, 0.5 * below]
    sound = np.concatenate(parts).astype(np.float32)
    rim = [1 + 10 * np.log10(_band_power(hz) / _band_power(1000)) / 40 for hz in (3400, 300)]
    shares = np.array([1.0, 10.0, 2.0, 3.0, 100.0, 100.0])
    levels = float(shares[:4] @ [1.0, 0.5, *rim])
    click = np.zeros(4 * _RATE_HZ, np.float32)
    click[3 * _RATE_HZ] = 1.0
    found = []
    for metric in ("av_lag[mesh468]", "av_correlation[mesh468]"):
        found += [
            of_function(metric, "tones: two levels, at the ends of the voice's band and outside", INDEPENDENT,
                        lambda: _levels(sound) @ shares, levels, tolerance=2e-3),
            of_function(metric, "a click after 3 s", EXACTLY, lambda: float(np.argmax(_envelope(click))), 300.0),
        ]  # fmt: skip
    random = np.random.default_rng(1)
    noise = np.clip(random.normal(0, 0.2, 1250) + 0.3 * np.sin(np.arange(1250) / 9), -1.2, 1.2)
    weights = random.normal(size=(7, 13))  # every coefficient of every window counts
    expected = float((_cepstra(noise) * weights).sum())
    names = [f"syncnet_{name}{mode}" for name in ("confidence", "distance", "offset") for mode in ("", "[legacy]")]
    for metric in (*names, "syncnet_offset[legacy-corrected]"):
        found.append(of_function(metric, "cepstra of noise", INDEPENDENT, lambda: _summed(noise, weights), expected))
    return tuple(found)


def _tone(hz: float, samples: int) -> np.ndarray:
    return np.asarray(np.sin(2 * np.pi * hz * np.arange(samples) / _RATE_HZ))


def _band_power(hz: float) -> float:
    """Of a tone in 20 ms under a Hann window: the squares of the band's sums, 50 Hz apart."""
    n = np.arange(320)
    windowed = _tone(hz, 320) * (0.5 - 0.5 * np.cos(2 * np.pi * n / 319))
    return float(sum(abs(np.exp(-2j * np.pi * k * n / 320) @ windowed) ** 2 for k in range(6, 69)))


def _envelope(samples: np.ndarray) -> np.ndarray:
    from benchmark.features.lip_sync.loudness import speech_envelope

    return speech_envelope(samples)


def _levels(samples: np.ndarray) -> np.ndarray:
    """Mean level in the middle of each second, float64 [6]."""
    level = _envelope(samples).astype(np.float64)
    return np.array([level[start + 20 : start + 80].mean() for start in range(0, 600, 100)])


def _summed(samples: np.ndarray, weights: np.ndarray) -> float:
    from benchmark.features.lip_sync.mfcc import mfcc, to_int16

    return float((mfcc(to_int16(samples)) * weights).sum())


def _cepstra(samples: np.ndarray) -> np.ndarray:
    """python_speech_features' mfcc with its defaults, sum by sum; float64 [7, 13]."""
    x = [float(min(32767, max(-32768, round(one * 32768)))) for one in samples]
    x = [x[0], *(x[i] - 0.97 * x[i - 1] for i in range(1, len(x)))]
    x += [0.0] * (6 * 160 + 400 - len(x))
    mels = [index * 2595 * np.log10(1 + 8000 / 700) / 27 for index in range(28)]
    edges = [int(np.floor(513 * 700 * (10 ** (mel / 2595) - 1) / _RATE_HZ)) for mel in mels]
    bins = np.exp(-2j * np.pi * np.outer(np.arange(257), np.arange(400)) / 512)
    rows = []
    for start in range(0, 7 * 160, 160):
        power = np.abs(bins @ np.array(x[start : start + 400])) ** 2 / 512
        logs = []
        for low, peak, high in zip(edges, edges[1:], edges[2:], strict=False):
            rising = sum(power[k] * (k - low) / (peak - low) for k in range(low, peak))
            falling = sum(power[k] * (high - k) / (high - peak) for k in range(peak, high))
            logs.append(np.log(rising + falling))
        row = [np.log(power.sum())]
        for order in range(1, 13):
            total = sum(log * np.cos(np.pi * order * (j + 0.5) / 26) for j, log in enumerate(logs))
            row.append(total * np.sqrt(2 / 26) * (1 + 11 * np.sin(np.pi * order / 22)))
        rows.append(row)
    return np.array(rows)
