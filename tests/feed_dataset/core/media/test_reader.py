from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.frame_reader import ReaderUnavailable
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.rgb import shrunk_size
from feed_dataset.core.media.scan import build_frame_index
from feed_dataset.core.media.video import read_video, write_video
from tests.feed_dataset.core.media.videos import COUNT, encode, number_of, numbered


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encode(tmp_path_factory.mktemp("clip") / "clip.mp4", numbered())


def test_read_video_is_the_same_reader(clip: Path) -> None:
    video = read_video(clip, size_px=48)
    with open_reader(clip) as reader:
        np.testing.assert_array_equal(reader.at(range(COUNT), 48), video.frames)
        assert reader.name == video.reader == f"pyav {av.__version__}"


def test_stream_of_a_part_begins_and_ends_there(clip: Path) -> None:
    with open_reader(clip) as reader:
        assert [index for index, _ in reader.stream(31, 36)] == [31, 32, 33, 34, 35]
        assert [number_of(picture) for _, picture in reader.stream(31, 36, 48)] == [31, 32, 33, 34, 35]
        assert list(reader.stream(5, 5)) == []


def test_each_group_of_pictures_is_decoded_once(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 frames of 5 groups, asked for in a mess, cost 5 seeks."""
    with open_reader(clip) as reader:
        starts: list[int] = []
        original = type(reader)._go_to  # type: ignore[attr-defined]
        monkeypatch.setattr(type(reader), "_go_to", lambda self, start: (starts.append(start), original(self, start)))
        asked = np.random.default_rng(0).permutation(np.r_[0:2, 13:15, 25:27, 37:39, 49:51].repeat(4))
        frames = reader.at(asked)
    assert [number_of(picture) for picture in frames] == asked.tolist()
    assert len(starts) == 5


def test_what_is_asked_must_exist(clip: Path) -> None:
    with open_reader(clip) as reader:
        for wrong in ([-1], [COUNT]):
            with pytest.raises(IndexError, match="expected frames 0 to 59"):
                reader.at(wrong)
        with pytest.raises(ValueError, match="at least one"):
            reader.at([])
        with pytest.raises(ValueError, match="size_px"):
            reader.at([0], 1)
    with pytest.raises(ValueError, match="did you mean 'pyav'|pyav"):
        open_reader(clip, "pyaf")


def test_one_read_at_a_time(clip: Path) -> None:
    """Two interleaved reads of one decoder would mix their frames."""
    with open_reader(clip) as reader:
        first = reader.stream()
        next(first)
        reader.at([40])
        with pytest.raises(RuntimeError, match="one read at a time"):
            next(first)


def test_an_index_of_another_file_is_noticed(clip: Path, tmp_path: Path) -> None:
    other = encode(tmp_path / "other.mp4", numbered(20))
    with open_reader(other, index=build_frame_index(clip)) as reader, pytest.raises(VideoDecodeError, match="frame"):
        reader.at([50])


def test_truncated_files_are_refused(clip: Path, tmp_path: Path) -> None:
    write_video(tmp_path / "whole.mp4", numbered(), 25)  # its index comes first, so that half a file can be opened
    data = (tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(data[: len(data) // 2])
    with pytest.raises(VideoDecodeError, match="expected 60 frames"):
        open_reader(tmp_path / "half.mp4")


def test_damage_inside_is_an_error_or_every_frame(clip: Path, tmp_path: Path) -> None:
    data = bytearray(clip.read_bytes())
    at = data.index(b"mdat") + len(data) // 3
    data[at : at + 3000] = bytes(3000)
    (tmp_path / "rot.mp4").write_bytes(bytes(data))
    try:
        with open_reader(tmp_path / "rot.mp4") as reader:
            assert len(list(reader.stream())) == COUNT
    except VideoDecodeError as error:
        assert "rot.mp4" in str(error)


@pytest.mark.parametrize("backend", ["auto", "torchcodec", "decord"])
def test_playlists_are_refused_by_every_reader(tmp_path: Path, backend: str) -> None:
    """A playlist names other files; some libraries would open them."""
    encode(tmp_path / "other.mp4", numbered(5))
    playlist = tmp_path / "playlist.mp4"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n")
    with pytest.raises(VideoDecodeError):
        open_reader(playlist, backend)
    index = build_frame_index(tmp_path / "other.mp4")
    with pytest.raises(VideoDecodeError):
        open_reader(playlist, backend, index)


def test_a_backend_that_does_not_load_says_so(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "decord", None)
    with pytest.raises(ReaderUnavailable, match="take the reader 'pyav'"):
        open_reader(clip, "decord")


def test_decord_where_it_is_right(clip: Path) -> None:
    pytest.importorskip("decord", reason="decord is not installed")
    with open_reader(clip, "decord") as reader:
        assert [number_of(picture) for picture in reader.at([3, 50, 7])] == [3, 50, 7]
        assert reader.name.startswith("decord ")


@pytest.mark.parametrize(
    ("width", "height", "size", "wanted"),
    [
        (3840, 2160, 512, (910, 512)),
        (2160, 3840, 512, (512, 910)),
        (1920, 1080, None, (1920, 1080)),
        (640, 480, 512, (640, 480)),
        (5000, 3, 2, (3333, 2)),
    ],
)
def test_size_is_the_shorter_side(width: int, height: int, size: int | None, wanted: tuple[int, int]) -> None:
    assert shrunk_size(width, height, size) == wanted


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuv420p10le"])
def test_shrinking_averages_areas(tmp_path: Path, pix_fmt: str) -> None:
    """Neither colours nor the place of anything may shift; coarse details give their mean, not every fourth pixel."""
    y, x = np.mgrid[0:240, 0:320]
    picture = np.stack([60 + x // 3, 200 - y // 2, 90 + (x + y) // 8], -1).astype(np.uint8)
    codec = "libx265" if "10" in pix_fmt else "libx264"
    options = {"crf": "4", **({"x265-params": "log-level=none:pools=1"} if "10" in pix_fmt else {})}
    path = encode(tmp_path / "smooth.mp4", np.repeat(picture[None], 3, 0), codec, options=options, pix_fmt=pix_fmt)
    small = read_video(path, size_px=60).frames[1].astype(int)
    mean = read_video(path).frames[1].reshape(60, 4, 80, 4, 3).mean((1, 3))
    assert small.shape == (60, 80, 3)
    difference = (small - mean)[2:-2, 2:-2]
    assert np.abs(difference).max() < 4 and np.abs(difference.mean((0, 1))).max() < 1


def test_frame_rate_is_a_fraction(tmp_path: Path) -> None:
    write_video(tmp_path / "ntsc.mp4", numbered(6), Fraction(30000, 1001))
    index = build_frame_index(tmp_path / "ntsc.mp4")
    assert index.frame_s == pytest.approx(1001 / 30000, abs=1e-4)
