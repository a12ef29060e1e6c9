from __future__ import annotations

import os
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.encoders import add_audio, add_video, open_output, to_frame
from feed_dataset.core.media.images import BACKDROP
from feed_dataset.core.media.video import probe, read_audio, read_video, write_video
from tests.feed_dataset.clips import FPS, moving_frames, tone


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    write_video(path, moving_frames(), FPS, audio=tone(), crf=8)
    return path


def test_what_is_written_is_read(clip: Path) -> None:
    video = read_video(clip)
    wanted = moving_frames()
    assert video.frames.shape == wanted.shape and video.frames.dtype == np.uint8
    assert np.abs(video.frames.astype(int) - wanted).mean() < 4
    assert video.fps == Fraction(25)
    np.testing.assert_allclose(video.pts_s, np.arange(12) / 25, atol=1e-6)
    assert video.reader == f"pyav {av.__version__}"
    assert "uint8[12, 48, 64, 3]" in repr(video)


def test_frames_come_in_presentation_order(clip: Path) -> None:
    """x264 stores B-frames out of order; the square must still move to the right in every frame."""
    frames = read_video(clip).frames[:, 18:26].astype(int)
    yellow = frames[..., 0] + frames[..., 1] - frames[..., 2] > 330
    middles = [np.nonzero(row)[1].mean() for row in yellow]
    np.testing.assert_allclose(np.diff(middles), 4, atol=1)


@pytest.mark.parametrize("rgb", [(200, 50, 50), (50, 200, 50), (50, 50, 200), (230, 190, 170), (128, 128, 128)])
def test_colours_survive(tmp_path: Path, rgb: tuple[int, int, int]) -> None:
    """Catches a wrong colour matrix or range, which shifts colours by 5 to 15 levels."""
    path = tmp_path / "flat.mp4"
    write_video(path, np.full((3, 32, 32, 3), rgb, np.uint8), FPS, crf=2)
    assert np.abs(read_video(path).frames[1].astype(int) - rgb).max() <= 3


def test_same_input_gives_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_video(tmp_path / name, moving_frames(), FPS, audio=tone())
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["a.mp4", "b.mp4"], "no temporary file stays"


def test_sound_is_in_time(clip: Path) -> None:
    sound, wanted = read_audio(clip), tone()
    assert sound is not None and sound.sample_rate_hz == 16_000
    middle = slice(2000, 6000)
    assert np.abs(sound.samples[middle] - wanted.samples[middle]).max() < 0.05


def test_no_sound_is_none(tmp_path: Path) -> None:
    write_video(tmp_path / "mute.mp4", moving_frames(), FPS)
    assert read_audio(tmp_path / "mute.mp4") is None
    assert not probe(tmp_path / "mute.mp4").has_audio


def test_probe(clip: Path) -> None:
    info = probe(clip)
    assert (info.width_px, info.height_px, info.frame_count, info.codec) == (64, 48, 12, "h264")
    assert info.has_audio and info.duration_s == pytest.approx(0.48)


def test_max_frames_and_size(clip: Path) -> None:
    video = read_video(clip, max_frames=5, size_px=24)
    assert video.frames.shape == (5, 24, 32, 3)
    assert read_video(clip, size_px=480).frames.shape[1:] == (48, 64, 3), "never enlarges"
    with pytest.raises(ValueError, match="max_frames"):
        read_video(clip, max_frames=0)


