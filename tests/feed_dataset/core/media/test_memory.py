"""Memory does not grow with the length of what is read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.feed_dataset.core.media.videos import encode, numbered

_PROGRAM = """
import sys
from feed_dataset.cameras.take_reader import TakeReader
def peak():  # not getrusage: that begins with the memory of the parent
    return next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
with TakeReader({view: sys.argv[1] for view in "CLR"}, indices={}, offsets_s={}, threads=2) as reader:
    peaks = []
    for batch in reader.stream(size=None, fps=25, chunk=8):
        peaks.append(peak())
print(peaks[2], peaks[-1], len(peaks))
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs Linux to tell peak memory")
def test_streaming_needs_no_more_at_the_end_than_at_the_beginning(tmp_path: Path) -> None:
    """120 frames of three views are 330 MB of pictures; all must pass through a few MB."""
    clip = encode(tmp_path / "long.mp4", numbered(120, 640, 480), options={"preset": "ultrafast", "g": "24"})
    command = [sys.executable, "-c", _PROGRAM, str(clip)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[4]).stdout
    early_mb, last_mb, batches = map(int, out.split())
    assert batches == 15
    assert last_mb - early_mb < 40
