"""Manifest entries as flat rows of plain values, for parquet and for the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

from feed_dataset.manifest.entry import STATUSES, ManifestEntry, ManifestError

_TEXT = ("id", "path", "subject", "kind", "task", "view", "status", "reason", "sha256", "container", "codec", "pix_fmt")
_WHOLE = ("size_bytes", "mtime_ns", "width_px", "height_px", "rotation_deg", "frame_count", "audio_rate_hz")
_TIMES = ("first_pts_s", "last_pts_s")


def to_row(entry: ManifestEntry) -> dict[str, Any]:
    """Columns of one entry. `stem` and `mode` are there for queries; `fields` holds them too."""
    row = {name.name: getattr(entry, name.name) for name in fields(entry) if name.name not in ("fps", "fields")}
    row["fps_num"] = entry.fps.numerator if entry.fps else None
    row["fps_den"] = entry.fps.denominator if entry.fps else None
    row["stem"], row["mode"] = entry.stem, entry.mode
    row["fields"] = dict(entry.fields)
    return row


def from_row(row: Mapping[str, Any]) -> ManifestEntry:
    """Inverse of `to_row`. The row may come from anybody; raises ManifestError."""
    try:
        values: dict[str, Any] = {name: _checked(name, row[name], str) for name in _TEXT}
        values |= {name: _checked(name, row[name], int) for name in _WHOLE}
        values |= {name: None if row[name] is None else float(row[name]) for name in _TIMES}
        values["has_audio"] = _checked("has_audio", row["has_audio"], bool)
        values["frame_index"] = _checked("frame_index", row["frame_index"], bytes)
        pairs = row["fields"].items() if isinstance(row["fields"], Mapping) else row["fields"]
        values["fields"] = {str(name): str(value) for name, value in pairs}
        values["fps"] = None if row["fps_num"] is None else Fraction(row["fps_num"], row["fps_den"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise ManifestError(f"expected a row of a manifest but {error!r}") from error
    path = PurePosixPath(values["path"])
    if path.is_absolute() or ".." in path.parts:
        raise ManifestError(f"expected a path below the data directory but got {values['path']!r}")
    if values["status"] not in STATUSES:
        raise ManifestError(f"expected a status among {', '.join(STATUSES)} but got {values['status']!r}")
    return ManifestEntry(**values)


def _checked(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {type(value).__name__}, not {kind.__name__}")
    return value
