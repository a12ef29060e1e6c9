"""Known values of what changes over minutes: similarities and colours that are chosen for every frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from statistics import median

import numpy as np

from benchmark.doctor.known_values.heads import case, video
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, INDEPENDENT, KnownValue, of_case, of_function
from benchmark.features.types.case import CaseFeatures

_RECOGNISERS = ("arcface", "vggface2", "dlib")
_RATE, _SHORTEST_SLOPE_S, _SHORTEST_WORST_S = 5, 10, 2
_GONE = (7, 20, 21, 22, 23, 24, 40)  # frames without a face, of which a whole second


def known_values() -> tuple[KnownValue, ...]:
    """Slopes of any two seconds one by one, and the mean of each second by hand."""
    found: list[KnownValue] = []
    for one in _RECOGNISERS:
        found += _identity(one)
    return (*found, *_drift(), *_face_colour())


def _frames(seconds: float) -> np.ndarray:
    return np.asarray(0.02 + np.arange(round(seconds * _RATE)) / _RATE)


def _identity(recogniser: str) -> list[KnownValue]:
    """Cosines that fall with noise; some frames have no face, and the last second has too few frames."""
    name, found = "similarities that fall, a second lost, a short last one", []
    for seconds, slope, worst in (
        (12.4, True, True),
        (9.4, False, True),
        (10.0, True, True),
        (2.0, False, True),
        (1.4, False, False),
    ):
        times = _frames(seconds)
        random = np.random.default_rng(round(10 * seconds))
        cosines = 0.8 - 0.02 * times + random.normal(0, 0.05, len(times))
        if seconds > 12:
            cosines[-2:] = -0.9  # of the short second: neither the worst nor part of a slope
        missing = _GONE if seconds > 12 else ()
        known = _seconds(times, cosines[:, None], missing)
        where = _described(recogniser, times, cosines, missing)
        counted = {"scored": len(times) - len(missing), "due": len(times) + 1}
        for metric, has_value, value in (
            (f"identity_slope[{recogniser}]", slope, _slope(known)[0]),
            (f"identity_worst[{recogniser}]", worst, float(min(mean[0] for _, mean in known))),
        ):
            expected = value if has_value else None
            text, counts = f"{name}: {seconds:g} s", counted if has_value else {}
            found.append(of_case(metric, text, INDEPENDENT, where, expected, tolerance=2e-5, **counts))
    return found


def _described(recogniser: str, times: np.ndarray, cosines: np.ndarray, missing: tuple[int, ...]) -> CaseFeatures:
    """The output lacks the driver's last frame."""
    sine = np.sqrt(1 - cosines**2)
    rows = np.stack([cosines, 0.6 * sine, 0.8 * sine], axis=1) * np.linspace(1, 3, len(times))[:, None]
    output = replace(video(None, missing, {recogniser: rows}, frames=len(times)), times_s=times)
    source = video(None, arrays={recogniser: np.array([[2.0, 0.0, 0.0]])}, frames=1)
    return case(output, video(None, frames=len(times) + 1), source=source)


def _seconds(times: np.ndarray, rows: np.ndarray, missing: tuple[int, ...]) -> list[tuple[int, list[float]]]:
    """(second, mean of each column) of the seconds that have at least half of the frames."""
    kept = [t for t in range(len(times)) if t not in missing]
    inside: dict[int, list[np.ndarray]] = {}
    for t in kept:
        inside.setdefault(int(times[t]), []).append(rows[t])
    return [
        (second, [sum(column) / len(column) for column in zip(*found, strict=True)])
        for second, found in sorted(inside.items())
        if 2 * len(found) >= _RATE
    ]


def _slope(seconds: list[tuple[int, list[float]]]) -> list[float]:
    """Per minute, of each column."""
    columns = range(len(seconds[0][1]))
    pairs = list(combinations(seconds, 2))
    if not pairs:
        return [0.0 for _ in columns]
    return [median(60 * (b[1][i] - a[1][i]) / (b[0] - a[0]) for a, b in pairs) for i in columns]


