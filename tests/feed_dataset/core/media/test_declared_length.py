"""A cut file is seen from what its container declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from feed_dataset.core.media.declared_length import missing_bytes
from feed_dataset.core.media.encoders import add_video, open_output, to_frame
from feed_dataset.core.media.video import write_video
from tests.feed_dataset.clips import FPS, moving_frames

CONTAINERS = {"mov": "libx264", "matroska": "libx264", "webm": "libvpx", "avi": "mpeg4", "mp4": "libx264"}


@pytest.mark.parametrize("container", CONTAINERS)
def test_each_container(tmp_path: Path, container: str) -> None:
    path = tmp_path / "clip"
    with open_output(path, container) as target:
        stream = add_video(target, CONTAINERS[container], FPS, (64, 48), "yuv420p")
        for picture in moving_frames():
            target.mux(stream.encode(to_frame(picture, "yuv420p")))
        target.mux(stream.encode(None))
    assert missing_bytes(path) == 0
    whole = path.read_bytes()
    path.write_bytes(whole + b"padding of a camera, which is none of its boxes")
    assert missing_bytes(path) == 0
    path.write_bytes(whole[:-3])
    assert missing_bytes(path) == 3
    path.write_bytes(whole[: len(whole) // 2])
    # Of an MP4 whose header comes last only the frames are declared by then.
    assert 0 < missing_bytes(path) <= len(whole) - len(whole) // 2


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"RIFF", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\x00", b"plain text that is no container at all"],
)
def test_what_declares_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    assert missing_bytes(tmp_path / "x") == 0


def test_live_recordings_leave_their_size_open(tmp_path: Path) -> None:
    open_size = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7 + bytes(50)
    (tmp_path / "x").write_bytes(open_size)
    assert missing_bytes(tmp_path / "x") == 0


def test_boxes_of_more_than_4_gib(tmp_path: Path) -> None:
    write_video(tmp_path / "x.mp4", moving_frames(), FPS)
    header = (tmp_path / "x.mp4").read_bytes()
    (tmp_path / "x.mp4").write_bytes(header + b"\x00\x00\x00\x01mdat" + (5 << 30).to_bytes(8, "big") + bytes(84))
    assert missing_bytes(tmp_path / "x.mp4") == (5 << 30) - 100
