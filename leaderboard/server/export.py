"""Everything that a leaderboard holds as data: one row for each number, with the columns of its submission."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from leaderboard.entries import Entry, Group, StoredSubmission

if TYPE_CHECKING:
    from leaderboard.store import Store

_LOSSLESS = "zstd"


def rows(store: Store) -> Iterator[dict[str, Any]]:
    """Numbers in the order of tables."""
    submissions = {one.number: one for one in store.submissions()}
    for group, entries in store.groups().items():
        shared = asdict(group)
        for entry in entries:
            one = submissions.get(entry.submission)
            if one is not None:  # else it came between the two questions
                yield {**shared, **_of_submission(one), **{f.name: getattr(entry, f.name) for f in fields(Entry)}}


def as_json_text(store: Store) -> str:
    """One JSON object: `submissions`, each with its group, and `entries`, which name their submission."""
    entries = [{f.name: getattr(one, f.name) for f in fields(Entry)} for e in store.groups().values() for one in e]
    content = {"submissions": [asdict(one) for one in store.submissions()], "entries": entries}
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def as_parquet(store: Store) -> bytes:
    """One table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "str": pa.string()}
    columns: list[tuple[str, pa.DataType]] = []
    for kind in (Group, Entry):
        columns += [(f.name, types[str(f.type).partition(" ")[0]]) for f in fields(kind)]
    columns += [(name, pa.string()) for name in ("submitted_at", "submitter", "bundle_sha256", "fingerprint")]
    table = pa.Table.from_pylist(list(rows(store)), schema=pa.schema(columns))
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression=_LOSSLESS)
    return buffer.getvalue()


def _of_submission(one: StoredSubmission) -> dict[str, Any]:
    return {
        "submitted_at": one.submitted_at,
        "submitter": one.submitter,
        "bundle_sha256": one.bundle_sha256,
        "fingerprint": one.fingerprint,
    }