def _drift() -> list[KnownValue]:
    found = []
    for seconds, has_value in ((13.4, True), (10.0, True), (9.4, False)):
        times = _frames(seconds)
        random = np.random.default_rng(round(10 * seconds))
        rows = np.array([60.0, 12.0, 18.0]) + times[:, None] * [-0.1, 0.05, 0.08]
        rows = rows + random.normal(0, 0.4, rows.shape)
        missing = _GONE if seconds > 13 else ()
        output = replace(video(None, missing, {"face-colour": rows}, frames=len(times)), times_s=times)
        where = case(output, video(None, frames=len(times) + 1))
        lightness, a, b = _slope(_seconds(times, rows.astype(np.float32), missing))
        name = f"colours that change over {seconds:g} s"
        for metric, value in (("brightness_drift", abs(lightness)), ("colour_drift", (a * a + b * b) ** 0.5)):
            counted = {"scored": len(times) - len(missing), "due": len(times) + 1} if has_value else {}
            expected = value if has_value else None
            found.append(of_case(metric, name, INDEPENDENT, where, expected, tolerance=1e-4 * value, **counted))
    return found


def _face_colour() -> list[KnownValue]:
    """A face that is a rectangle of two colours before other colours; a part of it outside of the picture."""
    frame = np.full((40, 50, 3), (10, 200, 30), np.uint8)
    frame[8:20, 5:30] = (200, 120, 90)
    frame[20:32, 5:30] = (60, 80, 160)
    corners = np.array([[4.6, 8.4], [29.3, 8.4], [29.3, 25.2], [4.6, 25.2]])  # rows 8 to 25, columns 5 to 29
    inside = [(12, (200, 120, 90)), (6, (60, 80, 160))]
    whole = _mean_lab(inside)
    outside = corners - (17, 8)  # from column 0 to 12 and row 0 to 17
    beside = _mean_lab([(8 * 13, (10, 200, 30)), (10 * 5, (10, 200, 30)), (10 * 8, (200, 120, 90))])
    found = []
    for metric, channels in (("brightness_drift", (0,)), ("colour_drift", (1, 2))):
        for channel in channels:
            name = f"mean {'L*a*b*'[2 * channel : 2 * channel + 2]} inside the outline of a face"
            ask = _ask(frame, corners, channel)
            found.append(of_function(metric, name, CLOSED_FORM, ask, whole[channel], tolerance=1e-3))
            ask = _ask(frame, outside, channel)
            found.append(of_function(metric, f"{name}, partly seen", CLOSED_FORM, ask, beside[channel], tolerance=1e-3))
            dark = np.full_like(frame, (1, 3, 2))
            value = _mean_lab([(1, (1, 3, 2))])[channel]
            text = f"{name}, almost black"
            found.append(of_function(metric, text, CLOSED_FORM, _ask(dark, corners, channel), value, tolerance=1e-4))
        for name, moved in (("left of the picture", (-90, 0)), ("above it", (0, -90)), ("right of it", (90, 0))):
            ask = _ask(frame, corners + moved, 0, is_none=True)
            found.append(of_function(metric, f"a face {name} has no colour", EXACTLY, ask, 1.0))
    return found


def _ask(frame: np.ndarray, corners: np.ndarray, channel: int, *, is_none: bool = False) -> Callable[[], float]:
    points = np.concatenate([corners, corners.mean(axis=0, keepdims=True)])
    landmarks = np.concatenate([points, np.ones((5, 1))], axis=1).astype(np.float32)

    def ask() -> float:
        from benchmark.features.extractors.face_colour import face_colours

        blind = np.full_like(landmarks, np.nan)
        nothing, seen = face_colours(np.stack([frame, frame]), np.stack([blind, landmarks]))
        if not np.isnan(nothing).all():
            return -1.0
        return float(np.isnan(seen).all()) if is_none else float(seen[channel])

    return ask


def _mean_lab(pixels: list[tuple[int, tuple[int, int, int]]]) -> tuple[float, float, float]:
    """CIELAB by its definition of the mean light of (count, RGB)."""
    total = sum(count for count, _ in pixels)
    light = [0.0, 0.0, 0.0]
    for count, rgb in pixels:
        for i, level in enumerate(rgb):
            c = level / 255
            light[i] += count / total * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
    r, g, b = light
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    fx, fy, fz = (v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in xyz)
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
