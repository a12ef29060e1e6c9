"""Whose turn it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from baselines.interface.capabilities import Capabilities
from baselines.interface.one_at_a_time import turn_of

OTHER = """
import sys
from pathlib import Path
from baselines.interface.capabilities import Capabilities
from baselines.interface.one_at_a_time import turn_of
with turn_of("test:Method", Capabilities(drives={"image"}, licence="MIT", parallel_safe=eval(sys.argv[2]))):
    Path(sys.argv[1]).touch()
"""


@pytest.mark.parametrize(("safe", "waits"), [(True, False), (False, True), (None, True)])
def test_two_processes_take_turns_unless_the_card_says_that_they_need_not(
    safe: bool | None, waits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    started = tmp_path / "started"
    with turn_of("test:Method", Capabilities(drives={"image"}, licence="MIT", parallel_safe=safe)):
        other = subprocess.Popen([sys.executable, "-c", OTHER, str(started), repr(safe)])
        try:
            other.wait(6 if waits else 60)
        except subprocess.TimeoutExpired:
            assert waits
        assert started.exists() is not waits
    assert other.wait(60) == 0
    assert started.exists()
