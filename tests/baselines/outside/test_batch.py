"""cases.csv: written and read back, and what is wrong with a bad one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from baselines.interface.errors import BatchError
from baselines.outside.batch import BatchCase, read_batch, write_index

CASES = (
    BatchCase("a--b", "sources/a.png", "drivers/b.mp4", None, 5, Fraction(25)),
    BatchCase("c", "sources/a.png", None, "audio/c, d.wav", 7, Fraction(30000, 1001)),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("sources/a.png", "drivers/b.mp4", "audio/c, d.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_batch_is_read_as_it_was_written(folder: Path) -> None:
    written = write_index(folder, CASES)
    assert read_batch(folder) == written
    assert written.cases == CASES
    assert written.index.read_text() == (
        "id,source,driver,audio,frame_count,fps\n"
        "a--b,sources/a.png,drivers/b.mp4,,5,25\n"
        'c,sources/a.png,,"audio/c, d.wav",7,30000/1001\n'
    )


def test_driver_frames_lie_beside_the_video() -> None:
    assert [case.driver_frames for case in CASES] == ["drivers/b", None]


def test_a_missing_index_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match=r"expected a staged batch with cases\.csv in .* No such file"):
        read_batch(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("frame_count,", "frames,", "frame_count is missing"),
        (",5,25", ",five,25", "expected a case in line 2"),
        (",5,25", ",5,1/0", "expected a case in line 2"),
        ("\nc,", "\na--b,", "a--b is there 2 times"),
        ("drivers/b.mp4", "drivers/x.mp4", r"expected drivers/x\.mp4 of case a--b .* stage again"),
    ],
)
def test_a_damaged_index_is_refused(folder: Path, old: str, new: str, reason: str) -> None:
    index = write_index(folder, CASES).index
    text = index.read_text()
    assert old in text
    index.write_text(text.replace(old, new))
    with pytest.raises(BatchError, match=reason):
        read_batch(folder)
