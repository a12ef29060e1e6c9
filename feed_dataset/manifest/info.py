"""What a data directory holds, beside the tables of the paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from feed_dataset.layout.names import TASKS
from feed_dataset.layout.paper_tables import TABLE_1, TABLE_2
from feed_dataset.manifest.entry import ManifestEntry
from feed_dataset.manifest.manifest import Manifest

_DASH = "-"


def table_1(manifest: Manifest) -> list[list[str]]:
    """Participants and mean length of a video per task and mode: of this data, and of the paper.

    A take counts once, with the length of its longest view.
    """
    rows = [["task", "mode", "stems", "people", "mean length", "in the paper: people", "mean length"]]
    good = [entry for entry in manifest.entries if entry.status == "ok"]
    for row in TABLE_1:
        chosen = [entry for entry in good if entry.stem in row.stems]
        paper = [_or_dash(row.participants), _DASH if row.length_s is None else _minutes(row.length_s)]
        rows.append([TASKS[row.task], row.mode, ", ".join(row.stems), *_people_and_length(chosen), *paper])
    others = [entry for entry in good if entry.task == "speech"]
    if others:
        rows.append([TASKS["speech"].partition(" (")[0], _DASH, "speech", *_people_and_length(others), _DASH, _DASH])
    return rows


def table_2(manifest: Manifest) -> list[list[str]]:
    """The paper's comparison of corpora, with this data as the last row."""
    rows = [["data set", "actors", "views", "basic", "strong", "extreme and asymmetric", "tongue", "resolution"]]
    for row in TABLE_2:
        marks = ["yes" if has else "no" for has in (row.basic, row.strong, row.extreme, row.tongue)]
        rows.append([row.name, str(row.actors), str(row.views), *marks, f"{row.width_px}x{row.height_px}"])
    good = [entry for entry in manifest.entries if entry.status == "ok"]
    stems = {entry.stem for entry in good}
    wanted = ({"MAU_mild", "MAU_strong"}, {"MAU_strong"}, {"random", "FF", "FF_NR"}, {"tongue_em", "tongue"})
    marks = ["yes" if stems & names else "no" for names in wanted]
    sizes = Counter(f"{entry.width_px}x{entry.height_px}" for entry in good if entry.width_px)
    size = sizes.most_common(1)[0][0] if sizes else _DASH
    views = len({entry.view for entry in good})
    rows.append(["this data", str(len({entry.subject for entry in good})), str(views), *marks, size])
    return rows


def summary(manifest: Manifest) -> list[list[str]]:
    """Files, people and hours of a corpus of any kind."""
    good = [entry for entry in manifest.entries if entry.status == "ok"]
    rows = [["task", "people", "files", "mean length"]]
    for task in sorted({entry.task for entry in good}):
        chosen = [entry for entry in good if entry.task == task]
        people, length = _people_and_length(chosen)
        rows.append([task or _DASH, people, str(len(chosen)), length])
    return rows


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a text table."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _people_and_length(entries: list[ManifestEntry]) -> tuple[str, str]:
    longest: dict[str, float] = {}
    for entry in entries:
        if entry.length_s is not None:
            longest[entry.take_id] = max(longest.get(entry.take_id, 0.0), entry.length_s)
    people = len({entry.subject for entry in entries})
    return _or_dash(people or None), _minutes(sum(longest.values()) / len(longest)) if longest else _DASH


def _minutes(seconds: float) -> str:
    """As the paper prints lengths: 1:38."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def _or_dash(number: int | None) -> str:
    return _DASH if number is None else str(number)