def test_truncated_file_names_both_counts(tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    noise = np.random.default_rng(0).integers(0, 255, (50, 64, 64, 3), dtype=np.uint8)
    write_video(path, noise, FPS)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(VideoDecodeError, match=r"expected 50 frames") as caught:
        read_video(path)
    assert caught.value.path == path and str(path) in str(caught.value)
    assert len(read_video(path, max_frames=5).frames) == 5, "what is asked for is there"


def test_truncated_matroska_is_noticed(tmp_path: Path) -> None:
    """Matroska declares no frame count, only when the stream ends."""
    path = tmp_path / "long.mkv"
    noise = np.random.default_rng(0).integers(0, 255, (75, 64, 64, 3), dtype=np.uint8)
    with open_output(path) as container:
        stream = add_video(container, "libx264", 25, (64, 64), "yuv420p")
        for picture in noise:
            container.mux(stream.encode(to_frame(picture, "yuv420p")))
        container.mux(stream.encode(None))
    assert len(read_video(path).frames) == 75
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(VideoDecodeError, match="truncated|cannot be decoded"):
        read_video(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.mp4", b"", "empty"),
        ("text.mp4", b"this is not a video\n" * 50, "invalid data"),
        ("playlist.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n", ""),
        ("concat.mp4", b"ffconcat version 1.0\nfile other.mp4\n", ""),
    ],
)
def test_no_video(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    write_video(tmp_path / "other.mp4", moving_frames(), FPS)
    (tmp_path / name).write_bytes(content)
    for read in (read_video, read_audio, probe):
        with pytest.raises(VideoDecodeError, match=f"(?i){message}"):
            read(tmp_path / name)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(VideoDecodeError, match="no such file"):
        read_video(tmp_path / "gone.mp4")
    with pytest.raises(VideoDecodeError, match="not a file"):
        read_video(tmp_path)
    with pytest.raises(VideoDecodeError, match="no such file"):
        read_video("http://localhost/clip.mp4")


def test_audio_only(tmp_path: Path) -> None:
    path = tmp_path / "voice.mp4"
    with open_output(path) as container:
        stream = add_audio(container, "aac", 16_000, "mono")
        frame = av.AudioFrame.from_ndarray(tone().samples[None], format="fltp", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(VideoDecodeError, match="no video stream"):
        read_video(path)
    assert read_audio(path) is not None


def test_damaged_data(tmp_path: Path) -> None:
    path = tmp_path / "damaged.mp4"
    write_video(path, moving_frames(30, 128, 128), FPS)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 1200
    data[start : start + 4000] = b"\xff" * min(4000, len(data) - start)
    path.write_bytes(bytes(data))
    try:
        frames = read_video(path).frames
    except VideoDecodeError as error:
        assert str(path) in str(error)
    else:
        assert len(frames) == 30, "the decoder may conceal damage, but never drop frames in silence"


def test_rotation_metadata_is_applied(tmp_path: Path) -> None:
    """A phone's portrait video is stored on its side; the matrix in the track header says so."""
    path = tmp_path / "phone.mp4"
    frames = np.zeros((3, 32, 64, 3), np.uint8)
    frames[:, :, :16] = (250, 250, 250)  # white at the left of what is stored
    write_video(path, frames, FPS, crf=4)
    data = bytearray(path.read_bytes())
    upright, clockwise = (
        (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 1 << 30),
        (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 1 << 30),
    )
    at = data.index(struct.pack(">9i", *upright), data.index(b"tkhd"))
    data[at : at + 36] = struct.pack(">9i", *clockwise)
    path.write_bytes(bytes(data))
    shown = read_video(path).frames[1]
    assert shown.shape == (64, 32, 3)
    assert shown[:10].mean() > 200 > 50 > shown[30:].mean(), "turned clockwise, the left becomes the top"
    assert (probe(path).width_px, probe(path).height_px) == (32, 64)


@pytest.mark.parametrize(
    "frames",
    [np.zeros((2, 32, 32), np.uint8), np.zeros((2, 32, 32, 3)), np.zeros((0, 32, 32, 3), np.uint8)],
)
def test_writer_refuses_other_arrays(tmp_path: Path, frames: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected frames uint8"):
        write_video(tmp_path / "x.mp4", frames, FPS)
    assert not list(tmp_path.iterdir())


def test_writer_refuses_odd_sizes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="even"):
        write_video(tmp_path / "x.mp4", np.zeros((2, 31, 32, 3), np.uint8), FPS)


@pytest.mark.parametrize(("codec", "pixels"), [("ffv1", "bgra"), ("ffv1", "yuva420p"), ("qtrle", "argb")])
@pytest.mark.parametrize("size_px", [None, 8])
def test_transparent_video_lies_on_the_same_white_as_images(
    tmp_path: Path, codec: str, pixels: str, size_px: int | None
) -> None:
    rgba = np.zeros((16, 32, 4), np.uint8)
    rgba[:, :16] = (200, 40, 40, 255)  # opaque at the left, invisible at the right
    path = tmp_path / ("clip.mov" if codec == "qtrle" else "clip.mkv")
    with av.open(str(path), "w") as container:
        stream = add_video(container, codec, 25, (32, 16), pixels)
        frame = av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format=pixels)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    (shown,) = read_video(path, size_px=size_px).frames
    middle, width = shown.shape[0] // 2, shown.shape[1]
    assert shown.shape == ((16, 32, 3) if size_px is None else (8, 16, 3))
    assert np.abs(shown[middle, width // 4].astype(int) - (200, 40, 40)).max() < 6
    assert np.abs(shown[middle, 3 * width // 4].astype(int) - BACKDROP).max() < 3
