"""Plots as inline SVG. Ink takes the page's text colour, so one image serves light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmark.report.axes import Axes, is_one_value, range_of
from benchmark.results.schema import Results

PALETTE = (
    "#d1495b",
    "#3d7ea6",
    "#c98a1b",
    "#5b8c5a",
    "#8a63a8",
    "#7a7a7a",  # up to here distinct also when colour-blind
    "#00958a",
    "#7b4b2a",
    "#d977b8",
    "#24457a",
    "#96a01b",
    "#ef8a62",
)
_ISOTROPIC = "isotropic, 0.5"
_DOTS_AT, _DOTS_SPREAD, _MEAN_AT = -0.1, 0.16, 0.22  # places beside a method's own
_MOST_DOTS = 150  # of one method; more cases are drawn as the outline of their distribution
_BINS = 40


def method_colours(names: Sequence[str]) -> dict[str, str]:
    """A colour per method, the same in every plot."""
    return {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(names)}


def plot_cases(results: Results, metric: str, title: str) -> str | None:
    """Every case as a dot, or the outline of very many, the mean with its interval beside them.

    None when no case was scored.
    """
    names = [method.name for method in results.methods]
    values = {
        name: [row.value for row in results.case_rows(name, metric) if row.value is not None and np.isfinite(row.value)]
        for name in names
    }
    if not any(values.values()):
        return None
    means = {name: mean for name in names if (mean := results.aggregate(name, metric)) and mean.value is not None}
    ends = [end for mean in means.values() for end in (mean.value, mean.ci_low, mean.ci_high) if end is not None]
    colours = method_colours(names)
    axes = Axes(
        (-0.5, len(names) - 0.5),
        range_of([*ends, *(value for one in values.values() for value in one)]),
        title=title,
        x_names=[name.replace("-", "-\n", 1) for name in names],
    )
    for place, name in enumerate(names):
        count = len(values[name])
        if count > _MOST_DOTS:
            axes.area(outline(values[name], place + _DOTS_AT), colours[name])
        else:
            spread = np.linspace(-_DOTS_SPREAD, _DOTS_SPREAD, count) if count > 1 else np.zeros(count)
            axes.dots(zip(place + _DOTS_AT + spread, values[name], strict=True), colours[name])
        mean = means.get(name)
        if mean is None or mean.value is None:
            continue
        axes.diamond((place + _MEAN_AT, mean.value), colours[name])
        if mean.ci_low is not None and mean.ci_high is not None:
            axes.line([(place + _MEAN_AT, mean.ci_low), (place + _MEAN_AT, mean.ci_high)], colours[name])
    return axes.svg()


def outline(values: Sequence[float], place: float) -> list[tuple[float, float]]:
    """A closed line around `place` that is as wide at a value as cases are there: a smoothed histogram, mirrored."""
    low, high = min(values), max(values)
    if is_one_value(low, high):
        return [(place - _DOTS_SPREAD, low), (place + _DOTS_SPREAD, low)]
    counts, edges = np.histogram(values, bins=_BINS, range=(low, high))
    smooth = np.convolve(counts, (0.25, 0.5, 0.25), "same")
    widths, middles = _DOTS_SPREAD * smooth / smooth.max(), (edges[:-1] + edges[1:]) / 2
    right = [(place, low), *zip(place + widths, middles, strict=True), (place, high)]
    return [*right, *((place - width, value) for width, value in zip(widths[::-1], middles[::-1], strict=True))]


def plot_speed(points: Mapping[str, tuple[float, float]], title: str, colours: Mapping[str, str]) -> str | None:
    """Quality against speed: (frames a second, value) by method, speed on a logarithmic axis; None without any."""
    if not points:
        return None
    decades = [np.log10(rate) for rate, _ in points.values()]
    first, last = int(np.floor(min(decades))), int(np.floor(max(decades))) + 1
    axes = Axes(
        (0, last - first),
        range_of(value for _, value in points.values()),
        title=title,
        x_names=[f"{10.0**decade:g}" for decade in range(first, last + 1)],
        x_label="frames a second",
    )
    for name, (rate, value) in points.items():
        at = (float(np.log10(rate)) - first, value)
        axes.dots([at], colours[name])
        axes.words(at, name)
    return axes.svg()


def plot_spectrum(curves: Mapping[str, np.ndarray], areas: Mapping[str, float]) -> str | None:
    """Cumulative explained variance of the expression descriptors, [d] per method; None without any."""
    if not curves:
        return None
    colours = method_colours(list(curves))
    axes = Axes(
        (0, 1),
        (0, 1.02),
        title="AUC_z: spread of the expression space",
        x_label="share of principal components",
        y_label="explained variance",
    )
    for name, curve in curves.items():
        share = np.arange(1, len(curve) + 1) / len(curve)
        axes.line(zip(share, curve, strict=True), colours[name])
    axes.line([(0, 0), (1, 1)], dotted=True)
    entries = [(f"{name}, AUC_z {areas[name]:.3f}", colours[name], False) for name in curves]
    axes.legend([*entries, (_ISOTROPIC, "currentColor", True)])
    return axes.svg()
