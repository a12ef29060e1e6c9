"""Arrays beside data that comes from anybody."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.jobs import npz
from feed_dataset.core.jobs.npz import open_npz, save_npz


def test_equal_arrays_are_equal_bytes_and_come_back(tmp_path: Path) -> None:
    for name in "ab":
        save_npz(tmp_path / name, {"x": np.arange(6).reshape(2, 3)})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with open_npz(tmp_path / "a") as stored:
        assert list(stored) == ["x"] and stored["x"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("seed", range(40))
def test_damage_is_a_value_error(tmp_path: Path, seed: int) -> None:
    """Wherever bytes were changed: in the archive's directory, in packed arrays, or behind the last one."""
    rng = np.random.default_rng(seed)
    path = tmp_path / "a.npz"
    save_npz(path, {"x": rng.normal(size=(40, 3)), "y": np.arange(9)})
    content = bytearray(path.read_bytes())
    for place in rng.integers(0, len(content), 4):
        content[place] = rng.integers(256)
    path.write_bytes(content[: len(content) - int(seed % 4 == 3) * 30])
    try:
        with open_npz(path) as stored:
            for name in ("x", "y"):
                assert isinstance(stored[name], np.ndarray)
    except (ValueError, KeyError):
        pass


def test_what_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_npz(tmp_path / "a.npz", {"x": np.zeros(1000)})
    monkeypatch.setattr(npz, "MOST_BYTES", 8000)
    with pytest.raises(ValueError, match="its arrays take 8128 bytes, more than 8000"), open_npz(tmp_path / "a.npz"):
        pass


def test_an_array_that_declares_more_than_it_has(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 50,)})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue())
    with pytest.raises(ValueError), open_npz(tmp_path / "a.npz") as stored:
        stored["x"]


def test_a_pipe_is_named_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(OSError, match="no regular file"), open_npz(tmp_path / "a.npz"):
        pass
