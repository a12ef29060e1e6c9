"""Pairing by a table: a CSV that says which file belongs to which.

    id,generated,reference,source,audio,cluster,source_cluster
    a,a_out.mp4,real/a.mp4,faces/anna.png,a.wav,ben,anna

`source`, `audio`, `cluster` (the driver's person) and `source_cluster` (the source's) may be missing: then every
reference is another driver, and every source file another person. A relative path starts at the folder of its option
(`--generated`, `--reference`, `--source`, `--audio`), else at the CSV's own folder, and must stay in it; an absolute
path may lead anywhere.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.pairing.names import find, printable
from benchmark.pairing.pair_list import Pair, PairingError, PairList, checked_id
from feed_dataset.core.jobs.files import regular_size
from feed_dataset.core.jobs.suggestions import nearest
from feed_dataset.core.media.suffixes import AUDIO_SUFFIXES, IMAGE_SUFFIXES, VIDEO_SUFFIXES

REQUIRED = ("id", "generated", "reference")
OPTIONAL = ("source", "audio", "cluster", "source_cluster")
_LONGEST_NAME = 180
_SUFFIXES = {
    "generated": VIDEO_SUFFIXES,
    "reference": VIDEO_SUFFIXES,
    "source": (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES),
    "audio": (*AUDIO_SUFFIXES, *VIDEO_SUFFIXES),
}


@dataclass(frozen=True)
class Row:
    """One line of the table, and where it is."""

    where: str  # "pairs.csv row 3"
    cells: Mapping[str, str]


def pair_by_table(path: Path, folders: Mapping[str, Path | None]) -> PairList:
    """Read the CSV.

    Args:
        folders: by column ("generated", "reference", "source", "audio") the folder given on the command line.

    Raises:
        PairingError: the file is no such CSV, an id or a generated video comes twice, or a file is missing or lies
            outside of its folder. Only a missing *generated* video is no error: that case failed.
    """
    rows, columns = read_rows(path)
    for column in ("source", "audio"):
        if folders.get(column) is not None and column not in columns:
            raise PairingError(f"expected a column {column} in {path.name} with --{column} but it has {_list(columns)}")
    pairs: list[Pair] = []
    seen_ids: dict[str, str] = {}
    seen_outputs: dict[Path, str] = {}
    source_names: dict[Path, str] = {}
    for row in rows:
        pair = _pair(row, path.parent, folders, source_names)
        if pair.id in seen_ids:
            raise PairingError(
                f"{row.where}: expected another id but {pair.id!r} is already that of {seen_ids[pair.id]}"
            )
        seen_ids[pair.id] = row.where
        if pair.generated is not None:
            real = pair.generated.resolve()
            if real in seen_outputs:
                raise PairingError(
                    f"{row.where}: expected another generated video but {pair.generated.name} is already that of"
                    f" {seen_outputs[real]}"
                )
            seen_outputs[real] = row.where
        pairs.append(pair)
    left_out = _unlisted(pairs, folders, path.name)
    return PairList(tuple(pairs), left_out, has_sources="source" in columns, has_audio="audio" in columns)


def read_rows(path: Path) -> tuple[list[Row], tuple[str, ...]]:
    """Rows and columns of the CSV, whatever its line ends and with or without a byte order mark.

    Raises:
        PairingError: unreadable, not UTF-8, wrong columns, or a row with too many or too few cells.
    """
    try:
        regular_size(path)
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise PairingError(f"expected a CSV file for --pairs but cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PairingError(f"expected {path} in UTF-8 but byte {error.start} is not; save it as UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    columns: tuple[str, ...] | None = None
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            if columns is None:
                columns = _columns(stripped, path)
                continue
            where = f"{path.name} row {reader.line_num}"
            if len(stripped) != len(columns):
                raise PairingError(f"{where}: expected {len(columns)} cells ({_list(columns)}) but got {len(stripped)}")
            rows.append(Row(where, dict(zip(columns, stripped, strict=True))))
    except csv.Error as error:
        raise PairingError(f"{path.name} row {reader.line_num}: expected a CSV row but got {error}") from error
    if columns is None or not rows:
        raise PairingError(f"expected at least one row below {_list(REQUIRED)} in {path} but got none")
    return rows, columns


def _columns(names: list[str], path: Path) -> tuple[str, ...]:
    known = (*REQUIRED, *OPTIONAL)
    columns = tuple(name.lower() for name in names)
    if len(columns) == 1 and any(sign in columns[0] for sign in ";\t"):
        raise PairingError(f"expected commas between the columns of {path} but got {names[0]!r}; save it as CSV")
    for name in columns:
        if name not in known:
            guess = nearest(name, known)
            hint = f"; did you mean {guess!r}?" if guess else ""
            raise PairingError(f"expected columns among {_list(known)} in {path} but got {name!r}{hint}")
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise PairingError(f"expected columns {_list(REQUIRED)} in {path} but {_list(missing)} is missing")
    if len(set(columns)) != len(columns):
        raise PairingError(f"expected each column once in {path} but got {_list(columns)}")
    return columns


def _pair(row: Row, csv_folder: Path, folders: Mapping[str, Path | None], source_names: dict[Path, str]) -> Pair:
    case_id = checked_id(row.cells["id"], row.where)
    cluster = row.cells.get("cluster") or case_id
    files = {
        column: _file(row, column, (folders.get(column) or csv_folder).expanduser())
        for column in _SUFFIXES
        if column in row.cells
    }
    source = files.get("source")
    source_cluster = row.cells.get("source_cluster") or (cluster if source is None else _name(source, source_names))
    return Pair(
        id=case_id,
        cluster=checked_id(cluster, f"{row.where}, cluster"),
        source_cluster=checked_id(source_cluster, f"{row.where}, source_cluster"),
        generated=files["generated"],
        reference=files["reference"],
        source=source,
        audio=files.get("audio"),
    )


def _name(source: Path, names: dict[Path, str]) -> str:
    """The file's name, with a number where another file has it: results tell no folder of this machine."""
    real = source.resolve()
    if real not in names:
        name, taken, count = printable(source.name)[-_LONGEST_NAME:], set(names.values()), 1
        unique = name
        while unique in taken:
            count += 1
            unique = f"{name}#{count}"
        names[real] = unique
    return names[real]


