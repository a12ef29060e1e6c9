"""Drivers as the checks see them: read once, from the videos that repositories are given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from baselines.interface.errors import BatchError
from baselines.official.checks import distance, small_grey
from baselines.official.driver_greys import DriverGreys
from feed_dataset.core.media import reader
from tests.baselines.official.batches import clip, make_batch


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    reads: list[str] = []
    opened = reader.open_reader

    def open_reader(path: Path) -> object:
        reads.append(path.stem)
        return opened(path)

    monkeypatch.setattr(reader, "open_reader", open_reader)
    return reads


@pytest.mark.parametrize(("from_images", "levels"), [(True, 0.0), (False, 1.5)])
def test_they_are_the_frames_that_the_repository_is_given(from_images: bool, levels: float, tmp_path: Path) -> None:
    """Images as they are, or a video, whose codec changes less than what tells a driver from another picture."""
    batch = make_batch(tmp_path, cases=1)
    greys = DriverGreys(batch, from_images=from_images).of(batch.cases[0])
    assert greys is not None and greys.shape == (6, 64, 64)
    for grey, frame in zip(greys, clip(1, 6), strict=True):
        assert distance(grey, small_grey(frame)) <= levels


def test_a_driver_of_several_sources_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = make_batch(tmp_path)
    drivers, reads = DriverGreys(batch), count_reads(monkeypatch)
    for case in (*batch.cases, *batch.cases):
        drivers.of(case)
    assert reads == ["driver.0", "driver.1"]


def test_only_so_many_frames_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = make_batch(tmp_path, cases=3)
    first, second, third = batch.cases
    drivers, reads = DriverGreys(batch, most_frames=12), count_reads(monkeypatch)
    for case in (first, second, first, third, first, second):
        drivers.of(case)
    assert reads == ["driver.0", "driver.1", "driver.2", "driver.1"]


def test_withheld_frames_and_another_count(tmp_path: Path) -> None:
    batch = make_batch(tmp_path, cases=1)
    (case,) = batch.cases
    assert DriverGreys(batch).of(replace(case, driver=None)) is None
    with pytest.raises(BatchError, match="case-0: expected 7 driver frames but got 6; stage again"):
        DriverGreys(batch).of(replace(case, frame_count=7))
    assert np.isfinite(DriverGreys(batch).of(case)).all()
