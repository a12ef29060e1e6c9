"""The comparison picture of papers (Figures 9, 14 to 16): a row a case; source, driver and a column for each method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.report.run_frames import Picture
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.atomic import replacing

if TYPE_CHECKING:
    from PIL import ImageFont

DPI = 300
WIDTH_MM = 170.0  # the text of a page in two columns
FORMATS = {".png": "PNG", ".pdf": "PDF"}
_MM_PER_INCH = 25.4
_GAP_MM = 0.8
_LABEL_PT = 8.0
_SMALLEST_PT = 4.0
_STEP_PT = 0.5
_NO_FRAME = "no frame"
_POINTS_PER_INCH = 72
_WHITE, _GREY, _BLACK = (255, 255, 255), (235, 235, 235), (0, 0, 0)
_PDF_QUALITY = 95
_SMALLEST_CELL_PX = 32
_MOST_PIXELS = 200_000_000  # a sheet of A0 at 300 dpi has 140 million; drawing takes 10 bytes for each


@dataclass(frozen=True, eq=False)
class PrintSheet:
    """What the picture shows.

    Args:
        columns: names, written below.
        rows: one picture for each column; None where a method has no frame.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Picture | None, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"expected {len(self.columns)} pictures in a row but got {len(row)}")


def draw(sheet: PrintSheet, *, width_mm: float = WIDTH_MM, dpi: int = DPI) -> np.ndarray:
    """uint8 [H, W, 3]: every picture as a square of one size, names under the columns.

    Raises:
        BenchmarkError: so many columns that nothing could be seen or no name read, or more pixels than a printer
            takes.
    """
    from PIL import Image, ImageDraw

    gap = _pixels(_GAP_MM, dpi)
    count = len(sheet.columns)
    side = (_pixels(width_mm, dpi) - gap * (count - 1)) // count
    if side < _SMALLEST_CELL_PX:
        raise BenchmarkError(f"expected fewer than {count} columns in {width_mm:g} mm; choose some with --methods")
    label_px = round(2 * _LABEL_PT / _POINTS_PER_INCH * dpi)
    size = (count * side + (count - 1) * gap, len(sheet.rows) * (side + gap) + label_px)
    if size[0] * size[1] > _MOST_PIXELS:
        raise BenchmarkError(
            f"expected at most {_MOST_PIXELS // 1_000_000} megapixels but {width_mm:g} mm at {dpi} dpi take"
            f" {size[0]} x {size[1]}; give less with --width-mm or --dpi, or fewer --cases"
        )
    lacks = any(picture is None for row in sheet.rows for picture in row)
    font = _font(_label_pt([*sheet.columns, *([_NO_FRAME] if lacks else [])], side, dpi), dpi)
    canvas = Image.new("RGB", size, _WHITE)
    pen = ImageDraw.Draw(canvas)
    for line, row in enumerate(sheet.rows):
        for place, picture in enumerate(row):
            corner = (place * (side + gap), line * (side + gap))
            if picture is None:
                pen.rectangle((*corner, corner[0] + side - 1, corner[1] + side - 1), fill=_GREY)
                middle = corner[0] + side / 2, corner[1] + side / 2
                pen.text(middle, _NO_FRAME, fill=_BLACK, font=font, anchor="mm")
            else:
                canvas.paste(
                    Image.fromarray(_square(picture.image)).resize((side, side), _filter(picture, side)), corner
                )
    for place, name in enumerate(sheet.columns):
        below = place * (side + gap) + side / 2, size[1] - label_px / 2
        pen.text(below, name, fill=_BLACK, font=font, anchor="mm")
    return np.asarray(canvas)


def save_sheet(sheet: PrintSheet, path: Path, *, width_mm: float = WIDTH_MM, dpi: int = DPI) -> None:
    """Write the picture as PNG or PDF, as wide as asked for when it is printed.

    Raises:
        BenchmarkError: another format.
    """
    from PIL import Image

    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise BenchmarkError(f"expected a file that ends in {' or '.join(FORMATS)} but got {path.name}")
    image = Image.fromarray(draw(sheet, width_mm=width_mm, dpi=dpi))
    with replacing(path) as temporary:
        if kind == "PDF":
            image.save(temporary, kind, resolution=dpi, quality=_PDF_QUALITY)
        else:
            image.save(temporary, kind, dpi=(dpi, dpi))


def _label_pt(names: Sequence[str], width_px: int, dpi: int) -> float:
    """The size of all names: the largest in which each fits into its column.

    Raises:
        BenchmarkError: a name fits in no size that can be read.
    """
    steps = round((_LABEL_PT - _SMALLEST_PT) / _STEP_PT)
    for size in (_LABEL_PT - step * _STEP_PT for step in range(steps + 1)):
        font = _font(size, dpi)
        if all(font.getlength(name) <= width_px for name in names):
            return size
    longest = max(names, key=_font(_SMALLEST_PT, dpi).getlength)
    column_mm = width_px / dpi * _MM_PER_INCH
    raise BenchmarkError(
        f"expected room for every name in letters of {_SMALLEST_PT:g} pt but a column of {column_mm:.1f} mm is too"
        f" narrow for {longest}; give more with --width-mm, or fewer --methods"
    )


def _font(size_pt: float, dpi: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.load_default(size_pt / _POINTS_PER_INCH * dpi)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _square(image: np.ndarray) -> np.ndarray:
    """The middle square of a frame uint8 [H, W, 3]."""
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    return np.ascontiguousarray(image[top : top + side, left : left + side])


def _filter(picture: Picture, side: int) -> int:
    from PIL import Image

    # Enlarged pixels stay what they are up to smoothness: no sharpening that a method did not make.
    return Image.Resampling.BICUBIC if min(picture.image.shape[:2]) < side else Image.Resampling.LANCZOS


def _pixels(mm: float, dpi: int) -> int:
    return round(mm / _MM_PER_INCH * dpi)


def wanted_columns(names: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    """The methods to show, in the order asked for. Raises BenchmarkError that names the nearest."""
    from feed_dataset.core.jobs.suggestions import unknown

    for one in wanted or ():
        if one not in names:
            raise BenchmarkError(unknown("method", one, names))
    return list(wanted) if wanted else list(names)
