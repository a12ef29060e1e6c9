"""The manifest as a parquet file: one row per file, the rest in the schema's metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.manifest.entry import VERSION, ManifestEntry, ManifestError
from feed_dataset.manifest.rows import from_row, to_row

_KEY = b"feed_dataset"
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("path", pa.string()),
        ("subject", pa.string()),
        ("stem", pa.string()),
        ("task", pa.string()),
        ("mode", pa.string()),
        ("view", pa.string()),
        ("kind", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("sha256", pa.string()),
        ("size_bytes", pa.int64()),
        ("mtime_ns", pa.int64()),
        ("container", pa.string()),
        ("codec", pa.string()),
        ("width_px", pa.int32()),
        ("height_px", pa.int32()),
        ("rotation_deg", pa.int32()),
        ("pix_fmt", pa.string()),
        ("fps_num", pa.int64()),
        ("fps_den", pa.int64()),
        ("frame_count", pa.int64()),
        ("first_pts_s", pa.float64()),
        ("last_pts_s", pa.float64()),
        ("has_audio", pa.bool_()),
        ("audio_rate_hz", pa.int32()),
        ("frame_index", pa.binary()),
        ("fields", pa.map_(pa.string(), pa.string())),
    ]
)


def write_table(path: Path, entries: Sequence[ManifestEntry], about: Mapping[str, Any]) -> None:
    """Write the entries, and what else the manifest says, atomically."""
    rows = [to_row(entry) for entry in entries]
    for row in rows:
        row["fields"] = list(row["fields"].items())
    table = pa.Table.from_pylist(rows, schema=_SCHEMA.with_metadata({_KEY: json.dumps(dict(about))}))
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_table(path: Path) -> tuple[tuple[ManifestEntry, ...], dict[str, Any]]:
    """The entries of a manifest, and what else it says. Raises ManifestError for anything else."""
    if not path.is_file():
        raise ManifestError(f"expected a manifest but there is no {path}; run `python -m feed_dataset index DIR`")
    try:
        with pq.ParquetFile(path) as file:
            about = _about(path, file.schema_arrow.metadata or {})
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise ManifestError(
            f"expected a manifest but {path} is damaged ({words_of(error)}); delete it and index again"
        ) from error
    missing = [name for name in _SCHEMA.names if name not in table.column_names]
    if missing:
        raise ManifestError(f"expected columns {', '.join(missing)} in {path}; delete it and index again")
    return tuple(from_row(row) for row in table.to_pylist()), about


def _about(path: Path, metadata: dict[bytes, bytes]) -> dict[str, Any]:
    try:
        about = json.loads(metadata[_KEY])
        found = about["format"]
        complete = all(isinstance(about[name], str) for name in ("corpus", "reader", "root"))
        complete = complete and all(len(pair) == 2 for pair in about["strangers"])
    except (KeyError, TypeError, ValueError) as error:
        raise ManifestError(f"expected a manifest of feed_dataset but {path} is another parquet file") from error
    if found != VERSION or not complete:
        raise ManifestError(f"expected a manifest of format {VERSION} but {path} has {found!r}; index again")
    assert isinstance(about, dict)
    return about
