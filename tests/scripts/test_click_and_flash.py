"""A click and a flash of one moment come back together, whatever the container and the codec."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.click_and_flash import QUICK, TOLERANCE_S, Case, read_back, write


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_click_and_flash(case: Case, tmp_path: Path) -> None:
    path = tmp_path / f"clip.{case.container}"
    write(case, path)
    click_s, flash_s = read_back(path)
    assert click_s - flash_s == pytest.approx(case.expected_s, abs=TOLERANCE_S)
