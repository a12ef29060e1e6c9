"""Figures: written atomically, without a display."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from feed_dataset.core.jobs.atomic import replacing

_CELL_IN = 1.25


@contextmanager
def figure(path: Path, rows: int, columns: int, size_in: tuple[float, float]) -> Iterator[Any]:
    """Axes to draw on; saved as a PNG when the block ends well."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    canvas = Figure(figsize=size_in, layout="constrained")
    FigureCanvasAgg(canvas)
    yield canvas.subplots(rows, columns)
    with replacing(path) as temporary:
        canvas.savefig(temporary, dpi=140)


def picture_grid(
    path: Path,
    rows: Sequence[Sequence[np.ndarray]],  # uint8 [S, S, 3]
    *,
    column_titles: Sequence[str],
    row_titles: Sequence[str],
) -> None:
    """Pictures in rows and columns with titles."""
    height, width = len(rows), len(rows[0])
    with figure(path, height, width, (_CELL_IN * width + 0.4, _CELL_IN * height + 0.3)) as axes:
        grid = np.asarray(axes).reshape(height, width)
        for row, pictures in enumerate(rows):
            for column, picture in enumerate(pictures):
                cell = grid[row, column]
                cell.imshow(picture)
                cell.set(xticks=[], yticks=[])
                cell.spines[:].set_visible(False)
                if row == 0:
                    cell.set_title(column_titles[column], fontsize=6)
                if column == 0:
                    cell.set_ylabel(row_titles[row], fontsize=6)
