"""Counting false alarms on videos of one's own, and the interval that stands beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scripts.validate_tongue import Alarms, count, main
from scripts.validation.proportions import wilson


def test_the_interval_is_wilsons() -> None:
    assert wilson(0, 100) == pytest.approx((0.0, 0.0370), abs=1e-4)  # Agresti and Coull 1998
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(3, 3)[1] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


def rows(lit: np.ndarray, untellable: float = 0.0) -> np.ndarray:
    return np.stack([lit, lit, 0.2 * lit, np.where(np.isfinite(lit), untellable, np.nan)], axis=1)


def test_alarms_are_counted_in_frames_open_mouths_and_seconds() -> None:
    lit = np.zeros(50)
    lit[[0, 1]] = np.nan  # no face
    lit[10:15], lit[30] = 0.05, 0.025  # the second is not enough to begin
    opening = np.where(np.arange(50) % 2 == 0, 0.09, 0.01)
    found = count(rows(lit), opening, 10.0)
    assert found == Alarms(frames=48, alarms=5, open_frames=24, open_alarms=3, seconds=5, alarm_seconds=1)
    assert str(found + found).startswith("104.2 per 1,000 of 96 frames, 125.0 of 48 with an open mouth; seconds")
    assert count(rows(np.full(4, np.nan)), np.zeros(4), 25.0) == Alarms(0, 0, 0, 0, 0, 0)


def test_videos_of_which_nothing_can_be_told_are_not_among_those_without_alarms() -> None:
    lit = np.where(np.arange(20) > 9, 0.1, 0.0)
    shut, wide = np.zeros(20), np.full(20, 0.11)
    nothing = Alarms(0, 0, 0, 0, 0, 0, untold=20)
    assert count(rows(lit), wide, 10.0) == nothing
    assert count(rows(lit, untellable=1.0), shut, 10.0) == nothing
    assert str(nothing) == "nothing counted; 20 frames not told"
    assert str(count(rows(lit), shut, 10.0) + nothing).endswith("; 20 frames not told")


def test_a_folder_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--media", str(tmp_path / "nothing")]) == 2
    assert "expected a folder for --media" in capsys.readouterr().err
