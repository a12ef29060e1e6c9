"""Plots as inline SVG. Ink takes the page's text colour, so one picture serves light and dark."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.results.schema import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PALETTE = (
    "#d1495b",
    "#3d7ea6",
    "#c98a1b",
    "#5b8c5a",
    "#8a63a8",
    "#7a7a7a",
)  # distinct also when colour-blind
_INK = "#010203"  # replaced by currentColor
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "feed",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


def method_colours(names: Sequence[str]) -> dict[str, str]:
    """A colour per method, the same in every plot."""
    return {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(names)}


def plot_cases(results: Results, metric: str, title: str) -> str | None:
    """Every case as a dot, the mean with its interval beside them; None when no case was scored."""
    names = [method.name for method in results.methods]
    rows = {name: [row for row in results.case_rows(name, metric) if row.value is not None] for name in names}
    if not any(rows.values()):
        return None
    colours = method_colours(names)

    def draw(axes: Any) -> None:
        for place, name in enumerate(names):
            values = [row.value for row in rows[name] if row.value is not None]
            spread = np.linspace(-0.16, 0.16, len(values)) if len(values) > 1 else np.zeros(len(values))
            axes.scatter(place + spread - 0.1, values, s=14, color=colours[name], alpha=0.75, linewidths=0)
            mean = results.aggregate(name, metric)
            if mean is None or mean.value is None:
                continue
            axes.plot([place + 0.22], [mean.value], "D", color=colours[name], markersize=5)
            if mean.ci_low is not None and mean.ci_high is not None:
                axes.plot([place + 0.22] * 2, [mean.ci_low, mean.ci_high], color=colours[name], linewidth=1.6)
        axes.set_xticks(range(len(names)), [name.replace("-", "-\n", 1) for name in names])
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_title(title, loc="left", fontsize=10)
        axes.grid(axis="y", linewidth=0.4, alpha=0.4, color=_INK)

    return _svg((3.6, 2.7), draw)


def plot_spectrum(curves: Mapping[str, np.ndarray], areas: Mapping[str, float]) -> str | None:
    """Cumulative explained variance of the expression descriptors, [d] per method; None without any."""
    if not curves:
        return None
    colours = method_colours(list(curves))

    def draw(axes: Any) -> None:
        for name, curve in curves.items():
            share = np.arange(1, len(curve) + 1) / len(curve)
            label = f"{name}, AUC_z {areas[name]:.3f}"
            axes.plot(share, curve, color=colours[name], linewidth=1.6, label=label)
        axes.plot([0, 1], [0, 1], linestyle=":", linewidth=0.9, color=_INK, label="isotropic, 0.5")
        axes.set(xlabel="share of principal components", ylabel="explained variance", xlim=(0, 1), ylim=(0, 1.02))
        axes.set_title("AUC_z: spread of the expression space", loc="left", fontsize=10)
        axes.legend(frameon=False, loc="lower right", fontsize=8)

    return _svg((3.6, 2.7), draw)


def _svg(size_inches: tuple[float, float], draw: Any) -> str:
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure: Figure = Figure(figsize=size_inches, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().replace(_INK, "currentColor")
    return text[text.index("<svg") :]
