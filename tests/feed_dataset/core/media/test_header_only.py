"""An MP4 is opened without decoding: nothing that a scan or a reader says may change by that."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media import header_only
from feed_dataset.core.media.encoders import add_video
from feed_dataset.core.media.first_frame import read_first_frame
from feed_dataset.core.media.header_only import open_lean, packets_of
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.scan import scan_video
from feed_dataset.manifest.inspect import inspect_video
from scripts.reading_parts.material import BY_NAME, COUNT, Kind, make, number_of

H264, PLAIN = BY_NAME["H.264 with B-frames"], BY_NAME["H.264 without B-frames"]
LEAN = (
    Kind(".mp4", H264),
    Kind(".mov", PLAIN, "variable"),
    Kind(".mp4", BY_NAME["H.264 10 bit"], sound="aac"),
    Kind(".mov", H264, "gap of 0.8 s", sound="pcm_s16le"),
    Kind(".mp4", H264, "cut"),
    Kind(".mp4", PLAIN, "cut without its key"),
    Kind(".mov", H264, "from before zero"),
    Kind(".mp4", BY_NAME["HEVC, open groups"], "late"),
)
USUAL = (
    Kind(".mp4", BY_NAME["MPEG-4"]),
    Kind(".mp4", H264, sound="libmp3lame"),
    Kind(".mkv", H264),
    Kind(".ts", PLAIN),
    Kind(".avi", H264),
)


def is_lean(path: Path) -> bool:
    with open_lean(path) as container:
        return "skip_frame" in container.options


@pytest.mark.parametrize("kind", LEAN, ids=lambda kind: kind.name)
def test_it_says_the_same_as_the_usual_opening(tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(kind, tmp_path)
    assert path is not None and is_lean(path)
    found = scan_video(path, first_frame=True), inspect_video(path)
    with open_reader(path) as reader:
        frames = reader.at([COUNT // 4, 0, COUNT // 4 + 1])
    monkeypatch.setattr(header_only, "_is_mp4", lambda head: False)
    assert not is_lean(path)
    assert (scan_video(path, first_frame=True), inspect_video(path)) == found
    with open_reader(path) as reader:
        np.testing.assert_array_equal(reader.at([COUNT // 4, 0, COUNT // 4 + 1]), frames)


@pytest.mark.parametrize("kind", USUAL, ids=lambda kind: kind.name)
def test_where_more_hangs_on_it_the_opening_is_the_usual_one(tmp_path: Path, kind: Kind) -> None:
    path = make(kind, tmp_path)
    assert path is not None and not is_lean(path)


def test_nothing_is_decoded(tmp_path: Path) -> None:
    """FFmpeg learns the pixel format from a frame, so it is unknown where none was decoded."""
    path = make(Kind(".mp4", H264), tmp_path)
    assert path is not None
    with open_lean(path) as container:
        assert container.streams.video[0].codec_context.pix_fmt is None
        assert container.streams.video[0].codec_context.reorder_depth == 2  # by the times in the header
    assert inspect_video(path).pix_fmt == "yuv420p"


def test_a_packet_of_aac_is_decoded_for_its_rate(tmp_path: Path) -> None:
    path = make(Kind(".mp4", H264, sound="aac"), tmp_path)
    assert path is not None
    with open_lean(path) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        packets = [packet for packet in packets_of(container, video) if packet.size]
        assert len(packets) == COUNT and {packet.stream_index for packet in packets} == {video.index}
        assert sound.codec_context.is_open


def test_pixels_that_only_the_codec_calls_wide(tmp_path: Path) -> None:
    path = wide(tmp_path / "clip.mp4", Fraction(4, 3))
    assert is_lean(path)
    assert read_first_frame(path).width_px == inspect_video(path).width_px == 128
    with open_reader(path) as reader:
        assert reader.at([1, 0]).shape == (2, 64, 128, 3)


def test_pixels_that_only_the_codec_calls_far_too_wide(tmp_path: Path) -> None:
    path = wide(tmp_path / "clip.mp4", Fraction(40, 1), (2048, 1024))
    for read in (inspect_video, lambda path: open_reader(path).at([0])):
        with pytest.raises(VideoDecodeError, match="with pixels of 40, it declares frames of"):
            read(path)


def wide(path: Path, aspect: Fraction, size_px: tuple[int, int] = (96, 64)) -> Path:
    """H.264 with pixels of this aspect; the container's own word for it is made void."""
    with av.open(str(path), "w") as container:
        stream = add_video(container, "libx264", 25, size_px, "yuv420p")
        stream.codec_context.sample_aspect_ratio = aspect
        frames = [av.VideoFrame.from_ndarray(np.full((*size_px[::-1], 3), 99, np.uint8), format="rgb24")] * 3
        for packet in [one for frame in frames for one in stream.encode(frame)] + stream.encode(None):
            container.mux(packet)
    data = path.read_bytes()
    assert b"pasp" in data
    path.write_bytes(data.replace(b"pasp", b"free"))
    return path


def test_sound_of_an_unknown_codec(tmp_path: Path) -> None:
    """Such as what a telephone of next year records: the pictures are read, the sound is there without a rate."""
    path = make(Kind(".mp4", H264, sound="aac"), tmp_path)
    assert path is not None
    path.write_bytes(path.read_bytes().replace(b"mp4a", b"zzzz").replace(b"esds", b"free"))
    facts = inspect_video(path)
    assert (facts.has_audio, facts.audio_rate_hz) == (True, 0)
    with open_reader(path) as reader:
        assert number_of(reader.at([7])[0]) == 7
