"""What the index calls ok, every reader reads whole: a quick part of the table of `scripts.check_reading`."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.scan import scan_video
from feed_dataset.hub.torchcodec_check import torchcodec_decodes
from feed_dataset.manifest.inspect import inspect_video
from scripts.reading_parts.judge import judge
from scripts.reading_parts.material import BY_NAME, COUNT, FPS, GAP, Kind, make, number_of

KINDS = (
    Kind(".avi", BY_NAME["H.264 with B-frames"]),
    Kind(".avi", BY_NAME["H.264 without B-frames"]),
    Kind(".avi", BY_NAME["H.264 with B-frames"], "gap of 0.8 s"),
    Kind(".avi", BY_NAME["MPEG-4"], "gap of 0.8 s", "libmp3lame"),
    Kind(".wmv", BY_NAME["H.264, key frames only"]),
    Kind(".ts", BY_NAME["MPEG-4 with B-frames"]),
    Kind(".mpg", BY_NAME["MPEG-4 with B-frames"], odd=True),
    Kind(".mov", BY_NAME["MJPEG"], "cut"),
    Kind(".mp4", BY_NAME["H.264 with B-frames"], "cut"),
    Kind(".mp4", BY_NAME["H.264, intra refresh"]),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_promise_is_kept(tmp_path: Path, kind: Kind) -> None:
    path = make(kind, tmp_path)
    assert path is not None
    found = judge(kind, path, with_torchcodec=torchcodec_decodes(), with_ffmpeg=False)
    assert (found.index, found.pyav) == ("ok", "right") and found.is_kept, found


@pytest.mark.parametrize("codec", ["H.264 with B-frames", "H.264 without B-frames", "MPEG-4"])
def test_avi_times_are_its_slots(tmp_path: Path, codec: str) -> None:
    """An empty slot keeps the frame before it on; FFmpeg's own guess is a frame late for H.264."""
    path = make(Kind(".avi", BY_NAME[codec], "gap of 0.8 s"), tmp_path)
    assert path is not None
    scan = scan_video(path)
    gap_s = scan.index.times_s[1:] - scan.index.times_s[:-1]
    assert scan.fault is None and scan.index.first_s == 0
    assert sorted(gap_s)[-1] == pytest.approx((GAP[COUNT // 2] - GAP[COUNT // 2 - 1]) / FPS)


def test_a_cut_avi_is_still_found_out(tmp_path: Path) -> None:
    path = make(Kind(".avi", BY_NAME["MPEG-4"]), tmp_path)
    assert path is not None
    path.write_bytes(path.read_bytes()[:-9000])
    with pytest.raises(VideoDecodeError, match="truncated"):
        inspect_video(path)


def test_a_cut_without_encoding_is_read_or_refused(tmp_path: Path) -> None:
    """torchcodec gives the next key frame for every index before it, and no error."""
    path = make(Kind(".mp4", BY_NAME["H.264 without B-frames"], "cut"), tmp_path)
    assert path is not None
    with open_reader(path) as reader:
        assert [number_of(frame) for frame in reader.at([0, 3, 12])] == [17, 20, 29]
    if torchcodec_decodes():
        with pytest.raises(VideoDecodeError, match="cut between key frames.*take the reader 'pyav'"):
            open_reader(path, "torchcodec")


def test_files_in_a_row_are_no_video(tmp_path: Path) -> None:
    path = make(Kind(".ts", BY_NAME["H.264 without B-frames"], "two files in a row"), tmp_path)
    assert path is not None
    with pytest.raises(VideoDecodeError, match=r"goes back by 1\.5. s at frame 40.*split it"):
        inspect_video(path)


@pytest.mark.parametrize(
    ("head", "word"),
    [(b"GIF89a", "GIF"), (b"\x06\x0e\x2b\x34\x02", "MXF"), (b"nut/multimedia container\0", "NUT"),
     (b"YUV4MPEG2 W8 H8\n", "raw stream"), (b"\0\0\1\xb3\0", "raw MPEG"), (b"version https://git-lfs", "git lfs pull")],
)  # fmt: skip
def test_what_is_not_read_is_one_clear_line(tmp_path: Path, head: bytes, word: str) -> None:
    path = tmp_path / "clip.gif"
    path.write_bytes(head + bytes(64))
    with pytest.raises(VideoDecodeError, match=word) as caught:
        inspect_video(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("codec", ["MPEG-2", "MPEG-4"])
def test_chroma_of_odd_sizes_stays_in_place(tmp_path: Path, codec: str) -> None:
    """The same planes without a word on where chroma lies give the same picture, as in the ffmpeg program."""
    import av

    from feed_dataset.core.media.rgb import RgbConverter

    path = make(Kind(".mkv", BY_NAME[codec], odd=True), tmp_path)
    assert path is not None
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    bare = av.VideoFrame(frame.width, frame.height, frame.format.name)
    for source, target in zip(frame.planes, bare.planes, strict=True):
        rows = np.frombuffer(memoryview(source), np.uint8).reshape(source.height, source.line_size)
        np.frombuffer(memoryview(target), np.uint8).reshape(target.height, -1)[:, : target.width] = rows[
            :, : source.width
        ]
    bare.color_range, bare.colorspace = frame.color_range, frame.colorspace
    assert (RgbConverter()(frame) == bare.to_ndarray(format="rgb24", interpolation="BICUBIC")).all()


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="no scheduling policies on this system")
def test_an_encoder_leaves_nobody_under_real_time_scheduling(tmp_path: Path) -> None:
    assert make(Kind(".mkv", BY_NAME["AV1"]), tmp_path) is not None
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
