"""Render the contact sheets of docs/sheets: 23 synthetic people, and what they do in each task.

python scripts/render_sheets.py            (again: continues; pictures are kept below FEED_CACHE)
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.progress import ProgressBar
from feed_dataset.layout.names import STEMS, TASKS
from feed_dataset.synthetic.motion.timeline import PROGRAMMES
from feed_dataset.synthetic.scene.types import Expression
from feed_dataset.synthetic.takes.casting import cast
from feed_dataset.synthetic.takes.moments import Moment, Stills, moments
from feed_dataset.synthetic.takes.settings import VERSION

PEOPLE = 23
PEOPLE_COLUMNS, PEOPLE_TILE_PX = 6, 220
MOMENTS, TASK_TILE_PX = 6, 170
PEOPLE_PER_STEM = 2
LABEL_PX = 15
MOST_BYTES = 250_000
QUALITIES = (88, 82, 76, 70, 62)


class Tiles:
    """Rendered pictures, kept in a folder so that an interrupted run goes on."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._folder, self._threads = folder, threads
        self._stills: tuple[str, Stills] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, subject: str, expression: Expression, camera: str) -> Image.Image:
        name = hashlib.sha256(f"{VERSION} {subject} {expression} {camera}".encode()).hexdigest()[:24]
        path = self._folder / f"{name}.png"
        if not path.exists():
            if self._stills is None or self._stills[0] != subject:
                self._stills = (subject, Stills(subject, threads=self._threads))
            with replacing(path) as temporary:
                Image.fromarray(self._stills[1].picture(expression, camera)).save(temporary)
        return Image.open(path)


def cropped(picture: Image.Image, tile_px: int) -> Image.Image:
    """The head of a studio view, without most of the backdrop."""
    width, height = picture.size
    margin = 0.08 * width
    box = (margin, 0.02 * height, width - margin, 0.02 * height + width - 2 * margin)
    return picture.resize((tile_px, tile_px), Image.Resampling.LANCZOS, box=box)


def labelled(tile: Image.Image, text: str) -> Image.Image:
    out = Image.new("RGB", (tile.width, tile.height + LABEL_PX), (22, 22, 22))
    out.paste(tile, (0, LABEL_PX))
    ImageDraw.Draw(out).text((3, 1), text, fill=(225, 225, 225))
    return out


def grid(rows: Sequence[Sequence[Image.Image]]) -> Image.Image:
    width, height = max(len(row) for row in rows), rows[0][0].height
    out = Image.new("RGB", (width * rows[0][0].width, len(rows) * height), (22, 22, 22))
    for y, row in enumerate(rows):
        for x, tile in enumerate(row):
            out.paste(tile, (x * tile.width, y * height))
    return out


def save(path: Path, sheet: Image.Image) -> None:
    """As good a JPEG as fits into MOST_BYTES."""
    for quality in QUALITIES:
        with replacing(path) as temporary:
            sheet.save(temporary, format="JPEG", quality=quality, optimize=True)
        if path.stat().st_size < MOST_BYTES:
            return
    raise ValueError(f"expected {path} below {MOST_BYTES} bytes but got {path.stat().st_size}; use smaller tiles")


def people_sheet(tiles: Tiles, people: Sequence[str], bar: ProgressBar) -> Image.Image:
    shown = []
    for name in people:
        shown.append(labelled(cropped(tiles.get(name, Expression(), "C"), PEOPLE_TILE_PX), name))
        bar.advance(f"people {name}")
    return grid([shown[start : start + PEOPLE_COLUMNS] for start in range(0, len(shown), PEOPLE_COLUMNS)])


def task_sheet(tiles: Tiles, task: str, people: Sequence[str], bar: ProgressBar) -> Image.Image:
    """Two people per stem; their moments from the front, then the first one from both sides."""
    rows: list[list[Image.Image]] = []
    for stem in stems_of(task):
        for name in people[len(rows) : len(rows) + PEOPLE_PER_STEM]:
            found = moments(stem, name, count=MOMENTS)
            seen: list[tuple[Moment, str]] = [(moment, "C") for moment in found] + [(found[0], "L"), (found[0], "R")]
            row = []
            for moment, camera in seen:
                tile = cropped(tiles.get(name, moment.expression, camera), TASK_TILE_PX)
                row.append(labelled(tile, f"{name} {stem} {moment.item}" if camera == "C" else f"camera {camera}"))
            rows.append(row)
            bar.advance(f"{stem} {name}")
    return grid(rows)


def stems_of(task: str) -> tuple[str, ...]:
    return tuple(stem for stem in (*PROGRAMMES, "speech") if STEMS[stem].task == task)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "sheets")
    parser.add_argument("--cache", type=Path, help="pictures (default: sheets-<version> below FEED_CACHE)")
    parser.add_argument("--only", nargs="+", choices=["people", *TASKS], help="sheets (default: all)")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    home = Path(os.environ.get("FEED_CACHE") or Path.home() / ".cache" / "feed")
    tiles = Tiles(arguments.cache or home / f"sheets-{VERSION}", arguments.threads)
    people = cast(PEOPLE)
    places = np.random.default_rng(4).permutation(PEOPLE)  # who performs what
    performers = [people[place] for place in np.tile(places, 2)]
    wanted = arguments.only or ["people", *TASKS]
    rows = sum(PEOPLE_PER_STEM * len(stems_of(task)) for task in TASKS if task in wanted)
    total = rows + (PEOPLE if "people" in wanted else 0)
    with ProgressBar(total, "sheets") as bar:
        if "people" in wanted:
            save(arguments.out / "people.jpg", people_sheet(tiles, people, bar))
        for task in TASKS:
            stems = stems_of(task)
            mine, performers = performers[: PEOPLE_PER_STEM * len(stems)], performers[PEOPLE_PER_STEM * len(stems) :]
            if task in wanted:
                save(arguments.out / f"{task}.jpg", task_sheet(tiles, task, mine, bar))


if __name__ == "__main__":
    main()
