"""Known values of head motion: heads that turn by chosen angles at chosen times, and beats at chosen distances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from benchmark.doctor.known_values.heads import case, photograph, rotation, template, video
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, INDEPENDENT, KnownValue, of_case, of_function
from benchmark.features.types.case import CaseFeatures, FaceFeatures

_SPEED, _SPREAD, _SPECTRUM, _BEATS = (
    f"{name}[mesh468]" for name in ("head_speed", "head_spread_deg", "head_spectrum", "beat_alignment_error")
)
_GONE = (6, 7)


def known_values() -> tuple[KnownValue, ...]:
    """Rigid heads at uneven times; sines whose speed is known; peaks that are written down."""
    return (*_amounts(), *_spectra(), *_exact_bands(), *_distances(), *_beats(), *_onsets())


def _turning(angles_deg: np.ndarray, times_s: np.ndarray, missing: Sequence[int] = ()) -> FaceFeatures:
    head = template()[0]
    shots = np.stack([photograph(head, rotation(*one), 80 + t % 7) for t, one in enumerate(angles_deg)])
    return replace(video(shots, missing), times_s=times_s)


def _amounts() -> list[KnownValue]:
    """A head that turns about one axis at uneven speed and times, then through half a turn."""
    random = np.random.default_rng(61)
    times = 0.3 + np.cumsum(random.uniform(0.02, 0.06, 30))
    yaw = np.cumsum(random.normal(0, 3, 30)) + np.linspace(150, 230, 30)
    angles = np.stack([yaw, np.zeros(30), np.zeros(30)], axis=1)
    output = _turning(angles, times, _GONE)
    where = case(output, _turning(angles[:1].repeat(31, axis=0), np.arange(31) / 25))
    kept = [t for t in range(30) if t not in _GONE]
    speeds = []
    for t in kept:
        later = [u for u in kept if times[u] >= times[t] + 0.2]
        if later:
            speeds.append(abs(yaw[later[0]] - yaw[t]) / (times[later[0]] - times[t]))
    counted, name = {"scored": 28, "due": 31}, "a head that turns through half a turn, two frames lost"
    seen = [float(yaw[t]) for t in kept]
    middle = sum(seen) / len(seen)
    wide = (sum((one - middle) ** 2 for one in seen) / len(seen)) ** 0.5 / 3  # of three angles one moves
    short = _turning(angles[:4], np.arange(4) * 0.06)
    at_once = _turning(angles[:6], np.arange(6) / 25)
    apart = abs(yaw[5] - yaw[0]) / 0.2
    return [
        of_case(_SPEED, name, CLOSED_FORM, where, float(np.mean(speeds)), tolerance=0.02, **counted),
        of_case(_SPREAD, name, CLOSED_FORM, where, wide, tolerance=2e-3, **counted),
        of_case(_SPEED, "0.18 s: nothing is said", EXACTLY, case(short, short), None),
        of_case(_SPEED, "0.2 s, the shortest", CLOSED_FORM, case(at_once, at_once), apart, tolerance=0.02),
    ]


def _spectra() -> list[KnownValue]:
    """Sines in the middle of bands; what they move at, by a transform written out."""
    times = np.arange(60) / 25
    first = np.stack([4 * np.sin(2 * np.pi * 0.8 * times), 3 * np.sin(2 * np.pi * 1.6 * times), times * 3], axis=1)
    second = np.stack([times, 2 * np.cos(2 * np.pi * 3 * times), 0.6 * np.sin(2 * np.pi * 6 * times)], axis=1)
    sides = [np.array(_bands(one)) for one in (second, first)]
    expected = float(
        np.mean([abs(np.log2((a + 2) / (b + 2))) for a, b in zip(*(s.ravel() for s in sides), strict=True)])
    )
    name, found = "sines of other frequencies", []
    where = case(_turning(second, times), _turning(first, times))
    found.append(of_case(_SPECTRUM, name, INDEPENDENT, where, expected, scored=60, due=60, tolerance=0.005))
    # The same motion seen 30 times a second with some frames lost is the same on even times, nearly.
    dense = np.arange(71) / 30
    seen = np.stack([np.interp(dense, times, column) for column in second.T], axis=1)
    where = case(_turning(seen, dense, _GONE), _turning(first[:59], times[:59]))
    lost = [t for t in range(71) if t not in _GONE]
    even = np.stack([np.interp(np.arange(59) / 25, dense[lost], column[lost]) for column in seen.T], axis=1)
    where = case(where.output, _turning(np.concatenate([first, first[-12:]]), np.arange(72) / 25))
    longer = np.concatenate([first, first[-12:]])
    sides = [np.array(_bands(one)) for one in (even, longer)]
    expected = float(
        np.mean([abs(np.log2((a + 2) / (b + 2))) for a, b in zip(*(s.ravel() for s in sides), strict=True)])
    )
    found.append(
        of_case(
            _SPECTRUM,
            "seen 30 times a second, two frames lost",
            INDEPENDENT,
            where,
            expected,
            scored=69,
            due=72,
            tolerance=0.01,
        )
    )
    for count, has_value in ((45, True), (44, False)):
        cut = [_turning(one[:count], 0.4 + times[:count]) for one in (second, first)]
        sides = [np.array(_bands(one[:count])) for one in (second, first)]
        value = float(
            np.mean([abs(np.log2((a + 2) / (b + 2))) for a, b in zip(*(s.ravel() for s in sides), strict=True)])
        )
        text = f"{count} frames, {'the fewest' if has_value else 'one too few'}"
        found.append(of_case(_SPECTRUM, text, INDEPENDENT, case(*cut), value if has_value else None, tolerance=0.01))
    return found


def _bands(angles: np.ndarray) -> list[list[float]]:
    """Root mean square speed in each octave of each angle: a discrete transform, term by term."""
    speed = np.array(
        [[25 * (b - a) for a, b in zip(x, y, strict=True)] for x, y in zip(angles, angles[1:], strict=False)]
    )
    n = len(speed)
    window = np.array([0.5 - 0.5 * np.cos(2 * np.pi * (t + 1) / (n + 1)) for t in range(n)])
    moved = (speed - speed.mean(axis=0)) * window[:, None]
    total = [[0.0] * 3 for _ in range(4)]
    for k in range(1, n // 2 + 1):
        hz = 25 * k / n
        wave = np.exp(-2j * np.pi * k * np.arange(n) / n)
        for band, (low, high) in enumerate(((0.5, 1), (1, 2), (2, 4), (4, 8))):
            if low <= hz < high:
                for axis in range(3):
                    total[band][axis] += 2 * abs(wave @ moved[:, axis]) ** 2 / (n * float((window**2).sum()))
    return [[value**0.5 for value in row] for row in total]


def _exact_bands() -> list[KnownValue]:
    angles = np.cumsum(np.random.default_rng(62).normal(0, 2, (50, 3)), axis=0)
    expected = _bands(angles)

    def ask(band: int, axis: int) -> Callable[[], float]:
        def value() -> float:
            from benchmark.metrics.head_signal import band_speeds_deg_s

            return float(band_speeds_deg_s(angles)[band, axis])

        return value

    return [
        of_function(
            _SPECTRUM, f"speed in octave {b}, angle {a}", INDEPENDENT, ask(b, a), expected[b][a], tolerance=1e-9
        )
        for b in range(4)
        for a in range(3)
    ]


def _distances() -> list[KnownValue]:
    output, other = np.full((4, 3), 6.0), np.full((4, 3), 2.0)
    other[0], output[1, 0] = 14.0, 0.0  # half, a half and two doublings

    def ask() -> float:
        from benchmark.metrics.head_signal import spectrum_distance

        return spectrum_distance(output, other)

    return [of_function(_SPECTRUM, "speeds twice and half as great", CLOSED_FORM, ask, 1.0, tolerance=1e-9)]


def _beats() -> list[KnownValue]:
    """Heads that jerk at known moments while the voice sets in at others."""
    levels = np.zeros(260, np.float32)
    for start in (40, 105, 180):
        levels[start : start + 30] = np.linspace(0.1, 0.9, 30)
    times = np.arange(60) / 25
    output, reference = (_jerks(moments) for moments in ((10, 27, 45), (12, 30, 44)))
    aligned = []
    for angles in (output, reference):
        beats = _peaks_of(angles)
        onsets = _onsets_of(levels)
        near = [min(abs(beat + 0.4 - onset) for onset in onsets) for beat in beats]
        aligned.append(sum(np.exp(-(d**2) / (2 * 0.12**2)) for d in near) / len(near))
    late = 0.4 + times  # the first frame that counts is shown at 0.4 s
    where = _heard(_turning(output, late), _turning(reference, late), levels)
    expected = abs(aligned[0] - aligned[1])
    found = [
        of_case(_BEATS, "jerks at chosen moments", INDEPENDENT, where, expected, scored=60, due=60, tolerance=2e-3)
    ]
    still = _turning(np.zeros((60, 3)), late)
    found.append(of_case(_BEATS, "a head without a beat", EXACTLY, _heard(still, where.driver, levels), None))
    for share, count in ((1.01, 1.0), (0.99, 0.0)):
        one = _jerks((27,))
        small = one * share * 0.05 / max(_accelerations(one))
        text = f"a jerk of {share:g} times the least"
        found.append(of_function(_BEATS, text, EXACTLY, _count(small), count * 2))
    silent = _heard(where.output, where.driver, np.zeros(260, np.float32))
    found.append(of_case(_BEATS, "a voice that never sets in", EXACTLY, silent, None))

    def kernel() -> float:
        from benchmark.metrics.head_motion import beat_alignment

        return beat_alignment(np.array([1.0, 2.06, 3.0, 5.0]), np.array([0.88, 2.0, 4.6, 5.0]))

    value = (np.exp(-0.5) + np.exp(-0.125) + np.exp(-((1.0 / 0.12) ** 2) / 2) + 1) / 4
    found.append(of_function(_BEATS, "beats 1, half and no width from onsets", CLOSED_FORM, kernel, float(value)))
    return found


def _count(angles: np.ndarray) -> Callable[[], float]:
    def ask() -> float:
        from benchmark.metrics.head_signal import beats_s

        return float(len(beats_s(angles)))

    return ask


def _heard(output: FaceFeatures, reference: FaceFeatures, levels: np.ndarray) -> CaseFeatures:
    return case(output, reference, reference=reference, sound={"speech-envelope": levels})


def _jerks(moments: Sequence[int]) -> np.ndarray:
    angles = np.zeros((60, 3))
    for i, moment in enumerate(moments):
        angles[moment:, i % 3] += 6.0 + i
    return angles


def _peaks_of(angles: np.ndarray) -> list[float]:
    """Seconds of the peaks of acceleration."""
    size = _accelerations(angles)
    middle = sorted(size)
    median = (middle[len(size) // 2 - 1] + middle[len(size) // 2]) / 2
    return [t / 25 for t in range(1, len(size) - 1) if size[t - 1] < size[t] >= size[t + 1] and size[t] > median]


def _accelerations(angles: np.ndarray) -> list[float]:
    """By a Gaussian written out, ends repeated, then differences."""
    kernel = np.exp(-0.5 * (np.arange(-8, 9) / 2.0) ** 2)
    kernel /= kernel.sum()
    padded = np.concatenate([angles[:1].repeat(8, axis=0), angles, angles[-1:].repeat(8, axis=0)])
    smooth = np.array([sum(kernel[k] * padded[t + k] for k in range(17)) for t in range(len(angles))])
    for _ in range(2):
        inner = (smooth[2:] - smooth[:-2]) / 2
        smooth = np.concatenate([smooth[1:2] - smooth[:1], inner, smooth[-1:] - smooth[-2:-1]])
    return [float(sum(v * v for v in row) ** 0.5) for row in smooth]


def _onsets_of(levels: np.ndarray) -> list[float]:
    rise = [max(float(levels[t + 5]) - float(levels[t]), 0.0) for t in range(len(levels) - 5)]
    mean = sum(rise) / len(rise)
    return [(t + 2.5) / 100 for t in range(1, len(rise) - 1) if rise[t - 1] < rise[t] >= rise[t + 1] and rise[t] > mean]


def _onsets() -> list[KnownValue]:
    levels = np.array(
        [0, 0, 0, 0, 0, 0, 0.5, 0.6, 0.6, 0.5, 0.4, 0.45, 0.3, 0.2, 0.2, 0.9, 0.9, 0.8, 0.7, 0.7, 0.6], np.float32
    )
    # A rise of 0.16 lies under the mean of all, and above that of all but the first, which is great and no peak.
    under = np.round(np.random.default_rng(44).uniform(0, 1, 24), 2).astype(np.float32)

    def count() -> float:
        from benchmark.metrics.head_motion import onsets_s

        return float(len(onsets_s(under)))

    expected = _onsets_of(levels)

    def ask(place: int) -> Callable[[], float]:
        def value() -> float:
            from benchmark.metrics.head_motion import onsets_s

            return float(onsets_s(levels)[place])

        return value

    return [
        of_function(_BEATS, "a rise under the mean", EXACTLY, count, 3.0),
        *(
            of_function(_BEATS, f"onset {place} of a voice", INDEPENDENT, ask(place), expected[place], tolerance=1e-9)
            for place in range(len(expected))
        ),
    ]
