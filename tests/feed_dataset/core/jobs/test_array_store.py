"""Arrays come back as they were, whatever their memory order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.jobs.array_store import Keys, key_of, load_arrays, load_metadata, save_arrays

WHOLE = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.mark.parametrize(
    "view", [WHOLE, WHOLE.T, WHOLE[:, ::2], WHOLE[::-1]], ids=["whole", "turned", "thin", "reversed"]
)
def test_views_keep_their_values(tmp_path: Path, view: np.ndarray) -> None:
    save_arrays(tmp_path / "a", {"one": view}, {"size": 3})
    loaded = load_arrays(tmp_path / "a")
    assert loaded is not None
    np.testing.assert_array_equal(loaded[0]["one"], view)
    assert loaded[1] == load_metadata(tmp_path / "a") == {"size": 3}


def test_what_is_damaged_is_as_good_as_absent(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a", {"one": WHOLE}, {})
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:-1])
    assert load_arrays(tmp_path / "a") is None
    assert load_arrays(tmp_path / "absent") is None


def test_keys_that_begin_alike_are_those_of_all_parts() -> None:
    keys = Keys("clip", {"b": 1, "a": "\u00e9"}, None)
    for last in (["a", "b"], [], "x", {"z": 0.1, "y": None}):
        assert keys.of(last) == key_of("clip", {"b": 1, "a": "\u00e9"}, None, last)
    assert Keys("clip").of("x") == key_of("clip", "x")
