"""Clips of cases that a run's own report does not play."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmark.engine.clips import CLIP_FRAMES
from benchmark.report.run_clips import RunClips
from benchmark.results.schema import Results
from benchmark.runs.opened import Run
from feed_dataset.core.media.lossless import LosslessWriter

CASE, METHOD = "driver--source", "mine"
UNEVEN_S = np.array([0.0, 0.04, 0.2, 0.24])


def run_with(folder: Path, frames: int, times_s: np.ndarray | None = None) -> RunClips:
    """A run of which nothing is left but the frames of one case."""
    place = folder / "predictions" / METHOD
    place.mkdir(parents=True)
    with LosslessWriter(place / f"{CASE}.mkv", Fraction(25), times_s) as writer:
        writer.write(np.zeros((frames, 16, 16, 3), np.uint8))
    (place / f"{CASE}.json").write_text("{}")
    return RunClips(Run("a", folder / "results.json", Results.model_construct(methods=[])))


def test_frames_tell_how_long_a_case_is_and_how_fast(tmp_path: Path) -> None:
    run = run_with(tmp_path, frames=CLIP_FRAMES + 5)
    case = run.describe(CASE, METHOD)
    assert case is not None and run.has(CASE, METHOD)
    assert (case.frames, case.fps, case.times_s, case.first_frame) == (CLIP_FRAMES + 5, 25, None, 0)
    assert case.driver_id == case.source_id == CASE, "nothing else says whose they are"


def test_times_of_their_own_are_kept(tmp_path: Path) -> None:
    case = run_with(tmp_path, frames=4, times_s=UNEVEN_S).describe(CASE, METHOD)
    assert case is not None and case.times_s == pytest.approx(UNEVEN_S, abs=1e-3)


@pytest.mark.parametrize("case_id", ["other", "../../elsewhere"])
def test_what_is_not_there_or_lies_elsewhere_is_none(tmp_path: Path, case_id: str) -> None:
    (tmp_path / "elsewhere.mkv").touch()
    (tmp_path / "elsewhere.json").touch()
    run = run_with(tmp_path / "run", frames=1)
    assert not run.has(case_id, METHOD) and run.describe(case_id, METHOD) is None


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    run = run_with(tmp_path, frames=1)
    (tmp_path / "predictions" / METHOD / f"{CASE}.mkv").write_bytes(b"nothing")
    assert run.describe(CASE, METHOD) is None
