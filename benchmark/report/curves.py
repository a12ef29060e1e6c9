"""Values of single frames over time, a line for each method; the page moves a mark along while the row plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.engine.showcase import Curve
from benchmark.report.axes import Axes, range_of


def plot_curve(
    curves: Sequence[Curve],
    frames: int,
    title: str,
    colours: Mapping[str, str],
    *,
    window: tuple[int, int],
    still_frame: int,
) -> str | None:
    """The curves as SVG; None where no frame has a value.

    Args:
        frames: of the whole video.
        window: (first frame, number of frames) of what the row plays.
        still_frame: of those, where the mark stands.
    """
    values = [value for curve in curves for value in curve.values if value is not None]
    if not values:
        return None
    axes = Axes((0, max(frames - 1, 1)), range_of(values), title=title, x_label="frame")
    for curve in curves:
        for part in _unbroken(curve):
            if len(part) == 1:
                axes.dots(part, colours[curve.method])
            else:
                axes.line(part, colours[curve.method])
    first, count = window
    axes.mark(first + still_frame, first, first + max(count - 1, 0))
    return axes.svg()


def _unbroken(curve: Curve) -> list[list[tuple[float, float]]]:
    """Stretches of frames that have values: nothing is drawn across a hole."""
    parts: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(curve.values):
        if value is None:
            parts.append([])
        else:
            parts[-1].append((place * curve.every, value))
    return [part for part in parts if part]
