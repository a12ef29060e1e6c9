from __future__ import annotations

import math

import pytest

from leaderboard.published import PublishedTable, published_tables

TABLES = {table.id: table for table in published_tables()}


def value(table: str, method: str, metric: str) -> float | None:
    found = TABLES[table]
    row = next(row for row in found.rows if row.method == method)
    return row.values[[column.id for column in found.columns].index(metric)]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_tables_are_rectangular_and_finite(table: PublishedTable) -> None:
    assert len({row.method for row in table.rows}) == len(table.rows)
    for row in table.rows:
        assert len(row.values) == len(table.columns)
        assert all(v is None or math.isfinite(v) for v in row.values)


def test_extent() -> None:
    assert {name: (len(t.rows), len(t.columns)) for name, t in TABLES.items()} == {
        "paper-table3-mead": (7, 4),
        "paper-table3-feed": (7, 4),
        "paper-table4": (5, 5),
        "paper-table5-hdtf": (5, 7),
        "paper-table6-hdtf": (4, 5),
    }


@pytest.mark.parametrize(
    ("table", "method", "metric", "expected"),
    [
        ("paper-table3-mead", "EMOPortraits", "fid", 59.6),
        ("paper-table3-mead", "NOFA", "umtn", None),
        ("paper-table3-feed", "EMOPortraits", "csim", 0.70),
        ("paper-table3-feed", "MegaPortraits", "uapp", 42.8),
        ("paper-table4", "EMOPortraits dim(z) = 512", "auc_z", 0.77),
        ("paper-table5-hdtf", "PC-AVS", "sync_conf", 8.42),
        ("paper-table6-hdtf", "EMOPortraits w/o disentanglement", "m_p", 5.78),
    ],
)
def test_values(table: str, method: str, metric: str, expected: float | None) -> None:
    assert value(table, method, metric) == expected


@pytest.mark.parametrize("table", ["paper-table3-mead", "paper-table3-feed", "paper-table4"])
@pytest.mark.parametrize("metric", ["umtn", "uapp"])
def test_preferences_sum_to_a_hundred(table: str, metric: str) -> None:
    """A check of the transcription: every column of a user study is a share of the same votes."""
    shares = [value(table, row.method, metric) or 0.0 for row in TABLES[table].rows]
    assert sum(shares) == pytest.approx(100.0, abs=0.15)


def test_shared_row_agrees_between_tables_5_and_6() -> None:
    for metric in ("fid", "f_p", "f_v", "m_p", "m_v"):
        assert value("paper-table5-hdtf", "EMOPortraits", metric) == value("paper-table6-hdtf", "EMOPortraits", metric)


def test_values_print_as_in_the_paper() -> None:
    columns = {column.id: column for column in TABLES["paper-table3-feed"].columns}
    assert columns["csim"].text(0.70) == "0.70"
    assert columns["fid"].text(60.2) == "60.2"
    assert columns["umtn"].text(None) == "*"