def _file(row: Row, column: str, folder: Path) -> Path | None:
    """The file of one cell; None where an optional cell is empty or the generated video is not there."""
    text = row.cells[column]
    if not text:
        if column in REQUIRED:
            raise PairingError(f"{row.where}: expected a path for {column} but got an empty cell")
        return None
    if "\0" in text:
        raise PairingError(f"{row.where}: expected a path for {column} but got {text!r}")
    given = Path(text)
    path = given if given.is_absolute() else folder / given
    try:
        real = path.resolve()
        there = real.exists()
    except (OSError, RuntimeError) as error:  # names that are too long, links that go round
        raise PairingError(f"{row.where}: expected a file for {column} but {text[:80]} cannot be read") from error
    if not given.is_absolute() and not real.is_relative_to(folder.resolve()):
        raise PairingError(
            f"{row.where}: expected a path below {folder} for {column} but {text} leads out of it, to {real};"
            " write the absolute path if that is meant"
        )
    if not there and column == "generated":
        return None
    if not real.is_file():
        what = "is no regular file" if there else "does not exist"
        raise PairingError(f"{row.where}: expected a file for {column} but {path} {what}")
    return path


def _unlisted(pairs: list[Pair], folders: Mapping[str, Path | None], table: str) -> tuple[tuple[str, str], ...]:
    """Files of the folders that no row names."""
    left_out: list[tuple[str, str]] = []
    for column in ("generated", "reference"):
        folder = folders.get(column)
        if folder is None:
            continue
        found = find(folder, f"--{column}", _SUFFIXES[column])
        named = {path.resolve() for pair in pairs if (path := getattr(pair, column)) is not None}
        left_out += found.left_out
        left_out += [
            (f"--{column} {name}", f"not named in {table}")
            for name, path in found.files.items()
            if path.resolve() not in named
        ]
    return tuple(left_out)


def _list(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)
