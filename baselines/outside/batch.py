"""The inputs of a protocol's cases as files, for methods that run elsewhere.

FOLDER/cases.csv            one line a case: id, source, driver, audio, frame_count, fps
FOLDER/sources/NAME.png     source images
FOLDER/drivers/NAME.mp4     driver frames as a video, and losslessly as
FOLDER/drivers/NAME/0001.png ...
FOLDER/audio/NAME.wav       audio from the time of the first frame on

Paths in cases.csv are relative to FOLDER. A cell is empty where the protocol withholds that input.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from fractions import Fraction
from pathlib import Path

from baselines.interface.errors import BatchError
from feed_dataset.core.jobs.atomic import replacing

INDEX = "cases.csv"


@dataclass(frozen=True)
class BatchCase:
    """One case of a batch: the columns of cases.csv.

    Args:
        id: names the output: `<id>.mp4`, or a folder `<id>`.
        source: image file, relative to the batch's folder.
        driver: video file; None where the protocol withholds the frames.
        audio: audio file; None where there is none or it is withheld.
        frame_count: how many frames must come back.
        fps: at which rate.
    """

    id: str
    source: str
    driver: str | None
    audio: str | None
    frame_count: int
    fps: Fraction

    @property
    def driver_frames(self) -> str | None:
        """The folder of the driver's frames as images."""
        return None if self.driver is None else self.driver.removesuffix(Path(self.driver).suffix)


@dataclass(frozen=True)
class Batch:
    """A folder with the inputs of several cases."""

    folder: Path
    cases: tuple[BatchCase, ...]

    @property
    def index(self) -> Path:
        return self.folder / INDEX


_COLUMNS = tuple(field.name for field in fields(BatchCase))


def write_index(folder: Path, cases: Iterable[BatchCase]) -> Batch:
    """Write FOLDER/cases.csv, last of all files of a batch."""
    batch = Batch(folder, tuple(cases))
    with replacing(batch.index) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(_COLUMNS)
        lines.writerows(["" if value is None else str(value) for value in astuple(case)] for case in batch.cases)
    return batch


def read_batch(folder: Path) -> Batch:
    """Read FOLDER/cases.csv.

    Raises:
        BatchError: it is missing, has other columns, two cases of one id, a value that cannot be read, or names a
            file that is not there.
    """
    index = folder / INDEX
    try:
        with index.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            lacking = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if lacking:
                raise BatchError(f"expected the columns {', '.join(_COLUMNS)} in {index} but {lacking[0]} is missing")
            cases = tuple(_case(row, index, reader.line_num) for row in reader)
    except OSError as error:
        raise BatchError(f"expected a staged batch with {INDEX} in {folder} but got: {error.strerror}") from error
    ids = [case.id for case in cases]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise BatchError(f"expected each id once in {index} but {twice[0]} is there {ids.count(twice[0])} times")
    for case in cases:
        for path in (case.source, case.driver, case.audio):
            if path is not None and not (folder / path).is_file():
                raise BatchError(f"expected {path} of case {case.id} in {folder} but it is missing; stage again")
    return Batch(folder, cases)


def _case(row: dict[str, str], index: Path, line: int) -> BatchCase:
    try:
        return BatchCase(
            row["id"],
            row["source"],
            row["driver"] or None,
            row["audio"] or None,
            int(row["frame_count"]),
            Fraction(row["fps"]),
        )
    except (ValueError, TypeError, ZeroDivisionError) as error:
        raise BatchError(f"expected a case in line {line} of {index} but got: {error}") from error
