"""Known values of quality without a reference: means of chosen numbers, and what of a picture a network is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmark.doctor.known_values.heads import case, template, video
from benchmark.doctor.known_values.value import (
    CLOSED_FORM,
    EXACTLY,
    INDEPENDENT,
    KnownValue,
    of_case,
    of_function,
    of_set,
)

_CASES = {
    "topiq_nr[koniq]": "topiq[koniq]",
    "topiq_nr[face]": "topiq[face]",
    "musiq[koniq]": "musiq[koniq]",
    "clip_iqa[rn50]": "clip-iqa[rn50]",
}
_SETS = {"theval_aesthetic": "topiq[aesthetic]", "theval_mouth": "musiq[mouth]", "theval_face": "topiq[face]"}
_LIPS = (
    0, 13, 14, 17, 37, 39, 40, 61, 78, 80, 81, 82, 84, 87, 88, 91, 95, 146, 178, 181, 185, 191, 267, 269, 270, 291, 308,
    310, 311, 312, 314, 317, 318, 321, 324, 375, 402, 405, 409, 415,
)  # fmt: skip
# facexlib's places of eyes, nose and corners of the mouth in 512 px.
_PLACES = (
    (192.98138, 239.94708), (318.90277, 240.1936), (256.63416, 314.01935), (201.26117, 371.41043),
    (313.08905, 371.15118),
)  # fmt: skip
_GROUPS = ((33, 133, 159, 145), (263, 362, 386, 374), (1, 4), (61,), (291,))


def known_values() -> tuple[KnownValue, ...]:
    """No network is needed: what it is shown is looked at."""
    return (*_means(), *_sets(), *_shown("topiq_nr[koniq]"), *_mouth(), *_face())


def _rated(feature: str, values: list[float], missing: tuple[int, ...] = ()) -> Any:
    return video(None, missing, {feature: np.array(values)[:, None]}, frames=len(values))


def _means() -> list[KnownValue]:
    found = []
    for metric, feature in _CASES.items():
        driver = video(None, frames=5)
        where = case(_rated(feature, [0.25, 0.5, 9.0, 0.3], (2,)), driver)
        name = "four frames, one without a face, a fifth is missing"
        found.append(of_case(metric, name, CLOSED_FORM, where, 0.35, scored=3, due=5))
        longer = case(_rated(feature, [0.5] * 6), driver)
        found.append(of_case(metric, "more frames than the driver", EXACTLY, longer, None))
    return found


def _sets() -> list[KnownValue]:
    found = []
    for metric, feature in _SETS.items():
        truths = [_rated(feature, [-0.4, -0.6]), _rated(feature, [-0.2, -0.4])]
        outputs = [_rated(feature, [-0.7, 3.0, -0.5], (1,)), _rated(feature, [-0.3])]
        blind = _rated(feature, [1.0], (0,))
        cases = [case(a, b, reference=b) for a, b in zip([*outputs, blind], [*truths, truths[0]], strict=True)]
        made, true = (-0.6 - 0.3) / 2, (-0.5 - 0.3) / 2
        extra = {"mean": made, "mean_true": true, "n_lost": 1.0}
        text = "two cases, whose true numbers are below 0; a third without a face"
        found.append(of_set(metric, text, INDEPENDENT, cases, 1 - abs(made - true) / abs(true), scored=2, extra=extra))
        nothing = _rated(feature, [0.0, 0.0])
        found.append(of_set(metric, "a true number of 0", EXACTLY, [case(truths[0], nothing, reference=nothing)], None))
    return found


def _judged(prepare: str, network: Callable[[Any], Any], frame: np.ndarray, points: np.ndarray) -> float:
    from benchmark.features.networks import image_quality

    judge = image_quality.QualityOfFrames(network, getattr(image_quality, prepare), needs_face=True)
    return float(judge(frame[None], points[None])[0, 0])


def _shown(metric: str) -> list[KnownValue]:
    frame = np.random.default_rng(81).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    points = template()[0]

    def level(row: int, column: int, channel: int) -> Callable[[], float]:
        return lambda: _judged("whole_frame", lambda image: image[0, channel, row, column], frame, points)

    found = []
    for row, column, channel in ((0, 0, 0), (8, 1, 1), (3, 6, 2)):
        expected = float(frame[row, column, channel]) / 255
        found.append(
            of_function(
                metric,
                f"row {row}, column {column}, channel {channel} of the picture",
                CLOSED_FORM,
                level(row, column, channel),
                expected,
                tolerance=1e-6,
            )
        )
    blind = np.full((468, 3), np.nan)
    ask = lambda: float(np.isnan(_judged("whole_frame", lambda image: image.mean(), frame, blind)))  # noqa: E731
    return [*found, of_function(metric, "no face", EXACTLY, ask, 1.0)]


def _mouth() -> list[KnownValue]:
    """The mean of a picture over the box, where it lies inside, leaves it, or lies outside."""
    frame = np.random.default_rng(82).integers(0, 256, (120, 90, 3), dtype=np.uint8)
    head = template()[0] * [60.0, -60.0, 60.0] + [45.0, 450.0, 0.0]
    found = []
    for name, shift in (("inside", (0, 0)), ("over the edge", (-38, 72)), ("over the other edge", (40, -60))):
        points = head + [*shift, 0.0]
        points[_LIPS[-1], 0] += 20.0  # so that this one is the farthest to the right
        xs, ys = ([int(points[i, axis]) for i in _LIPS] for axis in (0, 1))
        left, top = max(min(xs) - 10, 0), max(min(ys) - 10, 0)
        right, bottom = min(max(xs) + 10, 90), min(max(ys) + 10, 120)
        expected = float(frame[top:bottom, left:right].astype(float).mean() / 255)
        found.append(
            of_function(
                "theval_mouth",
                f"a mouth {name} of the picture",
                INDEPENDENT,
                lambda points=points: _judged("mouth_box", lambda image: image.mean(), frame, points),  # type: ignore[misc]
                expected,
                tolerance=1e-5,
            )
        )
    ask = lambda: _judged("mouth_box", lambda image: image.mean(), frame, head + [500.0, 0.0, 0.0])  # noqa: E731
    return [*found, of_function("theval_mouth", "a mouth outside", EXACTLY, lambda: float(np.isnan(ask())), 1.0)]


def _face() -> list[KnownValue]:
    """A face whose five points are the template's, turned, scaled and shifted: it comes to its places exactly."""
    turn, scale, shift = np.radians(20.0), 0.4, np.array([20.0, 15.0])
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = np.zeros((468, 3))
    for group, place in zip(_GROUPS, _PLACES, strict=True):
        points[list(group), :2] = matrix @ np.array(place) + shift
    y, x = np.mgrid[:260, :240].astype(float)
    back = np.linalg.inv(matrix)
    columns, rows = np.moveaxis(np.stack([x, y], axis=-1) @ back.T - back @ shift, -1, 0)
    # Levels that are linear in the face's own axes: half of them is where the face's column is 256, or its row.
    found = []
    for metric in ("topiq_nr[face]", "theval_face"):
        for name, plane in (("column", columns), ("row", rows)):
            level = np.clip(plane / 512 * 255, 0, 255)
            frame = np.repeat(np.rint(level).astype(np.uint8)[..., None], 3, axis=-1)
            for at in (150, 256, 330):
                pixel = (slice(None), 0, 256, at) if name == "column" else (slice(None), 0, at, 256)
                found.append(
                    of_function(
                        metric,
                        f"{name} {at} of the face",
                        CLOSED_FORM,
                        lambda frame=frame, pixel=pixel: _judged(  # type: ignore[misc]
                            "aligned_face", lambda image: image[pixel], frame, points
                        ),
                        at / 512,
                        tolerance=0.004,
                    )
                )
        width = lambda: _judged("aligned_face", lambda image: image.shape[-1], np.zeros((9, 9, 3), np.uint8), points)  # noqa: E731
        found.append(of_function(metric, "width of the face", CLOSED_FORM, width, 512.0))
        grey = np.full((40, 30, 3), 7, np.uint8)
        corner = lambda image: image[0, 0, -1, -1] + 10 * image[0, 1, -1, -1] + 100 * image[0, 2, -1, -1]  # noqa: E731
        found.append(
            of_function(
                metric,
                "what lies outside of the picture",
                CLOSED_FORM,
                lambda grey=grey, corner=corner: _judged("aligned_face", corner, grey, points),  # type: ignore[misc]
                (132 + 1330 + 13500) / 255,
                tolerance=1e-4,
            )
        )
    return found
