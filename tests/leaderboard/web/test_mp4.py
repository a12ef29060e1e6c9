from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.media.encoders import add_video, open_output, to_frame
from leaderboard.web.mp4 import Timing, timing_of


def write_clip(path: Path, frames: int, fps: Fraction | int, *, first: bool = True) -> None:
    with open_output(path, "mp4", is_index_first=first) as output:
        stream = add_video(output, "libx264", fps, (32, 32), "yuv420p")
        for level in range(frames):
            picture = np.full((32, 32, 3), 8 * level, np.uint8)
            output.mux(stream.encode(to_frame(picture, "yuv420p")))
        output.mux(stream.encode(None))


@pytest.mark.parametrize(("frames", "fps"), [(6, Fraction(25)), (1, Fraction(24)), (13, Fraction(30000, 1001))])
@pytest.mark.parametrize("first", [True, False])
def test_rate_and_length(tmp_path: Path, frames: int, fps: Fraction, first: bool) -> None:
    write_clip(tmp_path / "clip.mp4", frames, fps, first=first)
    found = timing_of(tmp_path / "clip.mp4")
    assert found is not None
    assert found.frames == frames
    assert found.fps == pytest.approx(float(fps), rel=1e-3)


def test_damaged_files_are_no_clips(tmp_path: Path) -> None:
    """Every byte of the head in turn is another one: the answer is a plausible timing or none, never an error."""
    write_clip(tmp_path / "clip.mp4", 3, Fraction(25))
    content = (tmp_path / "clip.mp4").read_bytes()
    changed = tmp_path / "changed.mp4"
    for place in range(0, min(len(content), 1200), 7):
        changed.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        found = timing_of(changed)
        assert found is None or 1 <= found.frames <= 10_000
    for length in (0, 7, 40, 300):
        changed.write_bytes(content[:length])
        assert timing_of(changed) is None
    assert timing_of(tmp_path / "absent.mp4") is None
    assert timing_of(tmp_path / "clip.mp4") == Timing(25.0, 3)
