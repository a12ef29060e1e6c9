"""Pictures of a case: the source, then a row of frames over time for the driver and for each method."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.engine.case_files import CaseFiles, lies_inside
from benchmark.engine.thumbnails import load_thumbnails
from benchmark.report.budget import Budget
from benchmark.results.schema import REFERENCE_ROW

_WEBP_QUALITY = 82
_WEBP_EFFORT = 2  # of 0 to 6: half of the default's time for 4 % more bytes


@dataclass(frozen=True)
class Strip:
    """One row of a sheet.

    Args:
        image: data URI of its frames side by side; None when there is nothing to show.
        frames: how many.
    """

    label: str
    image: str | None
    frames: int = 0


@dataclass(frozen=True)
class Sheet:
    """One case."""

    files: CaseFiles
    source: str | None  # data URI
    strips: tuple[Strip, ...]
    motion: float  # mean grey-level difference of the driver's frames to its first


def build_sheet(folder: Path, files: CaseFiles) -> Sheet:
    """Embed the thumbnails of one case."""
    source, driver = _frames(folder, files.source), _frames(folder, files.driver)
    label = REFERENCE_ROW if REFERENCE_ROW in files.outputs else "driver"
    strips = [_strip(label, driver)]
    for method, place in files.outputs.items():
        if method == REFERENCE_ROW:  # the driver itself
            continue
        strips.append(_strip(method, _frames(folder, place)))
    motion = 0.0
    if driver is not None:
        motion = float(np.abs(driver.astype(np.int16) - driver[:1].astype(np.int16)).mean())
    return Sheet(files, None if source is None else image_uri(source[0]), tuple(strips), motion)


def _strip(label: str, frames: np.ndarray | None) -> Strip:
    return Strip(label, None) if frames is None else Strip(label, strip_uri(frames), len(frames))


def fitting(sheets: Iterable[Sheet], budget: Budget) -> list[Sheet]:
    """The first sheets, as many as the page has room for."""
    found = []
    for sheet in sheets:
        if budget.take("".join(filter(None, (sheet.source, *(strip.image for strip in sheet.strips))))) is None:
            break
        found.append(sheet)
    return found


def _frames(folder: Path, place: str | None) -> np.ndarray | None:
    """Thumbnails uint8 [N, S, S, 3]; a place outside of the run's folder is not read."""
    if not place or not lies_inside(folder / place, folder):
        return None
    return load_thumbnails(folder / place)


def strip_uri(frames: np.ndarray) -> str:
    """Thumbnails uint8 [N, S, S, 3] side by side, as a data URI."""
    return image_uri(np.concatenate(list(frames), axis=1))


def image_uri(image: np.ndarray, *, lossless: bool = False) -> str:
    """uint8 [H, W, 3] as a WebP data URI."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_EFFORT, lossless=lossless)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
