"""The per-item table of a bundle: the rows of the results as parquet, for whoever wants to read them with anything."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from benchmark.results.schema import Results
from leaderboard.bundle.problems import Refused

ROWS = "rows.parquet"
_COLUMNS = (
    ("method", "string"),
    ("case_id", "string"),
    ("cluster", "string"),
    ("source_cluster", "string"),
    ("metric", "string"),
    ("value", "double"),
    ("frames_expected", "int64"),
    ("frames_scored", "int64"),
    ("frames_failed", "int64"),
)


def write_rows(path: Path, results: Results) -> None:
    """Write the table; nothing in it depends on the hour or the machine."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetWriter(path, _schema(), compression="none", store_schema=False) as writer:
        writer.write_table(_table(results))


def check_rows(content: bytes, results: Results) -> None:
    """Raises Refused unless the table has exactly the rows of the results, in their order."""
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(content), thrift_string_size_limit=1 << 20)
        about = file.metadata
        if about.num_rows != len(results.rows) or about.num_columns != len(_COLUMNS):
            got = f"{about.num_rows} rows of {about.num_columns} columns"
            raise Refused(ROWS, f"expected {len(results.rows)} rows of {len(_COLUMNS)} columns but got {got}")
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
        columns = [one.column(at) for one in groups for at in range(one.num_columns)]
        if any(one.compression != "UNCOMPRESSED" for one in columns):
            raise Refused(ROWS, "expected columns that are stored as they are but got compressed ones")
        if sum(one.total_uncompressed_size for one in columns) > len(content):
            raise Refused(ROWS, f"expected columns that fit in {len(content)} bytes")
        table = file.read()
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        raise Refused(ROWS, f"expected a parquet file but got {type(error).__name__}") from error
    if not table.schema.equals(_schema()):
        raise Refused(ROWS, "expected the columns that pack writes but got others")
    if not table.equals(_table(results)):
        raise Refused(ROWS, "expected the rows of results.json but got others")


def _schema() -> Any:
    import pyarrow

    return pyarrow.schema([pyarrow.field(name, pyarrow.type_for_alias(kind)) for name, kind in _COLUMNS])


def _table(results: Results) -> Any:
    import pyarrow

    columns: dict[str, list[Any]] = {name: [] for name, _ in _COLUMNS}
    for row in results.rows:
        for name, _ in _COLUMNS[:-1]:
            columns[name].append(getattr(row, name))
        columns["frames_failed"].append(sum(failure.count for failure in row.failures))
    return pyarrow.table(columns, schema=_schema())
