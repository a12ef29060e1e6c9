"""Sound at its time stamps: late starts, holes, overlaps, channels and formats."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.audio import read_audio, read_mono, resample, resample_blocks
from feed_dataset.core.media.audio_blocks import MAX_HOLE_S, audio_blocks
from feed_dataset.core.media.encoders import add_audio, add_video, open_output

RATE_HZ = 16_000
PACKET = 1600


def write(path: Path, *parts: tuple[float, float], codec: str = "pcm_f32le", channels: int = 1) -> Path:
    """A file of sound only: parts of 0.1 s of (time, level)."""
    layout = "mono" if channels == 1 else "stereo"
    with open_output(path) as container:
        stream = add_audio(container, codec, RATE_HZ, layout)
        for at_s, level in parts:
            samples = np.full((1, PACKET * channels), level, np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="flt", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, round(at_s * RATE_HZ), Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def levels(path: Path, start_s: float | None = 0.0) -> list[float]:
    """The sound every 50 ms, 25 ms after each."""
    sound = read_audio(path, start_s)
    assert sound is not None
    return [round(float(value), 2) for value in sound.samples[RATE_HZ // 40 :: RATE_HZ // 20]]


def test_a_lost_packet_is_silence_and_moves_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", (0.0, 0.1), (0.1, 0.2), (0.3, 0.4), (0.4, 0.5))
    assert levels(path) == [0.1, 0.1, 0.2, 0.2, 0.0, 0.0, 0.4, 0.4, 0.5, 0.5]


def test_where_packets_overlap_the_earlier_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", (0.0, 0.1), (0.05, 0.2), (0.15, 0.3))
    assert levels(path) == [0.1, 0.1, 0.2, 0.3, 0.3]


def test_milliseconds_of_a_container_are_no_holes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", *((0.1 * number + 1e-3 * (number % 2), 0.3) for number in range(5)))
    sound = read_audio(path)
    assert sound is not None and len(sound.samples) == 5 * PACKET and sound.samples.min() > 0.29


def test_sound_begins_where_it_is_asked_to(tmp_path: Path) -> None:
    path = write(tmp_path / "late.mkv", (0.2, 0.1), (0.3, 0.2))
    assert levels(path) == [0.0] * 4 + [0.1, 0.1, 0.2, 0.2]
    assert levels(path, 0.25) == [0.1, 0.2, 0.2]
    assert levels(path, -0.1) == [0.0] * 6 + [0.1, 0.1, 0.2, 0.2]
    assert levels(path, 9.0) == []
    assert levels(path, None) == [0.1, 0.1, 0.2, 0.2]
    sound = read_audio(path, None)
    assert sound is not None and sound.start_s == pytest.approx(0.2, abs=1e-3)


def test_a_clock_that_is_hours_off_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "late.mkv", (MAX_HOLE_S + 60, 0.1))
    with pytest.raises(VideoDecodeError, match="without holes above 3600 s but got 3660 s"):
        read_audio(path)
    assert len(read_audio(path, None).samples) == PACKET  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "name, codec",
    [
        *(("a.mkv", codec) for codec in ("pcm_u8", "pcm_s16le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "flac", "aac")),
        ("a.mp4", "alac"),
        ("a.mkv", "libmp3lame"),
        ("a.mkv", "ac3"),
    ],
)
def test_mono_is_half_of_left_and_right(tmp_path: Path, name: str, codec: str) -> None:
    """A tone of 0.8 in both channels stays 0.8, and of the left alone is 0.4, whatever the format of the samples."""
    rate_hz = 48_000
    tone = 0.8 * np.sin(2 * np.pi * 1000 * np.arange(rate_hz // 4) / rate_hz).astype(np.float32)
    for right, expected in ((1.0, 0.8), (0.0, 0.4)):
        path = tmp_path / name
        with open_output(path) as container:
            stream = add_audio(container, codec, rate_hz, "stereo", bits_per_second=256_000)
            kind = stream.codec_context.codec.audio_formats[0].name
            fit = av.AudioResampler(format=kind, layout="stereo", rate=rate_hz, frame_size=1024)
            frame = av.AudioFrame.from_ndarray(np.stack([tone, right * tone]), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, 0, Fraction(1, rate_hz)
            for part in [*fit.resample(frame), *fit.resample(None), None]:
                container.mux(stream.encode(part))
        sound = read_audio(path)
        assert sound is not None
        middle = sound.samples[len(sound.samples) // 4 : -len(sound.samples) // 4]
        assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(expected, rel=0.02)


def test_channels_stay_for_those_who_want_them(tmp_path: Path) -> None:
    blocks = list(audio_blocks(write(tmp_path / "a.mkv", (0.0, 0.1), (0.2, 0.2), channels=2)))
    assert {(len(block.samples), block.rate_hz) for block in blocks} == {(2, RATE_HZ)}
    ends = [block.start + block.samples.shape[1] for block in blocks]
    assert [block.start for block in blocks[1:]] == ends[:-1] and ends[-1] == 3 * PACKET


def test_resampling_keeps_times_and_levels() -> None:
    t = np.arange(48_000) / 48_000
    tone = (0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    for rate_hz in (16_000, 44_100):
        there = np.arange(rate_hz) / rate_hz
        wanted = 0.5 * np.sin(2 * np.pi * 440 * there)
        got = resample(tone, 48_000, rate_hz)
        assert got.dtype == np.float32
        assert len(got) == rate_hz
        assert np.abs(got - wanted)[200:-200].max() < 2e-3
    assert resample(tone, 48_000, 48_000) is tone


@pytest.mark.parametrize(
    "rates", [(48_000, 16_000), (44_100, 16_000), (8_000, 16_000), (11_025, 16_000), (16_000, 8_000)]
)
@pytest.mark.parametrize("size", (100, 5_000, 200_000))
def test_resampling_block_by_block_is_resampling(rates: tuple[int, int], size: int) -> None:
    rng = np.random.default_rng(0)
    sound = (0.3 * rng.standard_normal(2 * rates[0] + 123)).astype(np.float32)
    blocks = (sound[place : place + size] for place in range(0, len(sound), size))
    parts = list(resample_blocks(blocks, *rates))
    np.testing.assert_allclose(np.concatenate(parts), resample(sound, *rates), atol=1e-7)
    assert max(len(part) for part in parts) <= max(2.5 * rates[1], size)


def test_resampling_of_nothing_and_of_a_sample() -> None:
    assert [len(part) for part in resample_blocks(iter(()), 48_000, 16_000)] == [0]
    one = np.full(1, 0.5, np.float32)
    assert (
        np.concatenate(list(resample_blocks([one], 48_000, 16_000))).tolist() == resample(one, 48_000, 16_000).tolist()
    )


@pytest.mark.parametrize("start_s", (None, 0.0, 0.25))
def test_reading_block_by_block_is_reading(tmp_path: Path, start_s: float | None) -> None:
    path = write(tmp_path / "a.mkv", (0.2, 0.1), (0.3, 0.9), (0.5, -0.4), channels=2)
    whole, found = read_audio(path, start_s), read_mono(path, 48_000, start_s)
    assert whole is not None and found is not None
    first_s, blocks = found
    assert first_s == whole.start_s
    wanted = resample(whole.samples, whole.sample_rate_hz, 48_000)
    np.testing.assert_allclose(np.concatenate(list(blocks)), wanted, atol=1e-7)


def test_a_file_without_sound_has_no_blocks(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    with open_output(path) as container:
        stream = add_video(container, "libx264", 25, (64, 48), "yuv420p")
        picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24").reformat(format="yuv420p")
        picture.pts = 0
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    assert read_mono(path, 16_000) is None and read_audio(path) is None
