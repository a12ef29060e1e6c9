"""Rows of a long video lie in memory once, in the order in which they came."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from benchmark.features.types.rows import Rows


@pytest.mark.parametrize("blocks", [(1,), (3, 1, 4), (1,) * 37, (100, 1), (0, 2)])
def test_blocks_become_one_array(blocks: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    given = [rng.normal(size=(size, 4, 2)).astype(np.float32) for size in blocks]
    rows = Rows()
    for block in given:
        rows.append(block)
    assert len(rows) == sum(blocks)
    np.testing.assert_array_equal(rows.array, np.concatenate(given))


def test_rows_of_another_shape_are_refused() -> None:
    rows = Rows()
    rows.append(np.zeros((1, 3), np.float32))
    with pytest.raises(ValueError, match="could not broadcast"):
        rows.append(np.zeros((1, 4), np.float32))


def test_the_array_is_no_copy() -> None:
    rows, row = Rows(), np.zeros((16, 1000), np.float32)
    for _ in range(100):
        rows.append(row)
    tracemalloc.start()
    try:
        assert rows.array.nbytes == 100 * row.nbytes
        assert tracemalloc.get_traced_memory()[1] < row.nbytes
    finally:
        tracemalloc.stop()
